import { type ChildProcess, spawn } from 'node:child_process';
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
import { constants, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { MachineSettings } from '@slipway/contract';
import { type Finished, readDefinition, readMachine, tryRun } from '@slipway/effects';
import { type ImageRecord, readLockInputs, recordFolder } from '@slipway/images';
import { expect } from 'vitest';
import { lockHeader, lockRequest } from '../../packages/images/src/lock-request.ts';

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
  /** Tags of images in one of the repositories, apart from those of the tools image and of what is no proven image. */
  tags(kind: 'base' | 'runtime'): Promise<string[]>;
  /** Records of an image's project, oldest first. */
  records(project: string): ImageRecord[];
  nx(...args: string[]): Promise<Finished>;
  slipway(...args: string[]): Promise<Finished>;
  /** The same, called from a folder of the workspace. */
  slipwayIn(folder: string, ...args: string[]): Promise<Finished>;
  docker(...args: string[]): Promise<Finished>;
  git(...args: string[]): Promise<Finished>;
  /** Starts a command as a terminal does, in a process group of its own, for tests that send it signals. */
  start(file: 'nx' | 'slipway', ...args: string[]): Started;
  /** Changes what this workspace is told about the machine. */
  changeMachine(change: (machine: MachineSettings) => void): void;
  /** Removes it, also where something that was told to end still writes into it for a moment. */
  dispose(): void;
}

/** A command that is under way. */
export interface Started {
  /** Everything that it printed so far. */
  printed(): string;
  /** Waits until it has printed a text. */
  until(text: string | RegExp, timeoutMs?: number): Promise<void>;
  /** Sends a signal to the command and everything it started: what Ctrl-C on a terminal does. */
  signal(name: NodeJS.Signals): void;
  ended: Promise<{ exitCode: number; printed: string }>;
}

export interface ThrowawayOptions {
  /**
   * True: the definition of `quick-definition/`, whose images are made in seconds, for tests of what goes wrong.
   * Default: the definition and the application of this repository.
   */
  quick?: boolean;
  /** Folder below the temporary one, for names that are hard to pass on. */
  folder?: string;
}

/**
 * Makes a workspace in a temporary folder, with repositories of its own in the sandbox's registry, so that nothing of
 * another test is there already. Layers are still shared through the engine's cache, which keeps this quick.
 */
export async function throwawayWorkspace({
  quick = false,
  folder = '',
}: ThrowawayOptions = {}): Promise<ThrowawayWorkspace> {
  const temporary = mkdtempSync(join(tmpdir(), 'slipway-workspace-'));
  const root = join(temporary, folder);
  mkdirSync(root, { recursive: true });
  const name = randomBytes(4).toString('hex');
  const repositories = { base: `test-${name}/base`, runtime: `test-${name}/runtime` };
  const definition = quick ? [] : ['slipway.toml', 'architectures', 'dockerfiles', 'examples/digits'];
  for (const path of [...definition, 'nx.json', '.env', '.gitignore']) {
    cpSync(join(product, path), join(root, path), { recursive: true });
  }
  if (quick) cpSync(join(import.meta.dirname, 'quick-definition'), root, { recursive: true });
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
    write: (path, text) => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    tags: (kind) => readTags(workspace.registry, repositories[kind]),
    records: (project) => readRecords(join(root, recordFolder), project),
    edit: (path, change) => writeFileSync(join(root, path), change(readFileSync(join(root, path), 'utf8'))),
    nx: (...args) => call('nx', [...args, '--output-style=static']),
    slipway: (...args) => call('slipway', args),
    slipwayIn: (below, ...args) => tryRun({ file: 'slipway', args, cwd: join(root, below), env }),
    docker: (...args) => {
      const { docker = 'docker', host, config } = readMachine(root).engine ?? {};
      return call(docker, args, { DOCKER_HOST: host, DOCKER_CONFIG: config });
    },
    git: (...args) => call('git', args),
    start: (file, ...args) =>
      startGroup(file, file === 'nx' ? [...args, '--output-style=static'] : args, root, env),
    changeMachine: (change) =>
      workspace.edit('.slipway/machine.json', (text) => {
        const settings = JSON.parse(text) as MachineSettings;
        change(settings);
        return JSON.stringify(settings, null, 2);
      }),
    dispose: () => rmSync(temporary, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }),
  };
  workspace.edit('slipway.toml', (text) =>
    text
      .replace(/^base\s*=.*$/m, `base = "${repositories.base}"`)
      .replace(/^runtime\s*=.*$/m, `runtime = "${repositories.runtime}"`),
  );
  if (quick) await writeEmptyLock(root);
  await workspace.git('init', '--quiet', '--initial-branch=main');
  await commit(workspace, 'feat: begin');
  return workspace;
}

/** The lock of an application without dependencies, which needs no resolver. */
async function writeEmptyLock(root: string): Promise<void> {
  const definition = readDefinition(root);
  const { pyproject } = await readLockInputs(root, definition);
  for (const architecture of definition.architectures) {
    const request = lockRequest(architecture, pyproject.text, pyproject.file);
    const path = join(root, 'architectures', architecture.name, 'requirements.lock');
    writeFileSync(path, `${lockHeader(request)}\n`);
  }
}

async function readTags(registry: string, repository: string): Promise<string[]> {
  const answer = await fetch(`http://${registry}/v2/${repository}/tags/list`);
  const { tags } = (answer.ok ? await answer.json() : {}) as { tags?: string[] | null };
  return (tags ?? [])
    .filter((tag) => !tag.startsWith('tools-') && !/\.(?:build|unproven|smoked)$/.test(tag))
    .sort();
}

function startGroup(file: string, args: string[], cwd: string, env: Record<string, string>): Started {
  const child: ChildProcess = spawn(file, args, {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (printed += String(data)));
  const ended = new Promise<{ exitCode: number; printed: string }>((resolve) =>
    child.on('close', (code, signal) =>
      resolve({ exitCode: code ?? constants.signals[signal ?? 'SIGKILL'] + 128, printed }),
    ),
  );
  return {
    printed: () => printed,
    until: (text, timeout = 60_000) => expect.poll(() => printed, { timeout, interval: 50 }).toMatch(text),
    signal: (name) => {
      // Minus 0 would be the tests themselves.
      if (child.pid === undefined) throw new Error(`${file} was not started`);
      process.kill(-child.pid, name);
    },
    ended,
  };
}

function readRecords(folder: string, project: string): ImageRecord[] {
  const names = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith(`-${project}.json`))
    : [];
  return names.sort().map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as ImageRecord);
}

/** Gives a quick workspace more architectures, which are the one that it has by other names. */
export function addArchitectures(workspace: ThrowawayWorkspace, names: readonly string[]): void {
  const definition = workspace.read('architectures/cpu/architecture.toml');
  const lock = workspace.read('architectures/cpu/requirements.lock');
  for (const name of names) {
    workspace.write(`architectures/${name}/architecture.toml`, definition.replace('"cpu"', `"${name}"`));
    workspace.write(`architectures/${name}/requirements.lock`, lock);
  }
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
