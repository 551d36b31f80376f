import { parseWheelName } from '@slipway/contract';

/** One pinned distribution of a requirements.lock. */
export interface LockedPackage {
  name: string;
  version: string;
  /** The entry with its marker and hashes, as an installer reads it. */
  text: string;
  /** Names of the packages that asked for it. */
  via: string[];
}

/** Reads what `uv pip compile --generate-hashes` writes: entries at column 0, hashes and `# via` notes indented. */
export function readLock(text: string): LockedPackage[] {
  const packages: LockedPackage[] = [];
  for (const line of text.split('\n')) {
    // `name==version`, or `name @ address` of an exact wheel.
    const entry = /^([A-Za-z0-9._-]+)(?:==([^\s;\\]+)| @ ([^\s#]+))?/.exec(line);
    const last = packages.at(-1);
    if (entry) {
      const [, name = '', pinned, address = ''] = entry;
      packages.push({ name, version: pinned ?? parseWheelName(address)?.version ?? '', text: line, via: [] });
    } else if (/^\s+#/.test(line)) {
      const via = /#\s+(?:via\s+)?([A-Za-z0-9][A-Za-z0-9._-]*)(?:\s|$)/.exec(line)?.[1];
      if (via !== undefined && via !== 'via') last?.via.push(via);
    } else if (/^\s+\S/.test(line) && last) last.text += `\n${line}`;
  }
  return packages;
}

/** The parts of a lock that are layers of their own. */
export interface LockParts {
  /** The CUDA libraries that torch brings along. */
  cuda: string;
  /** torch and the rest of what it and its own dependencies need. */
  torch: string;
  dependencies: string;
}

/** Splits a lock into its layers. The base Dockerfile's stage `locks` does the same for a build without Slipway. */
export function splitLock(text: string): LockParts {
  const packages = readLock(text);
  const closure = new Set(packages.filter(({ name }) => name === 'torch').map(({ name }) => name));
  for (let before = -1; before !== closure.size; ) {
    before = closure.size;
    for (const { name, via } of packages) if (via.some((each) => closure.has(each))) closure.add(name);
  }
  const partOf = ({ name }: LockedPackage): keyof LockParts => {
    if (!closure.has(name)) return 'dependencies';
    return name.startsWith('nvidia-') ? 'cuda' : 'torch';
  };
  const write = (part: keyof LockParts) =>
    packages
      .filter((each) => partOf(each) === part)
      .map((each) => `${each.text.replace(/\s*\\$/, '')}\n`)
      .join('');
  return { cuda: write('cuda'), torch: write('torch'), dependencies: write('dependencies') };
}
