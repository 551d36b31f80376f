import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Manifest, packedManifest } from './manifest.ts';

/** The root of this repository. */
export const product = resolve(import.meta.dirname, '../../..');

/** A package of ours that is packed. */
export interface PackagedFolder {
  /** Its folder below `packages`. */
  folder: string;
  /** Where it lies. */
  path: string;
  /** Its package.json as it is packed. */
  manifest: Manifest;
}

/** Every package, by its folder. @param version what they are called; default: what each says itself. */
export function readPackages(version?: string): PackagedFolder[] {
  const folders = readdirSync(join(product, 'packages')).filter((folder) =>
    existsSync(join(product, 'packages', folder, 'package.json')),
  );
  return folders.sort().map((folder) => {
    const path = join(product, 'packages', folder);
    const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest;
    return { folder, path, manifest: packedManifest(manifest, version) };
  });
}
