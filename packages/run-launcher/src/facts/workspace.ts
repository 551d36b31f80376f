import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type Definition,
  Failure,
  formatVersion,
  fromPep440,
  parsePyproject,
  versionOfFiles,
} from '@slipway/contract';
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
    message: `there is no slipway.toml in ${root} or above it, so what a version's image is called is not known`,
    remedy: 'name the image itself with --image, or start slipway in a workspace',
  });
}

/**
 * The version that the application's pyproject.toml states, else one of `release.version_files`, as tags spell it, and
 * where that is.
 * @throws Failure `version-missing`, `version-malformed`.
 */
export function statedVersion(
  { application: { source }, release }: Definition,
  root: string,
): { version: string; file: string } {
  const file = source.kind === 'folder' ? join(source.path, 'pyproject.toml') : undefined;
  const read = (path: string) =>
    existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined;
  const text = file === undefined ? undefined : read(file);
  const own = file !== undefined && text !== undefined && parsePyproject(text, file).version;
  const candidates = own && file !== undefined ? [file] : release.versionFiles;
  for (const stating of candidates) {
    const version = own || versionOfFiles([stating], read);
    if (version) return { version: formatVersion(fromPep440(version)), file: stating };
  }
  throw new Failure({
    code: 'version-missing',
    message:
      'no version and no image says what to run, and neither pyproject.toml nor release.version_files states a version',
    remedy: 'name a published version, for example --version v0.1.0',
  });
}
