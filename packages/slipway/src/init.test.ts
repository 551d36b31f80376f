import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { tryRun } from '@slipway/effects';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

// Through the command that a person calls, in a folder of its own.
const command = resolve(import.meta.dirname, '../bin/slipway.mjs');

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-init-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (path: string, text: string) => writeFileSync(join(root, path), text);
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const init = (...args: string[]) =>
  tryRun({ file: process.execPath, args: [command, 'init', ...args], cwd: root });
const begin = () => {
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', root]);
  write('pyproject.toml', '[project]\nname = "wood"\nversion = "1.0.0"\ndependencies = ["numpy"]\n');
  mkdirSync(join(root, 'src/wood'), { recursive: true });
  write('src/wood/__init__.py', '');
};

describe('slipway init', { timeout: 60_000 }, () => {
  it('writes what is missing, and nothing the second time', async () => {
    begin();
    const first = await init();
    expect(first.exitCode, first.stderr).toBe(0);
    expect(readdirSync(root).sort()).toEqual([
      '.git',
      '.github',
      '.gitignore',
      '.local.env',
      'architectures',
      'nx.json',
      'package.json',
      'pyproject.toml',
      'slipway.toml',
      'src',
    ]);
    expect(first.stdout).toMatch(/^ {2}slipway\.toml:\d+,\d+$/m);
    const second = await init();
    expect(second.exitCode).toBe(0);
    expect(second.stdout).toContain('everything is there already: nothing was changed');
  });

  it('leaves .env alone, which may be a virtual environment', async () => {
    begin();
    mkdirSync(join(root, '.env'));
    const { exitCode, stderr } = await init();
    expect(exitCode, stderr).toBe(0);
    expect(read('.local.env')).toContain('NX_DEFAULT_OUTPUT_STYLE=stream\n');
  });

  it('writes nothing with --dry-run', async () => {
    begin();
    const { exitCode, stdout } = await init('--dry-run');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('--- /dev/null\n+++ b/slipway.toml\n');
    expect(readdirSync(root).sort()).toEqual(['.git', 'pyproject.toml', 'src']);
  });

  it('changes no file without a yes, and shows what it would change', async () => {
    begin();
    write('nx.json', '{\n  "plugins": ["@nx/vite/plugin"]\n}\n');
    const refused = await init();
    expect(refused.exitCode).toBe(1);
    expect(refused.stdout).toContain('+  "plugins": ["@nx/vite/plugin", "@slipway/base-images", ');
    expect(refused.stderr).toMatch(/^error\[file-exists\] nx\.json would have to change/);
    expect(refused.stderr).toContain('fix: npx slipway init --force');
    expect(existsSync(join(root, 'slipway.toml'))).toBe(false);
    const forced = await init('--force');
    expect(forced.exitCode, forced.stderr).toBe(0);
    expect(forced.stdout).toContain('+  "plugins": ["@nx/vite/plugin", "@slipway/base-images", ');
    expect(JSON.parse(read('nx.json')).plugins).toHaveLength(6);
  });

  it('writes which packages setuptools is to install, where it would take architectures/ for one', async () => {
    begin();
    rmSync(join(root, 'src'), { recursive: true });
    mkdirSync(join(root, 'wood'));
    write('wood/__init__.py', '');
    const refused = await init();
    expect(refused.stdout).toContain('+[tool.setuptools.packages.find]\n+include = ["wood", "wood.*"]\n');
    expect(refused.stderr).toMatch(/^error\[file-exists\] pyproject\.toml would have to change/);
    expect((await init('--force')).exitCode).toBe(0);
    expect(read('pyproject.toml')).toContain('include = ["wood", "wood.*"]');
    expect((await init()).stdout).toContain('nothing was changed');
  });

  it('reads what pyproject.toml leaves to other files', async () => {
    begin();
    const files = 'dependencies = { file = ["requirements.txt"] }\nversion = { attr = "wood.__version__" }';
    write(
      'pyproject.toml',
      `[project]\nname = "wood"\ndynamic = ["version", "dependencies"]\n[tool.setuptools.dynamic]\n${files}\n`,
    );
    write('requirements.txt', 'torch>=2.7  # trains\n');
    write('src/wood/__init__.py', '__version__ = "1.0.0"\n');
    const { exitCode, stderr } = await init();
    expect(exitCode, stderr).toBe(0);
    expect(readdirSync(join(root, 'architectures'))).toContain('hopper');
    expect(read('slipway.toml')).toContain('version_files = ["src/wood/__init__.py"]\n');
  });

  it('takes the usual branch for releases, not the one that is checked out', async () => {
    begin();
    const git = (...args: string[]) => execFileSync('git', ['-C', root, ...args]);
    git(
      '-c',
      'user.name=T',
      '-c',
      'user.email=t@example.org',
      'commit',
      '--quiet',
      '--allow-empty',
      '-m',
      'x',
    );
    git('checkout', '--quiet', '-b', 'feature/x');
    expect((await init()).exitCode).toBe(0);
    expect(read('slipway.toml')).not.toContain('branch =');
    expect(JSON.parse(read('nx.json'))).toMatchObject({ defaultBase: 'main' });
  });

  it('says that git would leave out what it writes', async () => {
    begin();
    write('.gitignore', '*\n!.gitignore\n');
    const { stdout } = await init('--force');
    expect(stdout).toMatch(
      /^git ignores slipway\.toml, .*: take it out, or add them with git add --force\.$/m,
    );
  });

  it('says what lies in its way', async () => {
    begin();
    write('architectures', '');
    expect((await init()).stderr).toMatch(
      /^error\[file-exists\] architectures: a file lies where .*\n {2}fix: .* mv/,
    );
    expect(existsSync(join(root, 'slipway.toml'))).toBe(false);
  });

  it('says what is wrong with the folder', async () => {
    expect((await init()).stderr).toMatch(
      /^error\[definition-missing\] pyproject\.toml: there is no pyproject\.toml in /,
    );
    write('pyproject.toml', '[project]\nname = "wood"\nversion = "1.0"\n');
    const { exitCode, stderr } = await init();
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error\[repository-missing\] .* is in no git repository/);
    expect(readdirSync(root)).toEqual(['pyproject.toml']);
  });

  it('ends with 2 when it is called wrongly', async () => {
    expect((await init('--forse')).exitCode).toBe(2);
    expect((await init('--help')).exitCode).toBe(0);
  });

  it('hands every other command to the launcher', async () => {
    const { stdout } = await tryRun({ file: process.execPath, args: [command, '--help'], cwd: root });
    expect(stdout).toMatch(/^ {2}run /m);
  });
});
