import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, tryRun } from '@slipway/effects';
import { type Engine, places, startEngine } from '@slipway/sandbox';
import type { ThrowawayWorkspace } from './throwaway-workspace.ts';

/** An engine of a test's own, with nothing in its cache and stores, that a test may kill or fill up. */
export interface PrivateEngine {
  /** Where it answers. */
  host: string;
  /** Its data lies below. */
  folder: string;
  /** Kills it without a word, as a machine that loses its power does. */
  kill(): void;
  /** Starts it again on the data that it left. */
  restart(): Promise<void>;
  dispose(): Promise<void>;
}

/**
 * Starts an engine beside the sandbox's, from the same programs, and makes it the one of a workspace.
 * @param size bytes of its disk, a file with an ext4 file system; default: as much as this machine has.
 * @param adopt false: it is only there, and the workspace goes on with the sandbox's.
 */
export async function privateEngine(
  workspace: ThrowawayWorkspace,
  { size, adopt = true }: { size?: number; adopt?: boolean } = {},
): Promise<PrivateEngine> {
  const { bin, dockerConfig } = places(resolve(import.meta.dirname, '../..'));
  const folder = mkdtempSync(join(tmpdir(), 'slipway-engine-'));
  const disk = `${folder}.ext4`;
  if (size !== undefined) {
    await run({ file: 'truncate', args: [`--size=${size}`, disk] });
    await run({ file: 'mkfs.ext4', args: ['-q', '-m', '0', disk] });
    await run({ file: 'mount', args: ['-o', 'loop', disk, folder] });
  }
  let engine!: Engine;
  const start = async () => {
    engine = await startEngine({ bin, dockerConfig, folder });
  };
  const dispose = async () => {
    try {
      await engine?.stop();
    } finally {
      if (size !== undefined) await unmount(folder);
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
      rmSync(disk, { force: true });
    }
  };
  try {
    await start();
  } catch (error) {
    await dispose();
    throw error;
  }
  const { docker, host, config } = engine;
  if (adopt) {
    workspace.changeMachine((machine) => {
      machine.engine = { docker, host, config };
    });
  }
  return { host, folder, kill: () => process.kill(engine.pid, 'SIGKILL'), restart: start, dispose };
}

/** Takes a disk away that a process which is just ending may still hold. */
async function unmount(folder: string): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(200)) {
    if ((await tryRun({ file: 'umount', args: [folder] })).exitCode === 0) return;
  }
  await run({ file: 'umount', args: ['--lazy', folder] });
}
