import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Definition, parseDefinition } from '@slipway/contract';

/**
 * Reads the definition of a workspace.
 * @param root the user's workspace, never a folder of these packages.
 */
export function readDefinition(root: string): Definition {
  const folder = join(root, 'architectures');
  const names = existsSync(folder)
    ? readdirSync(folder).filter((name) => existsSync(join(folder, name, 'architecture.toml')))
    : [];
  const paths = ['slipway.toml', ...names.sort().map((name) => `architectures/${name}/architecture.toml`)];
  const found = paths.filter((path) => existsSync(join(root, path)));
  return parseDefinition(
    Object.fromEntries(found.map((path) => [path, readFileSync(join(root, path), 'utf8')])),
  );
}
