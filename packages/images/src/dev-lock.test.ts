import { readDefinition } from '@slipway/effects';
import { expect, it } from 'vitest';
import { checkDevLock, devLock, devLockRequest } from './dev-lock.ts';

const definition = readDefinition(new URL('../../../', import.meta.url).pathname);
const [defined] = definition.architectures;
if (defined === undefined) throw new Error('no architecture');
const architecture = { ...defined, extras: [], torch: null, flashAttention: null };

const pyproject = (extra: string, wants = '["pytest>=8"]') =>
  `[project]\nname = "digits"\ndependencies = ["numpy>=2"]\n[project.optional-dependencies]\n${extra} = ${wants}\n`;
const lock = 'numpy==2.3.0 \\\n    --hash=sha256:aa\n    # via -r requirements.in\n';
const request = devLockRequest(architecture, pyproject('dev'), 'pyproject.toml', lock);
const resolved = `${lock}pluggy==1.6.0 \\\n    --hash=sha256:bb \\\n    --hash=sha256:bc\n    # via pytest\npytest==9.0.0 \\\n    --hash=sha256:cc\n`;

it('asks for everything with the versions of the lock given', () => {
  expect(request).toEqual({
    requirements: ['numpy>=2', 'pytest>=8'],
    constraints: ['numpy==2.3.0'],
    python: architecture.python,
    native: [],
  });
  expect(devLockRequest(architecture, pyproject('Dev'), 'pyproject.toml', lock)).toEqual(request);
});

it('is nothing where the application has no such extra, or every image has it', () => {
  expect(devLockRequest(architecture, pyproject('test'), 'pyproject.toml', lock)).toBeNull();
  const all = { ...architecture, extras: ['dev'] };
  expect(devLockRequest(all, pyproject('dev'), 'pyproject.toml', lock)).toBeNull();
});

it('holds what the lock does not, with its hashes', () => {
  if (request === null) throw new Error('there is an extra dev');
  expect(devLock(request, resolved, lock).split('\n').slice(1)).toEqual([
    'pluggy==1.6.0 \\',
    '    --hash=sha256:bb \\',
    '    --hash=sha256:bc',
    '    # via pytest',
    'pytest==9.0.0 \\',
    '    --hash=sha256:cc',
    '',
  ]);
});

it('keeps what the lock has under another condition', () => {
  if (request === null) throw new Error('there is an extra dev');
  const conditional = "pluggy==1.6.0 ; sys_platform == 'win32' \\\n    --hash=sha256:bb\n";
  expect(devLock(request, resolved, lock + conditional)).toContain('\npluggy==1.6.0 \\\n');
});

it('is stale when the lock below it has another version, and missing when there is none', () => {
  if (request === null) throw new Error('there is an extra dev');
  const dev = devLock(request, resolved, lock);
  const check = (locks: { requirements: string; dev?: string }, text = pyproject('dev')) =>
    checkDevLock(
      {
        locks: { [architecture.name]: { native: '', ...locks } },
        pyproject: { file: 'pyproject.toml', text },
      },
      architecture,
    )?.code;
  expect(check({ requirements: lock, dev })).toBeUndefined();
  expect(check({ requirements: lock.replace('2.3.0', '2.3.1'), dev })).toBe('lock-stale');
  expect(check({ requirements: lock, dev }, pyproject('dev', '["pytest>=9"]'))).toBe('lock-stale');
  expect(check({ requirements: lock })).toBe('lock-missing');
  expect(check({ requirements: lock }, pyproject('test'))).toBeUndefined();
});
