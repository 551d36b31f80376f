import { existsSync, readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { resolve } from 'node:path';
import { Failure, type Problem } from '@slipway/contract';
import { asFailure, askGpus, type ContainerEngine, type GpuAnswer } from '@slipway/effects';
import { type HostFacts, parseHostFacts } from './host-facts.ts';
import type { Probes } from './probes.ts';

/**
 * The host that is planned for: this one, or the recorded one of a file.
 * @param whole ask the engine for everything, though no GPU makes it necessary.
 * @throws Failure of the engine, or `usage` for the file.
 */
export async function hostOf(
  file: string | undefined,
  folder: string,
  engine: ContainerEngine,
  probes: Probes,
  options: { whole?: boolean } = {},
): Promise<HostFacts> {
  const { host, problems } = await lookAtHost(file, folder, engine, probes, options);
  if (problems.length > 0) throw new Failure(problems);
  return host;
}

/**
 * The same as far as it can be found out: where the engine does not answer, that is a problem, and the GPUs are known.
 * @param options `gpus`: where they were asked for already.
 * @throws Failure `usage` for the file.
 */
export async function lookAtHost(
  file: string | undefined,
  folder: string,
  engine: ContainerEngine,
  probes: Probes,
  { whole = false, gpus }: { whole?: boolean; gpus?: Promise<GpuAnswer> } = {},
): Promise<{ host: HostFacts; problems: readonly Problem[] }> {
  if (file !== undefined) {
    return { host: parseHostFacts(readNamed(resolve(folder, file), file), file), problems: [] };
  }
  const version = whole ? Promise.resolve(null) : probes.probe('engine', () => engine.version());
  const [found, answered] = await Promise.all([
    gpus ?? probes.probe('gpus', () => askGpus()),
    version.then(
      (text) => ({ text, problems: [] }),
      (error: unknown) => ({ text: null, problems: asFailure(error).problems }),
    ),
  ]);
  const hooks = ['/usr/bin/nvidia-container-runtime-hook', '/usr/bin/nvidia-container-toolkit'];
  const host = { ...found, toolkitHook: hooks.some((path) => existsSync(path)) };
  if (answered.problems.length > 0) return { host: { ...host, engine: null }, problems: answered.problems };
  if (answered.text !== null && found.gpus.length === 0) {
    const unknown = { runtimes: [], cdi: [], rootless: false, diskFreeBytes: null };
    const brief = { name: engine.name, version: answered.text, memoryBytes: totalmem(), ...unknown };
    return { host: { ...host, engine: brief, brief: true }, problems: [] };
  }
  try {
    return { host: { ...host, engine: await probes.probe('engine', () => engine.facts()) }, problems: [] };
  } catch (error) {
    return { host: { ...host, engine: null }, problems: asFailure(error).problems };
  }
}

function readNamed(path: string, named: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Failure({
      code: 'usage',
      message: `--host-facts ${named}: ${(error as Error).message}`,
      remedy: 'name a file that can be read',
    });
  }
}
