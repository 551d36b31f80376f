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

it('reads records as YAML and JSON, of packages of Python, Debian and Ubuntu, and no withdrawn one', () => {
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
    'DEBIAN-1.json': JSON.stringify({
      id: 'DEBIAN-1',
      affected: [
        {
          package: { ecosystem: 'Debian:13', name: 'libx_1.0' },
          ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '1:2.0-3~deb13u1' }] }],
        },
      ],
    }),
    'README.md': 'no record',
  });
  const debian = [[{ introduced: '0' }, { fixed: '1:2.0-3~deb13u1' }]];
  expect(readAdvisories(at).toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
    {
      id: 'DEBIAN-1',
      summary: '',
      affected: [{ ecosystem: 'Debian:13', name: 'libx_1.0', versions: [], ranges: debian }],
    },
    {
      id: 'PYSEC-2026-1',
      summary: 'Reads too far.',
      affected: [
        {
          ecosystem: 'PyPI',
          name: 'pillow',
          versions: ['10', '10.1.0'],
          ranges: [[{ introduced: '0' }, { fixed: '10.2' }]],
        },
      ],
    },
  ]);
});

it('says what it cannot read', () => {
  expect(() => readAdvisories('/nowhere')).toThrow('there is no such folder');
  expect(() => readAdvisories(folder({ 'a.txt': '' }))).toThrow('it holds no OSV record');
  expect(() => readAdvisories(folder({ 'a.json': '{' }))).toThrow('it cannot be read');
});
