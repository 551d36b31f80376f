import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readAdvisories } from './advisories.ts';

function folder(files: Record<string, string>): string {
  const made = mkdtempSync(join(tmpdir(), 'slipway-advisories-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(made, name, '..'), { recursive: true });
    writeFileSync(join(made, name), text);
  }
  return made;
}

it('reads records as YAML and JSON, of Python packages, and no withdrawn one', () => {
  const at = folder({
    'vulns/pillow/PYSEC-2026-1.yaml': [
      'id: PYSEC-2026-1',
      'details: Reads too far.',
      'affected:',
      '- package: { ecosystem: PyPI, name: Pillow }',
      '  ranges:',
      '  - { type: GIT, events: [{ introduced: abc }] }',
      '  - { type: ECOSYSTEM, events: [{ introduced: "0" }, { fixed: 10.2 }] }',
      '  versions: [10.0, 10.1.0]',
    ].join('\n'),
    'GHSA-1.json': JSON.stringify({ id: 'GHSA-1', withdrawn: '2026-01-01', affected: [] }),
    'GHSA-2.json': JSON.stringify({
      id: 'GHSA-2',
      affected: [{ package: { ecosystem: 'npm', name: 'left' } }],
    }),
    'README.md': 'no record',
  });
  expect(readAdvisories(at)).toEqual([
    {
      id: 'PYSEC-2026-1',
      summary: 'Reads too far.',
      affected: [
        { name: 'pillow', versions: ['10', '10.1.0'], ranges: [[{ introduced: '0' }, { fixed: '10.2' }]] },
      ],
    },
  ]);
});

it('says what it cannot read', () => {
  expect(() => readAdvisories('/nowhere')).toThrow('there is no such folder');
  expect(() => readAdvisories(folder({ 'a.txt': '' }))).toThrow('it holds no OSV record');
  expect(() => readAdvisories(folder({ 'a.json': '{' }))).toThrow('it cannot be read');
});
