import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, type MachineSettings, parseMachineSettings } from '@slipway/contract';
import { run } from './process.ts';

/** Where the settings of this machine lie: git-ignored, never part of the definition, shown in every plan. */
export const machineFile = '.slipway/machine.json';

/**
 * Reads the settings of this machine: which engine to use, what stands in for foreign images, where our own
 * repositories are sent. An absent file means the ordinary case: the default engine and the definition's repositories.
 */
export function readMachine(root: string): MachineSettings {
  const path = join(root, machineFile);
  if (!existsSync(path)) return parseMachineSettings('{}', machineFile);
  return parseMachineSettings(readFileSync(path, 'utf8'), machineFile);
}

/**
 * Does something with the engine and registries of this machine. When nothing answers and the machine's settings name a
 * command that brings the engine up, it is brought up and the work is tried once more.
 */
export async function withMachine<T>(
  root: string,
  say: (line: string) => void,
  work: (machine: MachineSettings) => Promise<T>,
): Promise<T> {
  const machine = readMachine(root);
  try {
    return await work(machine);
  } catch (error) {
    if (!nothingAnswers(error, machine) || machine.engine?.up === undefined) throw error;
    await bringUp(root, machine.engine.up, say);
    // Ports may have changed.
    return work(readMachine(root));
  }
}

async function bringUp(
  root: string,
  [file = '', ...args]: string[],
  say: (line: string) => void,
): Promise<void> {
  say('the engine or the registry of this machine does not answer: bringing them up');
  await run(
    { file, args, cwd: root, onLine: (line) => say(line) },
    { code: 'sandbox-failed', remedy: 'read the lines above, then start it by hand: npx nx run sandbox:up' },
  );
}

/** Whether what does not answer is this machine's own, and no registry elsewhere. */
function nothingAnswers(error: unknown, { repositories }: MachineSettings): boolean {
  const own = Object.values(repositories).map((place) => place.split('/')[0]);
  return (
    error instanceof Failure &&
    error.problems.some(
      ({ code, registry }) =>
        code === 'engine-unreachable' || (registry !== undefined && own.includes(registry)),
    )
  );
}
