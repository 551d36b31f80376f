import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Definition,
  Failure,
  type MachineSettings,
  type Problem,
  parseReference,
} from '@slipway/contract';
import { type Registry, writeWhole } from '@slipway/effects';
import { developerImage } from './developer-image.ts';

/** Foreign image as the definition spells it -> digest. */
export type LockedImages = Readonly<Record<string, string>>;

/** Where the foreign images are locked, of all architectures together: they stand on the same operating system. */
export const imageLockPath = 'architectures/images.lock';

const header =
  '# Made by nx run base-images:lock: the foreign images by what they hold; --upgrade takes what is new.';

/** Names of the foreign images that architectures are built from, as the definition spells them. */
export function foreignNames(
  definition: Definition,
  architectures: Definition['architectures'],
): readonly string[] {
  const developers = architectures.map((architecture) => developerImage(architecture, definition));
  return [...new Set([definition.images.os, ...developers])].sort();
}

/** Those that bases and runtime images are made from, without what only dev images stand on. */
export function builtFrom(definition: Definition): readonly string[] {
  const compiling = definition.architectures.filter(({ flashAttention }) => flashAttention?.from === 'build');
  return foreignNames(definition, compiling);
}

/** Reads the lock of the foreign images; an absent one locks none. */
export function readImageLock(root: string): LockedImages {
  const path = join(root, imageLockPath);
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  const entries = lines.flatMap((line, index): [string, string][] => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const [, name = '', digest = ''] = /^(\S+)@(sha256:[0-9a-f]{64})$/.exec(line.trim()) ?? [];
    if (name !== '') return [[name, digest]];
    throw new Failure({
      code: 'lock-stale',
      where: { file: imageLockPath, line: index + 1 },
      message: `"${line}" is not image@sha256:...`,
      remedy: 'delete the file and make it again: npx nx run base-images:lock',
    });
  });
  return Object.fromEntries(entries);
}

/**
 * Asks the registries for the digests of the foreign images of some architectures and writes them down, where a registry
 * answers. What is locked already stays, unless `upgrade` is given.
 * @returns one line for each image.
 */
export async function lockImages(
  root: string,
  definition: Definition,
  architectures: Definition['architectures'],
  machine: MachineSettings,
  registry: Registry,
  { upgrade = false }: { upgrade?: boolean } = {},
): Promise<string[]> {
  const all = foreignNames(definition, definition.architectures);
  const before = readImageLock(root);
  const locked = Object.fromEntries(Object.entries(before).filter(([name]) => all.includes(name)));
  const said: string[] = [];
  for (const name of foreignNames(definition, architectures)) {
    // It names its bytes itself.
    if (parseReference(name).digest !== null) continue;
    if (locked[name] === undefined || upgrade) {
      const asked = await currentDigest(machine.mirrors[name] ?? name, registry);
      if (asked.digest !== undefined) locked[name] = asked.digest;
      else said.push(`${name}: ${locked[name] ? 'stays as it was' : 'not locked'}, ${asked.why}`);
    }
    if (locked[name] !== undefined) said.push(`${name}: ${locked[name]}`);
  }
  const lines = Object.entries(locked).map(([name, digest]) => `${name}@${digest}`);
  if (lines.length > 0 || existsSync(join(root, imageLockPath))) {
    writeWhole(join(root, imageLockPath), `${[header, ...lines.sort()].join('\n')}\n`);
  }
  return said;
}

/** What is wrong with a lock of foreign images, told without asking anyone. */
export function checkImageLock(locked: LockedImages, definition: Definition): Problem[] {
  const names = foreignNames(definition, definition.architectures);
  const left = Object.keys(locked).filter((name) => !names.includes(name));
  if (left.length === 0) return [];
  return [
    {
      code: 'lock-stale',
      where: { file: imageLockPath },
      message: `nothing is built from ${left.join(', ')} any more`,
      remedy: 'make it and commit it: npx nx run base-images:lock',
    },
  ];
}

async function currentDigest(name: string, registry: Registry): Promise<{ digest?: string; why: string }> {
  try {
    const digest = await registry.digest(parseReference(name));
    return { digest, why: `${name} does not exist` };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { why: error.problems[0]?.message ?? '' };
  }
}
