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
    const entry = /^([A-Za-z0-9._-]+)(?:==([^\s;\\]+))?/.exec(line);
    const last = packages.at(-1);
    if (entry) packages.push({ name: entry[1] ?? '', version: entry[2] ?? '', text: line, via: [] });
    else if (/^\s+#/.test(line)) {
      const via = /#\s+(?:via\s+)?([A-Za-z0-9][A-Za-z0-9._-]*)(?:\s|$)/.exec(line)?.[1];
      if (via !== undefined && via !== 'via') last?.via.push(via);
    } else if (/^\s+\S/.test(line) && last) last.text += `\n${line}`;
  }
  return packages;
}

/** Splits a lock into torch with all that it and its own dependencies need, and everything else. */
export function splitLock(text: string): { torch: string; dependencies: string } {
  const packages = readLock(text);
  const closure = new Set(packages.filter(({ name }) => name === 'torch').map(({ name }) => name));
  for (let before = -1; before !== closure.size; ) {
    before = closure.size;
    for (const { name, via } of packages) if (via.some((each) => closure.has(each))) closure.add(name);
  }
  const write = (wanted: LockedPackage[]) =>
    wanted.map((each) => `${each.text.replace(/\s*\\$/, '')}\n`).join('');
  return {
    torch: write(packages.filter(({ name }) => closure.has(name))),
    dependencies: write(packages.filter(({ name }) => !closure.has(name))),
  };
}
