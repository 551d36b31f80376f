import { readDefinition } from '@slipway/effects';
import { expect, it } from 'vitest';
import { lockHeader, lockRequest } from './lock-request.ts';

const definition = readDefinition(new URL('../../../', import.meta.url).pathname);
const pyproject = (all: string[]) => `[project]
name = "digits"
dependencies = ["numpy>=2"]
[project.optional-dependencies]
torch_stack = ["torch>=2.6"]
all = ${JSON.stringify(all)}
`;
const request = (text: string, extras: string[]) => {
  const [architecture] = definition.architectures;
  if (architecture === undefined) throw new Error('no architecture');
  const plain = { ...architecture, extras, torch: null, flashAttention: null };
  return lockRequest(plain, text, 'pyproject.toml');
};

it('holds what an extra that names the application means, so that the lock is the same as written out', () => {
  const named = request(pyproject(['rich', 'digits[torch-stack]']), ['all']);
  expect(named.requirements).toEqual(['numpy>=2', 'rich', 'torch>=2.6']);
  expect(lockHeader(named)).toBe(lockHeader(request(pyproject(['rich', 'torch>=2.6']), ['all'])));
});

it('takes an extra under any spelling, and refuses one that is not there', () => {
  expect(request(pyproject([]), ['Torch.Stack']).requirements).toEqual(['numpy>=2', 'torch>=2.6']);
  expect(() => request(pyproject([]), ['gpu'])).toThrow(
    'no optional dependencies named gpu; it has torch_stack, all',
  );
});
