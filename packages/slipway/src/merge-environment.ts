/**
 * The file with what Nx reads its settings from that `nx.json` has no words for. Not `.env`: there people keep secrets, git
 * ignores it in many Python repositories, and applications read it too.
 */
export const environmentFile = '.local.env';

/** What Nx reads besides; a name that stands there is its owner's choice. */
export const otherEnvironmentFiles = ['.env.local', '.env'];

/**
 * The environment file with the settings that stand nowhere yet, before its other lines. undefined: it takes none.
 * @param existing texts of the files that are there, by path.
 */
export function mergeEnvironment(existing: Readonly<Record<string, string>>): string | undefined {
  const there = [environmentFile, ...otherEnvironmentFiles].map((path) => existing[path] ?? '').join('\n');
  const missing = settings.filter(
    ({ name }) => !new RegExp(`^\\s*(?:export\\s+)?${name}\\s*[=:]`, 'm').test(there),
  );
  const own = existing[environmentFile];
  if (missing.length === 0) return own;
  return missing.map(({ why, name, value }) => `# ${why}\n${name}=${value}\n`).join('') + (own ?? '');
}

const settings = [
  {
    why: 'Nx shows what a command says as it goes, and all of it.',
    name: 'NX_DEFAULT_OUTPUT_STYLE',
    value: 'stream',
  },
  {
    why: 'nx affected selects images one by one.',
    name: 'NX_LEGACY_AFFECTED',
    value: 'false',
  },
];
