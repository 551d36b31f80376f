import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Definition, Failure, type MachineSettings, parseReference } from '@slipway/contract';
import { listFiles, type Registry } from '@slipway/effects';
import type { DockerfileSource } from './dockerfile.ts';
import type { PlanInputs } from './plan.ts';

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
    ...readLockInputs(root, definition),
    application: source.kind === 'folder' ? await listFiles(join(root, source.path)) : [],
    foreign: await readForeign(definition, machine, registry),
    platform: 'linux/amd64',
  };
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

function readLocks(root: string, definition: Definition): Record<string, string> {
  const paths = definition.architectures.map(({ name }) => [name, lockPath(name)] as const);
  const there = paths.filter(([, path]) => existsSync(join(root, path)));
  return Object.fromEntries(there.map(([name, path]) => [name, readFileSync(join(root, path), 'utf8')]));
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

/** Digests of the foreign images: a substitute's is written down, a mirror's or the original's is asked for. */
async function readForeign(definition: Definition, machine: MachineSettings, registry: Registry) {
  const foreign: PlanInputs['foreign'] = {};
  for (const name of [definition.images.os]) {
    const substitute = machine.substitutes[name];
    if (substitute !== undefined) {
      foreign[name] = { reference: substitute, digest: substitute.split('@')[1] ?? '', substitute: true };
      continue;
    }
    const at = machine.mirrors[name] ?? name;
    const digest = await registry.digest(parseReference(at));
    if (digest === undefined) {
      throw new Failure({
        code: 'image-missing',
        message: `the foreign image ${at} does not exist`,
        remedy: 'correct images.os in slipway.toml, or the mirror in .slipway/machine.json',
      });
    }
    foreign[name] = { reference: `${at.split('@')[0]}@${digest}`, digest, substitute: false };
  }
  return foreign;
}
