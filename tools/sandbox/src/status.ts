import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { tryRun } from '@slipway/effects';
import { engineVersion } from './engine/start-engine.ts';
import { engineProcesses } from './engine/stop-engine.ts';
import { places, runFolder } from './places.ts';
import { processesOf } from './process/ours.ts';
import type { Program } from './programs/provide.ts';
import { registryAnswers, registryMark } from './registry/start-registry.ts';
import { readState } from './state.ts';
import { stepResult } from './steps.ts';
import { findSystemEngine } from './system-engine.ts';

export interface Status {
  engine: 'private' | 'system' | 'none';
  running: boolean;
  version?: string;
  buildx?: string;
  registry: { url?: string; running: boolean };
  /** The suite that each program came from. */
  suite: Record<string, string>;
  folder: string;
  bytes: number;
  pids: number[];
}

/** Looks at a workspace's sandbox and changes nothing. */
export async function status(root: string): Promise<Status> {
  const place = places(root);
  const state = readState(place);
  const port = state?.registryPort;
  const registryPids = processesOf({ mark: registryMark(place.folder) });
  const registry = {
    ...(port !== undefined && { url: `127.0.0.1:${port}` }),
    running: port !== undefined && registryPids.length > 0 && (await registryAnswers(port)),
  };
  const programs = ['engine', 'registry', 'rootfs-tools'].flatMap(
    (name) => stepResult<Program[]>(place, name) ?? [],
  );
  const common = {
    registry,
    suite: Object.fromEntries(programs.map(({ name, suite }) => [name, suite])),
    folder: place.folder,
    bytes: bytesBelow(place.folder),
  };
  const host = `unix://${runFolder(place.folder)}/docker.sock`;
  if (state?.engine !== 'private') {
    const system = await findSystemEngine(host);
    const usable = system !== undefined && system.unfit === undefined;
    return {
      engine: usable ? 'system' : 'none',
      running: usable,
      ...(usable && { version: system.version, buildx: system.buildx }),
      ...common,
      pids: registryPids,
    };
  }
  const docker = join(place.bin, 'docker');
  const version = existsSync(docker)
    ? await engineVersion({ docker, host, config: place.dockerConfig })
    : undefined;
  const buildx = join(place.dockerConfig, 'cli-plugins', 'docker-buildx');
  const asked = existsSync(buildx) ? await tryRun({ file: buildx, args: ['version'] }) : undefined;
  return {
    engine: 'private',
    running: version !== undefined,
    ...(version !== undefined && { version }),
    ...(asked?.exitCode === 0 && { buildx: asked.stdout.trim() }),
    ...common,
    pids: [...engineProcesses(place.folder), ...registryPids],
  };
}

/** What the folder takes on disk: blocks, each file once, and nothing of the containers mounted below it. */
function bytesBelow(folder: string): number {
  const device = lstatSync(folder, { throwIfNoEntry: false })?.dev;
  const seen = new Set<number>();
  const walk = (path: string): number => {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined || found.dev !== device || seen.has(found.ino)) return 0;
    seen.add(found.ino);
    const own = found.blocks * 512;
    if (!found.isDirectory()) return own;
    try {
      return readdirSync(path).reduce((sum, name) => sum + walk(join(path, name)), own);
    } catch {
      return own;
    }
  };
  return walk(folder);
}
