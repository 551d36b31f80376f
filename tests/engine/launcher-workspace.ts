import type { RunRecord } from '@slipway/run-launcher';
import { expect } from 'vitest';
import { type ThrowawayWorkspace, throwawayWorkspace } from './throwaway-workspace.ts';

/** A workspace whose version v0.1.0 is published for `cpu`; its program is a few lines of shell. */
export interface LauncherWorkspace extends ThrowawayWorkspace {
  image: string;
  runs(): Promise<RunRecord[]>;
  lastRun(): Promise<RunRecord>;
}

/**
 * Shell words of a program in a run: it waits until a test has written a file into its output folder, so that it neither
 * ends before the test is ready nor has to be waited for.
 */
export const untilWritten = (name: string): string => `until [ -e /output/${name} ]; do sleep 0.1; done`;

/** @param prepare changes the workspace before its images are built. */
export async function launcherWorkspace({
  folder,
  prepare = () => {},
}: {
  folder?: string;
  prepare?: (workspace: ThrowawayWorkspace) => void;
} = {}): Promise<LauncherWorkspace> {
  const workspace = await throwawayWorkspace({ quick: true, folder });
  try {
    prepare(workspace);
    for (const args of [
      ['run-many', '-t', 'build-image'],
      ['run', 'runtime-image:publish'],
    ]) {
      const { exitCode, stdout, stderr } = await workspace.nx(...args);
      expect(exitCode, stdout + stderr).toBe(0);
    }
  } catch (error) {
    workspace.dispose();
    throw error;
  }
  const runs = async () => JSON.parse((await workspace.slipway('runs', '--json')).stdout) as RunRecord[];
  return Object.assign(workspace, {
    image: `${workspace.registry}/${workspace.repositories.runtime}:cpu-v0.1.0`,
    runs,
    lastRun: async () => {
      const last = (await runs()).at(-1);
      if (last === undefined) throw new Error('no run is recorded');
      return last;
    },
  });
}
