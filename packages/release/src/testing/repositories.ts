import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { tryRun } from '@slipway/effects';
import { afterAll } from 'vitest';

/** A bare remote and a clone of it, in a temporary folder that goes with the test file. */
export interface Repositories {
  remote: string;
  clone: Clone;
  /** Another clone of the same remote. */
  again(...options: string[]): Promise<Clone>;
  /** Calls git in the remote. */
  git(...args: string[]): Promise<string>;
  /** Makes an executable hook of the remote. */
  hook(name: string, script: string): void;
}

export interface Clone {
  root: string;
  git(...args: string[]): Promise<string>;
  write(path: string, text: string): void;
  read(path: string): string;
  /** Commits everything and pushes it. @returns the commit. */
  push(message: string, files?: Record<string, string>): Promise<string>;
  /** Takes over what the remote has. */
  pull(): Promise<void>;
}

const folders: string[] = [];

/** Call it once a test file: what it makes is removed at the end. */
export function repositoriesForTests(): (files?: Record<string, string>) => Promise<Repositories> {
  afterAll(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return async (files = { 'pyproject.toml': pyproject('0.1.0') }) => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-test-release-'));
    folders.push(folder);
    const remote = join(folder, 'remote.git');
    await gitIn(folder, 'init', '--quiet', '--bare', '--initial-branch=main', remote);
    let clones = 0;
    const again = async (...options: string[]) => {
      const root = join(folder, `clone-${clones++}`);
      await gitIn(folder, 'clone', '--quiet', ...options, `file://${remote}`, root);
      return cloneAt(root);
    };
    const clone = await again();
    await clone.git('checkout', '--quiet', '-B', 'main');
    await clone.push('chore: begin', files);
    return {
      remote,
      clone,
      again,
      git: (...args) => gitIn(remote, ...args),
      hook: (name, script) => {
        mkdirSync(join(remote, 'hooks'), { recursive: true });
        writeFileSync(join(remote, 'hooks', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      },
    };
  };
}

/** A pyproject.toml with what a release must not touch. */
export function pyproject(version: string): string {
  return `# ours: version = "9.9.9"\n[project]\nname = "digits"\nversion = '${version}'   # kept by releases\n`;
}

/** `release` of a definition. */
export const settings = (more: object = {}) => ({
  release: {
    versionFiles: ['pyproject.toml'],
    branch: 'main',
    breakingBefore1: 'minor' as const,
    ...more,
  },
});

function cloneAt(root: string): Clone {
  const git = (...args: string[]) => gitIn(root, ...args);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  return {
    root,
    git,
    write,
    read: (path) => readFileSync(join(root, path), 'utf8'),
    push: async (message, files = {}) => {
      for (const [path, text] of Object.entries(files)) write(path, text);
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '-m', message);
      await git('push', '--quiet', 'origin', 'HEAD:main');
      return git('rev-parse', 'HEAD');
    },
    pull: async () => {
      await git('fetch', '--quiet', '--tags', 'origin');
      await git('reset', '--quiet', '--hard', 'origin/main');
    },
  };
}

/** Calls git as somebody whose settings are not those of the machine. @throws with what it said. */
export async function gitIn(cwd: string, ...args: string[]): Promise<string> {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', '-c', 'gc.auto=0'];
  const { exitCode, stdout, stderr } = await tryRun({ file: 'git', args: [...identity, ...args], cwd });
  if (exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}
