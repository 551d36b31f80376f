import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import {
  type Definition,
  Failure,
  flashAttentionJobs,
  gpuContract,
  type MachineSettings,
  type Problem,
  parseReference,
} from '@slipway/contract';
import { listFiles, type Registry } from '@slipway/effects';
import type { DockerfileSource } from './dockerfile.ts';
import type { ForeignImage, PlanInputs } from './plan.ts';

/** Reads everything that planning image builds looks at, registries aside from foreign images' digests. */
export async function readInputs(
  root: string,
  definition: Definition,
  machine: MachineSettings,
  registry: Registry,
): Promise<PlanInputs> {
  const { source } = definition.application;
  return {
    definition,
    machine,
    dockerfiles: { base: readDockerfile(root, 'base'), runtime: readDockerfile(root, 'runtime') },
    verification: readVerification(),
    ...readLockInputs(root, definition),
    application: source.kind === 'folder' ? await listFiles(join(root, source.path)) : [],
    foreign: await readForeign(definition, machine, registry),
    platform: 'linux/amd64',
    maxJobs:
      Number(process.env.MAX_JOBS) || flashAttentionJobs({ cpus: cpus().length, memoryBytes: totalmem() }),
  };
}

function readVerification(): Record<string, string> {
  const folder = join(import.meta.dirname, '../verification');
  const names = readdirSync(folder).filter((name) => /\.(py|json)$/.test(name));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/** A workspace's own Dockerfile of that kind, else the one that comes with this package. */
function readDockerfile(root: string, kind: string): DockerfileSource {
  const path = `dockerfiles/${kind}.Dockerfile`;
  const own = join(root, path);
  const packaged = join(import.meta.dirname, '..', path);
  const found = existsSync(own) ? own : packaged;
  if (!existsSync(found)) {
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
export function readLockInputs(
  root: string,
  definition: Definition,
): Pick<PlanInputs, 'locks' | 'pyproject'> {
  return { locks: readLocks(root, definition), pyproject: readPyproject(root, definition) };
}

function readLocks(root: string, definition: Definition): PlanInputs['locks'] {
  const read = (path: string) =>
    existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined;
  const locks: PlanInputs['locks'] = {};
  for (const { name } of definition.architectures) {
    const requirements = read(lockPath(name));
    if (requirements !== undefined) locks[name] = { requirements, native: read(nativeLockPath(name)) ?? '' };
  }
  return locks;
}

/** The application's pyproject.toml, the one place where its dependencies are written. */
function readPyproject(root: string, { application: { source } }: Definition): PlanInputs['pyproject'] {
  if (source.kind !== 'folder') return null;
  const file = `${source.path}/pyproject.toml`;
  if (existsSync(join(root, file))) return { file, text: readFileSync(join(root, file), 'utf8') };
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

/** Finds the foreign images: a substitute is written down, a mirror's or the original's digest is asked for. */
async function readForeign(
  definition: Definition,
  machine: MachineSettings,
  registry: Registry,
): Promise<PlanInputs['foreign']> {
  const compilers = definition.architectures
    .filter(({ flashAttention }) => flashAttention?.from === 'build')
    .map((architecture) => gpuContract(architecture, definition).cudaDevelImage);
  const names = [...new Set([definition.images.os, ...compilers])].filter((name) => name !== null);
  const found = names.map(async (name) => [name, await findForeign(name, machine, registry)] as const);
  return Object.fromEntries(await Promise.all(found));
}

/** One that is not found is a problem only for the images that stand on it. */
async function findForeign(
  name: string,
  machine: MachineSettings,
  registry: Registry,
): Promise<ForeignImage | Problem> {
  const substitute = machine.substitutes[name];
  if (substitute !== undefined) {
    return { reference: substitute, digest: substitute.split('@')[1] ?? '', substitute: true };
  }
  const at = machine.mirrors[name] ?? name;
  const remedy = `check the name in slipway.toml, or name a mirror or a substitute of ${name} in .slipway/machine.json`;
  try {
    const digest = await registry.digest(parseReference(at));
    if (digest !== undefined)
      return { reference: `${at.split('@')[0]}@${digest}`, digest, substitute: false };
    return { code: 'image-missing', message: `the foreign image ${at} does not exist`, remedy };
  } catch (error) {
    if (!(error instanceof Failure) || error.problems[0] === undefined) throw error;
    const { code, message } = error.problems[0];
    return { code, message: `the foreign image ${name} cannot be found: ${message}`, remedy };
  }
}
