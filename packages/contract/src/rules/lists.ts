import { contradiction, type Rule, repeated } from './contradiction.ts';
import { list } from './words.ts';

/** A value that stands twice is a slip of the pen: one of the two was to be another. */
export const listsDoNotRepeat: Rule = (definition) => {
  const lists = definition.architectures.flatMap((architecture) =>
    Object.entries({
      platforms: architecture.platforms,
      compute_capabilities: architecture.computeCapabilities,
      extras: architecture.extras,
      system_packages: architecture.systemPackages,
    }).map(([path, values]) => ({ file: architecture.file, path, values: values as readonly string[] })),
  );
  lists.push({
    file: 'slipway.toml',
    path: 'release.version_files',
    values: definition.release.versionFiles,
  });
  return lists.flatMap(({ file, path, values }) =>
    repeated(values).map(({ value, index }) =>
      contradiction(
        definition,
        { file, path: `${path}.${index}` },
        `${path} has "${value}" twice`,
        'Remove one of the two.',
      ),
    ),
  );
};

/** The image's entry point and its code updates stand on these two. */
const needed = { tini: 'the entry point starts under it', git: 'the application is a git checkout' } as const;

/** An image without an init process or git is built without complaint and fails in somebody's run. */
export const systemPackagesSuffice: Rule = (definition) =>
  definition.architectures.flatMap(({ file, systemPackages }) => {
    const missing = Object.entries(needed).filter(([name]) => !systemPackages.includes(name));
    if (missing.length === 0) return [];
    const names = missing.map(([name]) => `"${name}"`);
    return [
      contradiction(
        definition,
        { file, path: 'system_packages' },
        `system_packages lacks ${list(missing.map(([name, reason]) => `${name} (${reason})`))}`,
        `Add ${list(names)} to system_packages.`,
      ),
    ];
  });
