/** What installs a repository's npm packages, and how its commands are called. */
export interface PackageManager {
  name: string;
  /** The command that installs what package.json names. */
  install: string;
  /** What stands before the name of an installed command. */
  run: string;
  /** Its lock; null: npm's, by which the workflows install. */
  lock: string | null;
}

/**
 * The package manager of a repository: the one that `packageManager` of its package.json names, else the one whose lock is
 * there, else npm. @param files paths of the repository's files, from the root.
 */
export function packageManager(packageJson: string, files: readonly string[]): PackageManager {
  const { packageManager: named } = JSON.parse(packageJson) as { packageManager?: unknown };
  const [name] = typeof named === 'string' ? named.split('@') : [];
  const byName = managers.find((each) => each.name === name);
  if (byName !== undefined || name !== undefined) return byName ?? npm;
  if (files.includes('package-lock.json')) return npm;
  return managers.find(({ lock }) => lock !== null && files.includes(lock)) ?? npm;
}

/** What to know where the packages are not npm's, one sentence each. */
export function packageManagerNotes({ name, lock }: PackageManager, files: readonly string[]): string[] {
  if (lock === null) return [];
  const hoisting =
    "Nx finds Slipway's plugins at the top of node_modules: write publicHoistPattern: ['@slipway/*'] to pnpm-workspace.yaml, and install again.";
  return [
    ...(name === 'pnpm' ? [hoisting] : []),
    ...(files.includes('package-lock.json')
      ? []
      : [
          `The workflows install by npm ci, which reads package-lock.json, and this repository has ${lock}: make the other too (npm install --package-lock-only) and commit it.`,
        ]),
  ];
}

const npm: PackageManager = { name: 'npm', install: 'npm install', run: 'npx', lock: null };

const managers: readonly PackageManager[] = [
  npm,
  { name: 'pnpm', install: 'pnpm install', run: 'pnpm exec', lock: 'pnpm-lock.yaml' },
  { name: 'yarn', install: 'yarn install', run: 'yarn run', lock: 'yarn.lock' },
  { name: 'bun', install: 'bun install', run: 'bunx', lock: 'bun.lock' },
];
