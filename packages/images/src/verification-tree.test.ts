import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { tryRun } from '@slipway/effects';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

// The verifier runs in images, by their Python; here by this machine's, which may have none.
const verifier = resolve(import.meta.dirname, '../verification');
const program = `import sys, pathlib, tree
print(*tree.deleted(pathlib.Path(sys.argv[1], "below"), pathlib.Path(sys.argv[1], "os")), sep="\\n")`;
const python = (...args: string[]) =>
  tryRun({ file: 'python3', args, cwd: verifier, env: { PYTHONDONTWRITEBYTECODE: '1' } }).catch(() => null);
const hasPython = (await python('--version'))?.exitCode === 0;

describe.skipIf(!hasPython)('what a layer deletes of those below it', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'slipway-tree-'));
    place('os/etc/hostname', 'both');
    place('below/foreign/etc/hostname', 'both');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function place(path: string, text: string) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const said = async () => (await python('-c', program, root))?.stdout.trim().split('\n').filter(Boolean);

  it('is no problem where it is a link or small, as when update-alternatives sets up a package', async () => {
    place('below/foreign/etc/pager.conf', 'x');
    mkdirSync(join(root, 'below/foreign/etc/alternatives'));
    symlinkSync('/usr/share/man/man1/more.1.gz', join(root, 'below/foreign/etc/alternatives/pager.1.gz'));
    expect(await said()).toEqual([]);
  });

  it('is one where it takes much space, counted once', async () => {
    for (const stage of ['foreign', 'python'])
      place(`below/${stage}/usr/lib/large.so`, 'x'.repeat(1_500_000));
    place('below/python/usr/lib/small.so', 'x');
    expect(await said()).toEqual([
      '2 file(s) are deleted by a layer above the one that brought them and take 1.5 MB for ever; the largest is /usr/lib/large.so',
    ]);
  });

  it('is one where it may be a secret', async () => {
    place('below/python/root/.netrc', 'x');
    expect(await said()).toEqual([
      '/root/.netrc looks like a secret, and stays in the layer below the one that deletes it',
    ]);
  });
});
