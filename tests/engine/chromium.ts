import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { tryRun } from '@slipway/effects';

/** A browser that can be started. */
export interface Chromium {
  file: string;
  env: Record<string, string>;
}

const folder = resolve(import.meta.dirname, '../../.slipway/tools/chromium');
const libraries = 'usr/lib/x86_64-linux-gnu';

/**
 * The Chromium of this machine, or Debian's, unpacked below `.slipway` without being installed.
 * @returns why not, where neither can be had.
 */
export async function chromium(): Promise<Chromium | string> {
  for (const name of ['chromium', 'chromium-headless-shell', 'google-chrome', 'chrome']) {
    const found = await tryRun({ file: 'which', args: [name] });
    if (found.exitCode === 0) return { file: found.stdout.trim(), env: {} };
  }
  const file = join(folder, 'usr/lib/chromium/chromium-headless-shell');
  const why = existsSync(file) ? undefined : await unpack();
  if (why !== undefined) return why;
  const paths = [join(folder, libraries), join(folder, libraries, 'pulseaudio')];
  return { file, env: { LD_LIBRARY_PATH: paths.join(':') } };
}

async function unpack(): Promise<string | undefined> {
  const apt = (...args: string[]) =>
    tryRun({ file: 'apt-get', args: ['-qq', ...args], timeoutMs: 300_000 }).catch((error: Error) => ({
      exitCode: 127,
      stdout: '',
      stderr: error.message,
    }));
  // What it needs beside what is installed here.
  const list = () => apt('-s', 'install', '--no-install-recommends', 'chromium-headless-shell');
  let needed = await list();
  if (needed.exitCode !== 0 && process.getuid?.() === 0) {
    await apt('update');
    needed = await list();
  }
  if (needed.exitCode !== 0) return `apt-get knows no chromium-headless-shell: ${needed.stderr.trim()}`;
  const packages = [...needed.stdout.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name);
  const debs = mkdtempSync(join(tmpdir(), 'slipway-chromium-'));
  try {
    const fetched = await tryRun({
      file: 'apt-get',
      args: ['-qq', 'download', ...packages],
      cwd: debs,
      timeoutMs: 300_000,
    });
    if (fetched.exitCode !== 0) return `Chromium's packages cannot be fetched: ${fetched.stderr.trim()}`;
    const part = `${folder}.part`;
    rmSync(part, { recursive: true, force: true });
    mkdirSync(part, { recursive: true });
    for (const name of readdirSync(debs)) {
      const done = await tryRun({ file: 'dpkg-deb', args: ['-x', join(debs, name), part] });
      if (done.exitCode !== 0) return `${name} cannot be unpacked: ${done.stderr}`;
    }
    mkdirSync(dirname(folder), { recursive: true });
    renameSync(part, folder);
    return undefined;
  } finally {
    rmSync(debs, { recursive: true, force: true });
  }
}
