import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Definition } from '@slipway/contract';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { statedVersion } from './workspace.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-workspace-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const workspace = {
  application: { source: { kind: 'folder', path: '.' } },
  release: { versionFiles: ['VERSION', 'about.py'] },
} as unknown as Definition;

it('takes the version of pyproject.toml, else that of a version file', () => {
  const stated = () => statedVersion(workspace, root);
  expect(stated).toThrow('neither pyproject.toml nor release.version_files states a version');
  writeFileSync(join(root, 'about.py'), '__version__ = "1.2.3rc4"\n');
  expect(stated()).toEqual({ version: 'v1.2.3-rc4', file: 'about.py' });
  writeFileSync(join(root, 'pyproject.toml'), '[project]\nname = "wood"\ndynamic = ["version"]\n');
  expect(stated()).toEqual({ version: 'v1.2.3-rc4', file: 'about.py' });
  writeFileSync(join(root, 'pyproject.toml'), '[project]\nname = "wood"\nversion = "2.0.0"\n');
  expect(stated()).toEqual({ version: 'v2.0.0', file: 'pyproject.toml' });
});
