import {
  findPackageManager,
  type PackageManagerName,
  packageLocks,
  workflowManager,
} from '@slipway/contract';

/** What installs a repository's npm packages, and how its commands are called. */
export interface PackageManager {
  name: PackageManagerName;
  /** The command that installs what package.json names. */
  install: string;
  /** What stands before the name of an installed command. */
  run: string;
}

/** The package manager of a repository. @param files paths of its files, from the root. */
export function packageManager(packageJson: string, files: readonly string[]): PackageManager {
  const name = findPackageManager(JSON.parse(packageJson), (file) => files.includes(file));
  return { name, ...commands[name] };
}

/** What to know where the packages are not npm's, one sentence each. */
export function packageManagerNotes({ name }: PackageManager, files: readonly string[]): string[] {
  const hoisting =
    "Nx finds Slipway's plugins at the top of node_modules: write publicHoistPattern: ['@slipway/*'] to pnpm-workspace.yaml, and install again.";
  return [
    ...(name === 'pnpm' ? [hoisting] : []),
    ...(workflowManager(name) === name || files.includes(packageLocks.npm)
      ? []
      : [
          `The workflows install by npm ci, which reads package-lock.json, and this repository has ${packageLocks[name]}: make the other too (npm install --package-lock-only) and commit it.`,
        ]),
  ];
}

const commands: Record<PackageManagerName, Omit<PackageManager, 'name'>> = {
  npm: { install: 'npm install', run: 'npx' },
  pnpm: { install: 'pnpm install', run: 'pnpm exec' },
  yarn: { install: 'yarn install', run: 'yarn run' },
  bun: { install: 'bun install', run: 'bunx' },
};
