import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parsePyproject } from '@slipway/contract';
import { readDefinition } from '@slipway/effects';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readLockInputs } from './inputs.ts';
import { lockRequest } from './lock-request.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-inputs-'));
  for (const [path, text] of Object.entries(files)) write(path, text);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const files = {
  'slipway.toml': `[application]
name = "wood"
source = "app"
path = "/app/wood"
command = ["wood"]
[repositories]
base = "acme/wood-base"
runtime = "acme/wood"
dev = "acme/wood-dev"
[release]
version_files = ["app/wood/__init__.py"]
`,
  'architectures/cpu/architecture.toml': `tag = "cpu"
platforms = ["linux/amd64"]
compute_capabilities = []
python = "3.12"
extras = ["plot"]
system_packages = ["git", "tini"]
`,
  'app/pyproject.toml': `[project]
name = "wood"
dynamic = ["version", "dependencies", "optional-dependencies"]
[tool.setuptools.dynamic]
version = { attr = "wood.__version__" }
dependencies = { file = ["requirements.txt"] }
optional-dependencies.plot = { file = "plot.txt" }
`,
  'app/requirements.txt': 'numpy>=2\n',
  'app/plot.txt': 'matplotlib\n',
  'app/wood/__init__.py': '__version__ = "1.2.3"\n',
};

it('what pyproject.toml leaves to other files is asked of the resolver, and is the version', async () => {
  const definition = readDefinition(root);
  const [cpu] = definition.architectures;
  if (cpu === undefined) throw new Error('there is no architecture');
  const asked = async () => {
    const { pyproject } = await readLockInputs(root, definition);
    expect(parsePyproject(pyproject.text, pyproject.file).version).toBe('1.2.3');
    return lockRequest(cpu, pyproject.text, pyproject.file).requirements;
  };
  expect(await asked()).toEqual(['numpy>=2', 'matplotlib']);
  write('app/requirements.txt', 'numpy>=2\nrich\n');
  expect(await asked()).toEqual(['numpy>=2', 'rich', 'matplotlib']);
});
