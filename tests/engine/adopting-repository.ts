import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { type Finished, readMachine, tryRun } from '@slipway/effects';
import { packPackages } from '../../tools/pack/src/pack.ts';

const product = resolve(import.meta.dirname, '../..');

/** Somebody's Python repository, far from this one, into which Slipway is installed from tarballs. */
export interface AdoptingRepository {
  root: string;
  /** Registry host of the sandbox. */
  registry: string;
  /** Path of its repository at GitHub. */
  name: string;
  /** Paths of the tarballs. */
  tarballs: readonly string[];
  read(path: string): string;
  write(path: string, text: string): void;
  /** Calls a program with nothing of this repository in its PATH. */
  call(file: string, ...args: string[]): Promise<Finished>;
  commit(message: string): Promise<void>;
  /** Tells it about this machine's engine and registry. */
  useSandbox(): void;
  /** Another repository, of flat layout, with the packages that are installed in this one. */
  flat(): Promise<AdoptingRepository>;
  dispose(): void;
}

/** Packs every package, and makes a Python project of names, layout and build back end of its own. */
export async function adoptingRepository(): Promise<AdoptingRepository> {
  const temporary = mkdtempSync(join(tmpdir(), 'slipway-adopt-'));
  const tarballs = await packPackages(join(temporary, 'tarballs'));
  return makeRepository(temporary, 'woodgrain', tarballs, srcFiles);
}

async function makeRepository(
  temporary: string,
  application: string,
  tarballs: readonly string[],
  files: Record<string, string>,
): Promise<AdoptingRepository> {
  const root = join(temporary, application);
  const name = `oak-lab/${application}-${randomBytes(4).toString('hex')}`;
  const repository: AdoptingRepository = {
    root,
    registry: readMachine(product).repositories['*'] ?? '',
    name,
    tarballs,
    read: (path) => readFileSync(join(root, path), 'utf8'),
    write: (path, text) => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    call: (file, ...args) => tryRun({ file, args, cwd: root, env: outside(), timeoutMs: 900_000 }),
    commit: async (message) => {
      await repository.call('git', 'add', '--all');
      const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
      await repository.call('git', ...author, 'commit', '--quiet', '--message', message);
    },
    useSandbox: () => {
      mkdirSync(join(root, '.slipway'), { recursive: true });
      cpSync(join(product, '.slipway/machine.json'), join(root, '.slipway/machine.json'));
    },
    flat: async () => {
      const other = await makeRepository(temporary, 'knot', tarballs, flatFiles);
      for (const path of ['package.json', 'package-lock.json']) other.write(path, repository.read(path));
      // Hard links: a second installation would cost minutes.
      await tryRun({
        file: 'cp',
        args: ['-al', join(root, 'node_modules'), join(other.root, 'node_modules')],
      });
      if (!existsSync(join(other.root, 'node_modules/.bin/slipway'))) throw new Error('nothing is installed');
      return other;
    },
    dispose: () => rmSync(temporary, { recursive: true, force: true }),
  };
  for (const [path, text] of Object.entries(files)) repository.write(path, text);
  await repository.call('git', 'init', '--quiet', '--initial-branch=main');
  await repository.call('git', 'remote', 'add', 'origin', `git@github.com:${name}.git`);
  await repository.commit('feat: begin');
  return repository;
}

/** The environment without what npm and Vitest of this repository put there, settings of npm's for this folder among it. */
function outside(): Record<string, string | undefined> {
  const path = (process.env.PATH ?? '').split(delimiter).filter((part) => !part.includes('node_modules'));
  const ours = /^(npm_(?!config_(registry|cafile|https?_proxy|proxy|noproxy)$)|INIT_CWD$|NODE|VITEST|NX_)/;
  const unset = Object.keys(process.env).filter((name) => ours.test(name) && name !== 'NODE_EXTRA_CA_CERTS');
  return {
    ...Object.fromEntries(unset.map((name) => [name, undefined])),
    PATH: path.join(delimiter),
    CI: 'true',
    NX_DAEMON: 'false',
    NX_TUI: 'false',
  };
}

const srcFiles = {
  'pyproject.toml': `[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "Wood_Grain"
version = "0.3.0"
requires-python = ">=3.11"
dependencies = ["tomli-w>=1"]

[project.optional-dependencies]
dev = ["pytest"]

[project.scripts]
grain-train = "woodgrain.train:main"

[tool.setuptools.packages.find]
where = ["src"]
`,
  'src/woodgrain/__init__.py': '',
  'src/woodgrain/train.py': `import sys
from importlib.metadata import version

import tomli_w


def main():
    print(tomli_w.dumps({"woodgrain": version("Wood_Grain"), "options": sys.argv[1:]}))
`,
  'README.md': '# Wood grain\n',
  '.gitignore': '__pycache__/\n*.egg-info/\n',
};

/** setuptools finds the package by itself, and its version and dependencies in other files. */
const flatFiles = {
  'pyproject.toml': `[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "knot"
dynamic = ["version", "dependencies"]

[tool.setuptools.dynamic]
version = { attr = "knot.__version__" }
dependencies = { file = ["requirements.txt"] }
`,
  'requirements.txt': 'tomli-w>=1  # prints\n',
  'knot/__init__.py': '__version__ = "0.4.0"\n',
  'knot/__main__.py': `from importlib.metadata import version

import tomli_w

import knot

print(tomli_w.dumps({"knot": version("knot"), "own": knot.__version__}))
`,
  '.gitignore': 'node_modules/\n__pycache__/\n*.egg-info/\n',
};
