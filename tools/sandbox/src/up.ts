import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '@slipway/contract';
import { type Origin, readOrigin } from './apt/origin.ts';
import { engineVersion, startEngine } from './engine/start-engine.ts';
import { engineProcesses, stopEngine } from './engine/stop-engine.ts';
import { withLock } from './lock.ts';
import { upCommand, writeMachineFile } from './machine-file.ts';
import { type Places, places, runFolder } from './places.ts';
import { endProcesses, processesOf } from './process/ours.ts';
import { writeBin } from './programs/bin.ts';
import { keyring, type Program, provide } from './programs/provide.ts';
import { enginePrograms, registryProgram, rootfsPrograms } from './programs/wanted.ts';
import { containerRegistry } from './registry/container.ts';
import { registryAnswers, registryMark, startRegistry } from './registry/start-registry.ts';
import { impossible, requireDisk, requireLinux, requireRoot } from './requirements.ts';
import { changeState, readState } from './state.ts';
import { canPull, publishSubstitute } from './substitute/publish.ts';
import { clearTemporary, makeRootfs } from './substitute/rootfs.ts';
import { findSystemEngine, type SystemEngine } from './system-engine.ts';
import { makeWork, type UpOptions, type Work, workMark } from './work.ts';

/** A sandbox that is up. */
export interface Sandbox {
  engine: { docker: string; host: string; config: string };
  registry: { url: string; log: string };
  substitutes: Record<string, string>;
  folder: string;
  /** The machine file, `<root>/.slipway/machine.json`. */
  machine: string;
}

/** The foreign OS image that the sandbox's Debian stands in for. */
const foreignImage = 'ubuntu:24.04';

/** Brings the sandbox of a workspace up: finishes what an earlier call left half-done, starts what does not run. */
export async function up(root: string, options: UpOptions = {}): Promise<Sandbox> {
  const place = places(root);
  return await withLock(
    place.folder,
    () => bringUp(place, 'person', options),
    () => options.onProgress?.('sandbox: waiting for another command to finish with it ...'),
  );
}

/** The same, for callers that hold the lock. */
export async function bringUp(place: Places, by: 'person' | 'hold', options: UpOptions): Promise<Sandbox> {
  requireLinux();
  const work = makeWork(place, options);
  try {
    const system = await findSystemEngine(hostOf(place));
    if (system !== undefined && system.unfit === undefined) return await withSystemEngine(system, by, work);
    requireRoot(system?.unfit);
    return await withPrivateEngine(by, work);
  } catch (error) {
    // What this call started does not stay; what it finished is kept for the next.
    await clearHalfDone(place);
    for (const undo of work.undo.reverse()) await undo();
    if (!work.signal?.aborted) throw error;
    throw new Failure({
      code: 'interrupted',
      message: 'bringing the sandbox up was interrupted',
      remedy: 'call the same command again; what was finished is kept',
    });
  }
}

async function withPrivateEngine(by: 'person' | 'hold', work: Work): Promise<Sandbox> {
  const { place } = work;
  const origin = requireOrigin();
  await clearHalfDone(place);
  const programs = await fetchEverything(origin, work);
  writeBin(place, programs);
  const before = readState(place);
  const engine = { docker: join(place.bin, 'docker'), host: hostOf(place), config: place.dockerConfig };
  noteWho(place, 'private', by);
  if (engineProcesses(place.folder).length === 0 || (await engineVersion(engine)) === undefined) {
    work.progress('sandbox: starting the engine ...');
    const started = await startEngine({
      ...place,
      ...(before?.subnet !== undefined && { subnet: before.subnet }),
      ...(work.signal && { signal: work.signal }),
    });
    work.undo.push(started.stop);
    changeState(place, { subnet: started.network.subnet });
    if (started.network.firewall === 'none') {
      work.progress(
        "sandbox: this kernel does no masquerading: builds reach the network with '--network host' only",
      );
    }
  }
  const port = await registryUp(join(place.bin, 'docker-registry'), work);
  const substitute = await publishSubstitute(engine, port, work);
  return finish(engine, port, { [foreignImage]: substitute }, work);
}

async function withSystemEngine(system: SystemEngine, by: 'person' | 'hold', work: Work): Promise<Sandbox> {
  const { place } = work;
  const origin = process.getuid?.() === 0 ? readOrigin() : undefined;
  mkdirSync(place.folder, { recursive: true });
  work.progress(`sandbox: using the Docker engine ${system.version} of this machine`);
  noteWho(place, 'system', by);
  // One that was private until the machine got an engine of its own.
  if (engineProcesses(place.folder).length > 0) await stopEngine(place);
  await clearHalfDone(place);
  let binary: string;
  if (origin === undefined) {
    binary = await containerRegistry(place, system);
  } else {
    writeBin(place, await provide('registry', [registryProgram], origin, work));
    binary = join(place.bin, 'docker-registry');
  }
  const port = await registryUp(binary, work);
  const substitutes: Record<string, string> = {};
  if (!(await canPull(system, foreignImage))) {
    if (origin === undefined) {
      work.progress(
        `sandbox: ${foreignImage} can't be pulled, and only root on Debian or Ubuntu can make a substitute`,
      );
    } else {
      await rootfs(origin, work);
      substitutes[foreignImage] = await publishSubstitute(system, port, work);
    }
  }
  return finish(system, port, substitutes, work);
}

/** Engine, registry and OS image are fetched side by side: the image takes the longest and needs little of the rest. */
async function fetchEverything(origin: Origin, work: Work): Promise<Program[]> {
  requireDisk(work.place);
  const parts = [
    rootfs(origin, work).then(() => []),
    provide('engine', [...enginePrograms, registryProgram], origin, work),
  ];
  const results = await Promise.allSettled(parts);
  // Package lists are old tomorrow, and what was in the packages is unpacked.
  rmSync(work.place.downloads, { recursive: true, force: true });
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
}

async function rootfs(origin: Origin, work: Work): Promise<void> {
  const [mmdebstrap] = await provide('rootfs-tools', rootfsPrograms, origin, work);
  await makeRootfs(mmdebstrap?.file ?? '', origin, await keyring(origin, work), work);
}

/** The registry's port; started when it does not answer, and somewhere else when its port was taken. */
async function registryUp(binary: string, work: Work): Promise<number> {
  const { place } = work;
  const port = readState(place)?.registryPort;
  if (port !== undefined && processesOf({ mark: registryMark(place.folder) }).length > 0) {
    if (await registryAnswers(port)) return port;
  }
  work.progress('sandbox: starting the registry ...');
  const registry = await startRegistry({
    binary,
    folder: place.folder,
    ...(port !== undefined && { port }),
  });
  work.undo.push(registry.stop);
  if (port !== undefined && port !== registry.port) {
    work.progress(`sandbox: port ${port} was taken, the registry moved to ${registry.port}`);
  }
  changeState(place, { registryPort: registry.port });
  return registry.port;
}

/** The last step: both answer, and the product's packages are told. */
async function finish(
  engine: { docker: string; host: string; config: string },
  port: number,
  substitutes: Record<string, string>,
  work: Work,
): Promise<Sandbox> {
  const { place } = work;
  const { docker, host, config } = engine;
  work.signal?.throwIfAborted();
  const version = await engineVersion({ docker, host, config });
  if (version === undefined || !(await registryAnswers(port))) {
    throw new Failure({
      code: 'sandbox-failed',
      message: `the ${version === undefined ? `engine at ${host}` : `registry at 127.0.0.1:${port}`} does not answer`,
      remedy: `read the logs in ${place.logs}`,
    });
  }
  const url = `127.0.0.1:${port}`;
  const log = join(place.logs, 'registry.log');
  writeMachineFile(place, {
    engine: { docker, host, ...(config !== '' && { config }), up: upCommand(place) },
    substitutes,
    repositories: { '*': url },
    registryLog: log,
  });
  work.progress(`sandbox: up; engine ${version}, registry ${url}`);
  return {
    engine: { docker, host, config },
    registry: { url, log },
    substitutes,
    folder: place.folder,
    machine: place.machine,
  };
}

/** Ends the programs of an `up` that was killed, and takes away what they were making. */
async function clearHalfDone(place: Places): Promise<void> {
  await endProcesses({ mark: workMark(place) }, [], 2000);
  await clearTemporary(place);
}

/** Whoever brought up what runs now keeps it; what does not run is the caller's. */
function noteWho(place: Places, engine: 'private' | 'system', by: 'person' | 'hold'): void {
  const running =
    engineProcesses(place.folder).length + processesOf({ mark: registryMark(place.folder) }).length > 0;
  const kept = running && readState(place)?.upBy === 'person';
  changeState(place, { engine, upBy: kept ? 'person' : by });
}

function requireOrigin(): Origin {
  const origin = existsSync('/usr/bin/apt-get') ? readOrigin() : undefined;
  if (origin !== undefined) return origin;
  throw impossible('it is made of Debian packages, and this machine is neither Debian nor Ubuntu');
}

function hostOf(place: Places): string {
  return `unix://${runFolder(place.folder)}/docker.sock`;
}
