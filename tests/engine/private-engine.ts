import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from '@slipway/effects';
import { type Engine, places, startEngine } from '@slipway/sandbox';
import type { ThrowawayWorkspace } from './throwaway-workspace.ts';

/** An engine of a test's own, with nothing in its cache and stores, that a test may kill or fill up. */
export interface PrivateEngine {
  /** Kills it without a word, as a machine that loses its power does. */
  kill(): void;
  /** Starts it again on the data that it left. */
  restart(): Promise<void>;
  dispose(): Promise<void>;
}

/**
 * Starts an engine beside the sandbox's, from the same programs, and makes it the one of a workspace.
 * @param size bytes of its disk; default: as much as this machine has.
 */
export async function privateEngine(
  workspace: ThrowawayWorkspace,
  { size }: { size?: number } = {},
): Promise<PrivateEngine> {
  const { bin, dockerConfig } = places(resolve(import.meta.dirname, '../..'));
  const folder = mkdtempSync(join(tmpdir(), 'slipway-engine-'));
  if (size !== undefined) {
    await run({ file: 'mount', args: ['-t', 'tmpfs', '-o', `size=${size}`, 'slipway-test', folder] });
  }
  let engine: Engine;
  const start = async () => {
    engine = await startEngine({ bin, dockerConfig, folder });
  };
  const dispose = async () => {
    await engine?.stop();
    if (size !== undefined) await run({ file: 'umount', args: [folder] });
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await dispose();
    throw error;
  }
  workspace.changeMachine((machine) => {
    const { docker, host, config } = engine;
    machine.engine = { docker, host, config };
  });
  return { kill: () => process.kill(engine.pid, 'SIGKILL'), restart: start, dispose };
}
