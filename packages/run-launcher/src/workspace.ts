import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from '@slipway/contract';
import { readDefinition } from '@slipway/effects';

/** The nearest folder upwards that holds slipway.toml; the folder itself when there is none. */
export function findWorkspace(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, 'slipway.toml'))) return at;
    if (dirname(at) === at) return folder;
  }
}

/** The repository of the workspace's runtime images. */
export function runtimeRepository(root: string): string {
  if (existsSync(join(root, 'slipway.toml'))) return readDefinition(root).repositories.runtime;
  throw new Failure({
    code: 'definition-missing',
    message: `there is no slipway.toml in ${root} or above it, so --version cannot be found`,
    remedy: 'name the image itself with --image, or start slipway in a workspace',
  });
}
