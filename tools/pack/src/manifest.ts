/** What is packed of a package.json. */
export interface Manifest {
  name: string;
  version: string;
  exports?: Record<string, string>;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  [key: string]: unknown;
}

/**
 * The Node that packed packages run on. It is what the libraries that they use ask for, the strictest of which is
 * semantic-release 25 (https://www.npmjs.com/package/semantic-release).
 */
export const engines = { node: '^22.14.0 || >=24.10.0' };

/**
 * The package.json of a packed package: exports point at JavaScript, packages of ours at one version, and nothing is left
 * that only this repository needs.
 * @param version what all packages are called; default: what this one says.
 */
export function packedManifest(manifest: Manifest, version = manifest.version): Manifest {
  const { devDependencies: _, exports, dependencies, bin, ...rest } = manifest;
  return {
    ...rest,
    version,
    engines,
    // npm links commands of one name in no order, and that of the launcher is a part of this one.
    ...(bin !== undefined && manifest.name === 'slipway' && { bin }),
    ...(exports && { exports: mapValues(exports, compiledPath) }),
    ...(dependencies && {
      dependencies: mapValues(dependencies, (range, name) => (isOurs(name) ? version : range)),
    }),
  };
}

/** Where a file of `src` lies in a packed package. */
export function compiledPath(path: string): string {
  return path.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '.js');
}

function isOurs(name: string): boolean {
  return name.startsWith('@slipway/');
}

function mapValues(
  values: Record<string, string>,
  change: (value: string, key: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value, key)]));
}
