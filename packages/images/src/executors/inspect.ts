import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import {
  type Definition,
  Failure,
  findArchitecture,
  formatReference,
  formatVersion,
  type MachineSettings,
  parseReference,
  parseVersion,
  placedRepository,
} from '@slipway/contract';
import { openRegistry, type Registry, readDefinition, withMachine } from '@slipway/effects';
import { command } from '../command.ts';
import { inspectImage } from '../inspect.ts';
import { describeInspection } from '../inspect-describe.ts';
import { newestTags } from '../plan.ts';

interface InspectOptions {
  kind: 'base' | 'runtime';
  /** Any image; absent: those of the kind. */
  image?: string;
  architectures?: string[];
  /** Of runtime images: the version. */
  as?: string;
  /** File of a public key that signatures are held against. */
  key?: string;
  json?: boolean;
}

/** `nx run runtime-image:inspect --image=REF`: what a registry tells of an image, without pulling it. */
export default function inspect(
  options: InspectOptions,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return command(root, async ({ say }) => {
    const definition = readDefinition(root);
    const publicKey = options.key === undefined ? undefined : readKey(root, options.key);
    const found = await withMachine(root, say, async (machine) => {
      const registry = openRegistry({ dockerConfig: machine.engine?.config });
      const references = await referencesFor(options, definition, machine, registry);
      return Promise.all(references.map((each) => inspectImage(registry, each, publicKey)));
    });
    console.log(options.json ? JSON.stringify(found, null, 2) : found.map(describeInspection).join('\n\n'));
    return found.every(({ signatures }) => signatures.every(({ verified }) => verified !== false));
  });
}

/** The images that are meant; a repository of the definition is looked for where this machine sends it. */
async function referencesFor(
  { kind, image, architectures, as }: InspectOptions,
  definition: Definition,
  machine: MachineSettings,
  registry: Registry,
): Promise<string[]> {
  if (image !== undefined) return [placed(image, definition, machine)];
  const names = architectures ?? definition.architectures.map(({ name }) => name);
  const wanted = names.map((name) => findArchitecture(definition, name));
  const repository = placedRepository(definition.repositories[kind], machine);
  const found = wanted.map(async ({ name, tag }) => {
    if (kind === 'base') return `${repository}:${tag}`;
    if (as !== undefined) return `${repository}:${name}-${formatVersion(parseVersion(as))}`;
    return newest(registry, repository, name);
  });
  return Promise.all(found);
}

/** The newest runtime image of an architecture: the first of its following tags that is there. */
async function newest(registry: Registry, repository: string, architecture: string): Promise<string> {
  const tags = newestTags(architecture);
  for (const tag of tags) {
    const reference = `${repository}:${tag}`;
    if ((await registry.digest(parseReference(reference))) !== undefined) return reference;
  }
  throw new Failure({
    code: 'image-missing',
    message: `${repository} has none of ${tags.join(', ')}`,
    remedy: 'name a version with --as=v0.1.0 or an image with --image, or publish one',
  });
}

function placed(image: string, { repositories }: Definition, machine: MachineSettings): string {
  const { tag, digest, ...place } = parseReference(image);
  const repository = formatReference({ ...place, tag: null, digest: null });
  const ours = Object.values(repositories).some(
    (each) => formatReference({ ...parseReference(each) }) === repository,
  );
  if (!ours) return image;
  return formatReference({ ...parseReference(placedRepository(repository, machine)), tag, digest });
}

function readKey(root: string, path: string): string {
  try {
    return readFileSync(resolve(root, path), 'utf8');
  } catch (error) {
    throw new Failure({
      code: 'signing-key-missing',
      message: `the public key ${path} cannot be read: ${(error as Error).message}`,
      remedy: 'name the file of a public key: cosign public-key --key cosign.key > cosign.pub',
    });
  }
}
