import { expect, it } from 'vitest';
import { readLock, splitLock } from './lock.ts';

const lock = `# header
filelock==3.19.1 \\
    --hash=sha256:aa \\
    --hash=sha256:ab
    # via torch
jinja2==3.1.6 \\
    --hash=sha256:ba
    # via
    #   flask
    #   torch
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:ca
    # via tqdm
markupsafe==3.0.3 \\
    --hash=sha256:da
    # via jinja2
torch==2.7.1 \\
    --hash=sha256:ea
    # via
    #   -c constraints.txt
    #   -r requirements.in
tqdm==4.67.1 \\
    --hash=sha256:fa
    # via -r requirements.in
`;

it('reads name, version and who asked for it', () => {
  expect(readLock(lock).map(({ name, version, via }) => [name, version, via])).toEqual([
    ['filelock', '3.19.1', ['torch']],
    ['jinja2', '3.1.6', ['flask', 'torch']],
    ['colorama', '0.4.6', ['tqdm']],
    ['markupsafe', '3.0.3', ['jinja2']],
    ['torch', '2.7.1', []],
    ['tqdm', '4.67.1', []],
  ]);
});

it('puts torch and all that it stands on into one part and everything else into the other, nothing lost', () => {
  const { torch, dependencies } = splitLock(lock);
  expect(readLock(torch).map(({ name }) => name)).toEqual(['filelock', 'jinja2', 'markupsafe', 'torch']);
  expect(readLock(dependencies).map(({ name }) => name)).toEqual(['colorama', 'tqdm']);
  expect(dependencies).toBe(
    "colorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash=sha256:ca\ntqdm==4.67.1 \\\n    --hash=sha256:fa\n",
  );
});

it('has an empty torch part where there is no torch', () => {
  expect(splitLock('numpy==2.3.0 \\\n    --hash=sha256:aa\n').torch).toBe('');
});
