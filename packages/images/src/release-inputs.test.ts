import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { releaseInputs } from './release-inputs.ts';

it.each([
  {
    text: '{ "devDependencies": { "slipway": "^1.0.0" } }',
    inputs: ['{workspaceRoot}/yarn.lock'],
  },
  { text: '{ "name": "a" }', inputs: [] },
  { text: 'not JSON', inputs: [] },
])('$inputs for $text', ({ text, inputs }) => {
  const root = mkdtempSync(join(tmpdir(), 'slipway-inputs-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, 'package.json'), text);
  writeFileSync(join(root, 'yarn.lock'), '');
  expect(releaseInputs(root)).toEqual(inputs);
});
