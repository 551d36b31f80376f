import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@slipway/effects';
import { layOutPackage } from '../../packages/run-launcher/pack.ts';

/** The launcher as a user installs it: from a tarball, into a folder with nothing else in it. */
export interface PackedLauncher {
  /** The folder that it was installed in. */
  folder: string;
  /** The command. */
  slipway: string;
  /** Bytes of the tarball. */
  bytes: number;
  dispose(): void;
}

export async function packedLauncher(): Promise<PackedLauncher> {
  const temporary = mkdtempSync(join(tmpdir(), 'slipway-packed-'));
  try {
    return await install(temporary);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
}

async function install(temporary: string): Promise<PackedLauncher> {
  const laidOut = await layOutPackage(join(temporary, 'package'));
  const packed = await run({
    file: 'npm',
    args: ['pack', '--json', '--pack-destination', temporary],
    cwd: laidOut,
  });
  const entries = JSON.parse(packed.stdout) as
    | { filename: string; size: number }[]
    | Record<string, { filename: string; size: number }>;
  const [tarball] = Object.values(entries);
  const folder = join(temporary, 'installed');
  mkdirSync(folder);
  const args = [
    'install',
    '--no-audit',
    '--no-fund',
    '--offline',
    '--prefix',
    folder,
    join(temporary, tarball?.filename ?? ''),
  ];
  await run({ file: 'npm', args, cwd: folder });
  return {
    folder,
    slipway: join(folder, 'node_modules/.bin/slipway'),
    bytes: tarball?.size ?? 0,
    dispose: () => rmSync(temporary, { recursive: true, force: true }),
  };
}
