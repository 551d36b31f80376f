import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Definition, Failure, formatVersion, fromPep440, parsePyproject } from '@slipway/contract';
import { readDefinition } from '@slipway/effects';

/** The nearest folder upwards that holds slipway.toml; the folder itself when there is none. */
export function findWorkspace(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, 'slipway.toml'))) return at;
    if (dirname(at) === at) return folder;
  }
}

/** The definition of a workspace; null where there is none. */
export function openWorkspace(root: string): Definition | null {
  return existsSync(join(root, 'slipway.toml')) ? readDefinition(root) : null;
}

/**
 * The same, for whoever cannot do without.
 * @throws Failure `definition-missing`.
 */
export function requireWorkspace(definition: Definition | null, root: string): Definition {
  if (definition !== null) return definition;
  throw new Failure({
    code: 'definition-missing',
    message: `there is no slipway.toml in ${root} or above it, so --version cannot be found`,
    remedy: 'name the image itself with --image, or start slipway in a workspace',
  });
}

/** The version that the application's pyproject.toml states, as tags spell it. @throws Failure `version-missing`. */
export function statedVersion({ application: { source } }: Definition, root: string): string {
  const file = source.kind === 'folder' ? `${source.path}/pyproject.toml` : undefined;
  const there = file !== undefined && existsSync(join(root, file));
  const version = there && parsePyproject(readFileSync(join(root, file), 'utf8'), file).version;
  if (version) return formatVersion(fromPep440(version));
  throw new Failure({
    code: 'version-missing',
    message: 'neither --version nor --image says what to run, and the application states no version',
    remedy: 'name a published version, for example --version v0.1.0',
  });
}
