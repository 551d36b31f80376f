import { randomBytes } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Finished, readMachine, tryRun } from '@slipway/effects';
import { type ImageRecord, recordFolder } from '@slipway/images';

const product = resolve(import.meta.dirname, '../..');

/** A user's workspace: definitions and an application, with the packages installed beside them. */
export interface ThrowawayWorkspace {
  root: string;
  /** Registry host of the sandbox. */
  registry: string;
  repositories: { base: string; runtime: string };
  path(...parts: string[]): string;
  read(path: string): string;
  write(path: string, text: string): void;
  edit(path: string, change: (text: string) => string): void;
  /** Records of an image's project, oldest first. */
  records(project: string): ImageRecord[];
  nx(...args: string[]): Promise<Finished>;
  slipway(...args: string[]): Promise<Finished>;
  docker(...args: string[]): Promise<Finished>;
  git(...args: string[]): Promise<Finished>;
  dispose(): void;
}

/**
 * Makes a workspace in a temporary folder, with repositories of its own in the sandbox's registry, so that nothing of
 * another test is there already. Layers are still shared through the engine's cache, which keeps this quick.
 */
export async function throwawayWorkspace(): Promise<ThrowawayWorkspace> {
  const root = mkdtempSync(join(tmpdir(), 'slipway-workspace-'));
  const name = randomBytes(4).toString('hex');
  const repositories = { base: `test-${name}/base`, runtime: `test-${name}/runtime` };
  for (const path of [
    'slipway.toml',
    'architectures',
    'dockerfiles',
    'examples/digits',
    'nx.json',
    '.env',
    '.gitignore',
  ]) {
    cpSync(join(product, path), join(root, path), { recursive: true });
  }
  symlinkSync(join(product, 'node_modules'), join(root, 'node_modules'));
  writeFileSync(join(root, 'package.json'), '{ "name": "throwaway", "private": true }\n');
  mkdirSync(join(root, '.slipway'));
  cpSync(join(product, '.slipway/machine.json'), join(root, '.slipway/machine.json'));
  const machine = readMachine(root);
  const env = {
    NX_DAEMON: 'false',
    NX_TUI: 'false',
    CI: 'true',
    NX_WORKSPACE_DATA_DIRECTORY: join(root, '.nx'),
  };
  const call = (file: string, args: string[], more: Record<string, string | undefined> = {}) =>
    tryRun({ file, args, cwd: root, env: { ...env, ...more }, timeoutMs: 1_200_000 });
  const workspace: ThrowawayWorkspace = {
    root,
    registry: machine.repositories['*'] ?? '',
    repositories,
    path: (...parts) => join(root, ...parts),
    read: (path) => readFileSync(join(root, path), 'utf8'),
    write: (path, text) => writeFileSync(join(root, path), text),
    records: (project) => readRecords(join(root, recordFolder), project),
    edit: (path, change) => writeFileSync(join(root, path), change(readFileSync(join(root, path), 'utf8'))),
    nx: (...args) => call('nx', [...args, '--output-style=static']),
    slipway: (...args) => call('slipway', args),
    docker: (...args) =>
      call(machine.engine?.docker ?? 'docker', args, {
        DOCKER_HOST: machine.engine?.host,
        DOCKER_CONFIG: machine.engine?.config,
      }),
    git: (...args) => call('git', args),
    dispose: () => rmSync(root, { recursive: true, force: true }),
  };
  workspace.edit('slipway.toml', (text) =>
    text
      .replace(/^base\s*=.*$/m, `base = "${repositories.base}"`)
      .replace(/^runtime\s*=.*$/m, `runtime = "${repositories.runtime}"`),
  );
  await workspace.git('init', '--quiet', '--initial-branch=main');
  await commit(workspace, 'feat: begin');
  return workspace;
}

function readRecords(folder: string, project: string): ImageRecord[] {
  const names = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith(`-${project}.json`))
    : [];
  return names.sort().map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as ImageRecord);
}

/** Commits everything as it stands. */
export async function commit({ git }: ThrowawayWorkspace, message: string): Promise<void> {
  await git('add', '--all');
  await git(
    '-c',
    'user.name=Test',
    '-c',
    'user.email=test@example.org',
    'commit',
    '--quiet',
    '--message',
    message,
  );
}
