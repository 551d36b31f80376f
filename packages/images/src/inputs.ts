import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import {
  completePyproject,
  type Definition,
  Failure,
  flashAttentionJobs,
  type MachineSettings,
} from '@slipway/contract';
import type { Registry } from '@slipway/effects';
import type { DockerfileSource } from './dockerfile.ts';
import { readForeign } from './foreign.ts';
import { readImageLock } from './image-lock.ts';
import type { PlanInputs } from './plan.ts';
import { placeSource, readSources } from './sources.ts';

/**
 * Reads everything that planning image builds looks at, registries aside from foreign images' digests.
 * @param builder name of the builder that the caller asked for, when it is not this machine's own.
 * @param dev architectures whose dev images are asked for: what only those stand on is not looked for otherwise.
 */
export async function readInputs(
  root: string,
  definition: Definition,
  machine: MachineSettings,
  registry: Registry,
  builder: string | undefined,
  dev: Definition['architectures'] = [],
): Promise<PlanInputs> {
  const sources = await readSources(root, definition);
  return {
    definition,
    machine,
    dockerfiles: {
      base: readDockerfile(root, 'base'),
      runtime: readDockerfile(root, 'runtime'),
      dev: readDockerfile(root, 'dev'),
    },
    verification: readVerification(),
    locks: readLocks(root, definition),
    pyproject: readPyproject(root, sources[0]?.folder ?? '', definition),
    sources,
    foreign: await readForeign(definition, machine, registry, readImageLock(root), dev),
    platform: 'linux/amd64',
    maxJobs: maxJobs(builder),
  };
}

/** As many compilers as the caller says, else as this machine can feed; a builder elsewhere finds out by itself. */
function maxJobs(builder: string | undefined): number | null {
  const asked = Number(process.env.MAX_JOBS);
  if (Number.isInteger(asked) && asked > 0) return asked;
  return builder === undefined ? flashAttentionJobs({ cpus: cpus().length, memoryBytes: totalmem() }) : null;
}

function readVerification(): Record<string, string> {
  const folder = join(import.meta.dirname, '../verification');
  const names = readdirSync(folder).filter((name) => /\.(py|json)$/.test(name));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/** A workspace's own Dockerfile of that kind, else the one that comes with this package. */
function readDockerfile(root: string, kind: string): DockerfileSource {
  const path = `dockerfiles/${kind}.Dockerfile`;
  // In this repository they lie beside the packages, in a packed one within.
  const places = [root, join(import.meta.dirname, '..'), join(import.meta.dirname, '../../..')];
  const found = places.map((place) => join(place, path)).find((each) => existsSync(each));
  if (found === undefined) {
    throw new Failure({
      code: 'dockerfile-invalid',
      where: { file: path },
      message: `there is no ${path}`,
      remedy: 'restore it from version control',
    });
  }
  return { path, text: readFileSync(found, 'utf8') };
}

/** What tells whether the locks follow from the definition. */
export async function readLockInputs(
  root: string,
  definition: Definition,
): Promise<Pick<PlanInputs, 'locks' | 'pyproject'>> {
  const { folder } = await placeSource(root, definition.application);
  return { locks: readLocks(root, definition), pyproject: readPyproject(root, folder, definition) };
}

function readLocks(root: string, definition: Definition): PlanInputs['locks'] {
  const read = (path: string) =>
    existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined;
  const locks: PlanInputs['locks'] = {};
  for (const { name } of definition.architectures) {
    const requirements = read(lockPath(name));
    const dev = read(devLockPath(name));
    if (requirements === undefined) continue;
    locks[name] = {
      requirements,
      native: read(nativeLockPath(name)) ?? '',
      ...(dev !== undefined && { dev }),
    };
  }
  return locks;
}

/** The application's pyproject.toml, with what it leaves to other files: the one place of its dependencies and version. */
function readPyproject(
  root: string,
  folder: string,
  { release: { versionFiles } }: Definition,
): PlanInputs['pyproject'] {
  const file = `${folder}/pyproject.toml`;
  const read = (path: string) =>
    existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined;
  const text = read(file);
  if (text !== undefined) return { file, text: completePyproject(text, file, { versionFiles, read }) };
  throw new Failure({
    code: 'definition-missing',
    where: { file },
    message: 'the application has no pyproject.toml',
    remedy:
      'write one (https://packaging.python.org/en/latest/specifications/pyproject-toml/), or correct application.source in slipway.toml',
  });
}

/** Where the lock of an architecture lies. */
export const lockPath = (architecture: string): string => `architectures/${architecture}/requirements.lock`;

/** Where the sources are locked that an architecture compiles itself. */
export const nativeLockPath = (architecture: string): string => `architectures/${architecture}/native.lock`;

/** Where the extra `dev` of an architecture is locked. */
export const devLockPath = (architecture: string): string => `architectures/${architecture}/dev.lock`;
