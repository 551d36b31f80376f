import { Failure, type Problem, parseDefinition } from '@slipway/contract';
import { parse } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { changedFiles, difference, nextSteps } from './describe-init.ts';
import { planInit } from './plan-init.ts';
import type { Repository } from './repository.ts';

const pyproject = `
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "Wood_Grain"
version = "0.3.0"
requires-python = ">=3.11"
dependencies = ["numpy>=2"]

[project.optional-dependencies]
gpu = ["torch>=2.7"]
dev = ["pytest"]

[project.scripts]
grain-train = "woodgrain.train:main"
`;

const repository: Repository = {
  remote: 'git@github.com:Oak-Lab/woodgrain.git',
  branch: { value: 'main' },
  prefix: '',
  files: ['pyproject.toml', 'src/woodgrain/__init__.py', 'src/woodgrain/train.py'],
  pyproject,
  texts: {},
  existing: {},
};

const planned = (changes: Partial<Repository> = {}, architectures?: string[]) =>
  planInit({ ...repository, ...changes }, { architectures, version: '1.2.3' });

const texts = (changes: Partial<Repository> = {}, architectures?: string[]) =>
  Object.fromEntries(planned(changes, architectures).files.map(({ path, after }) => [path, after]));

function problems(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error.problems;
    throw error;
  }
  return [];
}

describe('a repository that says everything', () => {
  it('gets a definition without a question left open', () => {
    expect(
      texts()['slipway.toml'],
    ).toBe(`#:schema ./node_modules/@slipway/contract/schemas/slipway.schema.json

[application]
name = "Wood_Grain"
source = "."
path = "/app/wood-grain"
command = ["grain-train"]

[repositories]
base = "ghcr.io/oak-lab/woodgrain-base"
runtime = "ghcr.io/oak-lab/woodgrain-runtime"
dev = "ghcr.io/oak-lab/woodgrain-dev"
`);
  });

  it('gets every file that it needs, and what is written is a definition', () => {
    const written = texts();
    expect(Object.keys(written).sort()).toEqual(
      [
        '.github/workflows/build-base.yml',
        '.github/workflows/build-runtime.yml',
        '.github/workflows/ci.yml',
        '.github/workflows/release.yml',
        '.gitignore',
        '.local.env',
        ...['ada', 'ampere', 'blackwell', 'cpu', 'hopper', 'turing'].map(
          (name) => `architectures/${name}/architecture.toml`,
        ),
        'nx.json',
        'package.json',
        'slipway.toml',
      ].sort(),
    );
    const { architectures } = parseDefinition(written);
    expect(architectures.map(({ name, tag, extras }) => ({ name, tag, extras }))).toEqual([
      { name: 'ada', tag: 'ada-cu126', extras: ['gpu'] },
      { name: 'ampere', tag: 'ampere-cu126', extras: ['gpu'] },
      { name: 'blackwell', tag: 'blackwell-cu128', extras: ['gpu'] },
      { name: 'cpu', tag: 'cpu', extras: [] },
      { name: 'hopper', tag: 'hopper-cu128', extras: ['gpu'] },
      { name: 'turing', tag: 'turing-cu126', extras: ['gpu'] },
    ]);
    expect(JSON.parse(written['package.json'] ?? '')).toEqual({
      private: true,
      devDependencies: { slipway: '^1.2.3' },
    });
    expect(JSON.parse(written['nx.json'] ?? '')).toMatchObject({
      defaultBase: 'main',
      analytics: false,
      neverConnectToCloud: true,
      tui: { enabled: false },
    });
    expect(written['.local.env']?.replace(/^#.*\n/gm, '')).toBe(
      'NX_DEFAULT_OUTPUT_STYLE=stream\nNX_LEGACY_AFFECTED=false\n',
    );
    expect(architectures[0]?.systemPackages).toContain('rclone');
  });

  it('has nothing to change the second time', () => {
    expect(changedFiles(planned({ existing: texts() }))).toEqual([]);
  });

  it('keeps the architectures that somebody added', () => {
    const own = texts()['architectures/cpu/architecture.toml']?.replace('"cpu"', '"arm"') ?? '';
    const existing = { 'architectures/arm/architecture.toml': own };
    const written = texts({ existing });
    expect(Object.keys(written).filter((path) => path.startsWith('architectures/'))).toEqual([]);
    expect(written['.github/workflows/build-base.yml']).toContain('- arm\n');
    expect(Object.keys(texts({ existing }, ['hopper'])).filter((path) => path.includes('hopper'))).toEqual([
      'architectures/hopper/architecture.toml',
    ]);
  });

  it('keeps what somebody wrote into the definition, and follows it', () => {
    const written = texts();
    const edited = written['slipway.toml']?.replace('"grain-train"', '"grain-train", "--fast"');
    const existing = { ...written, 'slipway.toml': `${edited}\n[release]\nbranch = "stable"\n` };
    const branch = { value: 'feature/x', unread: 'Not known.' };
    const changed = changedFiles(
      planned({ existing, branch, pyproject: pyproject.replace('gpu =', 'cuda =') }),
    );
    expect(changed.map(({ path }) => path).filter((path) => !path.startsWith('.github'))).toEqual([]);
    expect(changed.find(({ path }) => path.endsWith('release.yml'))?.after).toContain('stable');
    const { 'nx.json': _, ...others } = existing as Record<string, string>;
    const { 'nx.json': nx } = texts({ existing: others, branch });
    expect(JSON.parse(nx ?? '')).toMatchObject({ defaultBase: 'stable' });
  });

  it('chooses for the operating system that the definition has', () => {
    const slipway = texts()['slipway.toml'] ?? '';
    const existing = { 'slipway.toml': `${slipway}\n[images]\nos = "debian:13"\n` };
    expect(texts({ existing })['architectures/cpu/architecture.toml']).toContain('python = "3.13"\n');
  });

  it('says where a definition that is there is wrong', () => {
    expect(problems(() => planned({ existing: { 'slipway.toml': '[application\n' } }))).toMatchObject([
      { code: 'definition-syntax', where: { file: 'slipway.toml', line: 1 } },
    ]);
  });
});

describe('which architectures', () => {
  const names = (project: string, asked?: string[]) =>
    parseDefinition(texts({ pyproject: project }, asked)).architectures.map(({ name }) => name);

  it.each([
    { what: 'all with torch in an extra', project: pyproject, names: 6 },
    { what: 'no cpu with torch always', project: pyproject.replace('numpy>=2', 'torch'), names: 5 },
    { what: 'cpu alone without torch', project: pyproject.replace('torch>=2.7', 'jax'), names: 1 },
  ])('$what', ({ project, names: count }) => {
    expect(names(project)).toHaveLength(count);
  });

  it('those that are asked for', () => {
    expect(names(pyproject, ['hopper', 'cpu'])).toEqual(['cpu', 'hopper']);
    expect(problems(() => names(pyproject, ['hoper']))).toMatchObject([
      { code: 'architecture-unknown', remedy: 'Did you mean hopper?' },
    ]);
  });

  it.each([
    { wanted: 'torch==2.7.1', tag: 'turing-cu126', version: '2.7.1' },
    { wanted: 'torch>=2.9', tag: 'turing-cu128', version: '2.10.0' },
    { wanted: 'torch>=2.7,<2.9', tag: 'turing-cu126', version: '2.7.1' },
  ])('turing with $wanted is $tag', ({ wanted, tag, version }) => {
    const written = texts({ pyproject: pyproject.replace('torch>=2.7', wanted) });
    const [turing] = parseDefinition(written).architectures.filter(({ name }) => name === 'turing');
    expect(turing).toMatchObject({ tag, torch: { version } });
  });

  it('say so when no known torch is one that the application wants', () => {
    const written = texts({ pyproject: pyproject.replace('torch>=2.7', 'torch==2.3.0') });
    expect(written['architectures/turing/architecture.toml']).toContain(
      '# No torch that is known and runs on turing is ==2.3.0, as pyproject.toml wants it.\n',
    );
  });

  it('have flash-attention where the application wants it and the GPU runs it', () => {
    const written = texts({
      pyproject: pyproject.replace('"torch>=2.7"', '"torch>=2.7", "flash_attn==2.7.4.post1"'),
    });
    expect(written['architectures/ampere/architecture.toml']).toContain(
      '[flash_attention]\nversion = "2.7.4.post1"\n',
    );
    expect(written['architectures/turing/architecture.toml']).toContain(
      '# gpu asks for flash-attn too, which does not run on turing: give it an extra of its own.\n',
    );
  });

  it('warn where a GPU cannot run flash-attention that every image would have', () => {
    const written = texts({ pyproject: pyproject.replace('"numpy>=2"', '"torch", "flash-attn"') }, [
      'hopper',
      'turing',
    ]);
    expect(written['architectures/turing/architecture.toml']).toContain(
      '# The dependencies ask for flash-attn, which does not run on turing: give it an extra of its own.\nextras',
    );
    expect(written['architectures/hopper/architecture.toml']).toContain('[flash_attention]\n');
    expect(written['architectures/hopper/architecture.toml']).not.toContain('The dependencies ask');
  });

  it('have no flash-attention where the operating system has no compiler image', () => {
    const project = pyproject
      .replace('>=3.11', '~=3.13')
      .replace('dev =', 'flash = ["flash-attn==2.7.4.post1"]\ndev =');
    const written = texts({ pyproject: project }, ['ampere'])['architectures/ampere/architecture.toml'];
    expect(written).toContain('extras = ["gpu"]\n');
    expect(written).toMatch(
      /\n# flash-attention is left out: NVIDIA has no compiler image of debian:13\. .* 3\.13\.\n/,
    );
    expect(written).not.toContain('\n[flash_attention]');
  });

  it('take the version of a wheel that is named', () => {
    const address = 'https://example.org/torch-2.8.0%2Bcu128-cp312-cp312-manylinux_2_28_x86_64.whl';
    const written = texts({ pyproject: pyproject.replace('numpy>=2', `torch @ ${address}`) });
    expect(written['architectures/turing/architecture.toml']).toContain('[torch]\nversion = "2.8.0"\n');
    expect(written['architectures/cpu/architecture.toml']).toBeUndefined();
  });
});

describe('what was read nowhere is marked', () => {
  const marked = (changes: Partial<Repository>) => texts(changes)['slipway.toml'];

  it('a remote', () => {
    expect(marked({ remote: null })).toContain(
      `[repositories]
# Where images go is not known: name repositories that you may push to.
base = "registry.example.org/wood-grain-base"
`,
    );
  });

  it('a command', () => {
    const project = pyproject.slice(0, pyproject.indexOf('[project.scripts]'));
    expect(marked({ pyproject: project })).toMatch(
      /\n# What starts training is not known: .*\ncommand = \["python", "-m", "wood_grain"\]\n/,
    );
    expect(marked({ pyproject: project, files: ['src/wood_grain/__main__.py'] })).toContain(
      '"/app/wood-grain"\ncommand = ["python", "-m", "wood_grain"]\n',
    );
    for (const [path, command] of [
      ['src/Wood_Grain/train.py', '["python", "src/Wood_Grain/train.py"]'],
      ['Wood_Grain/main.py', '["python", "Wood_Grain/main.py"]'],
      ['train.py', '["python", "train.py"]'],
    ] as const) {
      expect(marked({ pyproject: project, files: [path, 'docs/train.py'] })).toContain(
        `command = ${command}\n`,
      );
    }
    const files = ['WoodGrain/__init__.py', 'wood_Grain/__init__.py', 'wood_Grain/train.py'];
    expect(marked({ pyproject: project, files })).toContain(
      'command = ["python", "-m", "wood_Grain.train"]\n',
    );
    expect(marked({ pyproject: `${pyproject}other = "woodgrain:other"\n` })).toContain(
      '# Which of the commands of [project.scripts] trains is not known; the others are other.\n',
    );
  });

  it('a branch', () => {
    expect(marked({ branch: { value: 'trunk', unread: 'Not known.' } })).toContain(
      '[release]\n# Not known.\nbranch = "trunk"\n',
    );
  });

  it('a dynamic version, unless a file states it', () => {
    const dynamic = pyproject.replace('version = "0.3.0"', 'dynamic = ["version"]');
    expect(marked({ pyproject: dynamic })).toMatch(/\n# The version is dynamic .*\nversion_files = \[\]\n/);
    const attribute = `${dynamic}\n[tool.setuptools.dynamic]\nversion = { attr = "woodgrain.__version__" }\n`;
    const poetry = `${dynamic}\n[tool.poetry]\nversion = "0.3.0"\n`;
    expect(marked({ pyproject: poetry })).not.toContain('version_files');
    expect(marked({ pyproject: `${poetry}[tool.poetry-dynamic-versioning]\nenable = true\n` })).toContain(
      '\nversion_files = []\n',
    );
    const init = 'src/woodgrain/__init__.py';
    expect(marked({ pyproject: attribute, texts: { [init]: '__version__ = "0.3.0"\n' } })).toContain(
      `[release]\nversion_files = ["${init}"]\n`,
    );
    expect(marked({ pyproject: attribute, texts: { [init]: 'from .about import __version__\n' } })).toContain(
      '\nversion_files = []\n',
    );
    const flit = dynamic
      .replace('setuptools.build_meta', 'flit_core.buildapi')
      .replace('Wood_Grain', 'woodgrain');
    expect(marked({ pyproject: flit, texts: { [init]: '__version__ = "0.3.0"\n' } })).toContain(
      `version_files = ["${init}"]\n`,
    );
    const hatch = `${dynamic}\n[tool.hatch.version]\npath = "src/woodgrain/train.py"\n`;
    const train = { 'src/woodgrain/train.py': '__version__ = "0.3.0"\n' };
    expect(marked({ pyproject: hatch, texts: train })).toContain(
      'version_files = ["src/woodgrain/train.py"]\n',
    );
  });

  it('an operating system for another Python', () => {
    const older = texts({ pyproject: pyproject.replace('>=3.11', '<3.12') });
    expect(older['slipway.toml']).toContain('os = "debian:12"\n');
    expect(older['architectures/cpu/architecture.toml']).toContain('python = "3.11"\n');
  });
});

describe('bad input', () => {
  it.each<{ what: string; changes: Partial<Repository>; problem: Partial<Problem> }>([
    {
      what: 'a name that is none',
      changes: { pyproject: pyproject.replace('Wood_Grain', 'wood grain!') },
      problem: { code: 'definition-invalid', where: { file: 'pyproject.toml', line: 7 } },
    },
    {
      what: 'no [project]',
      changes: { pyproject: '[tool.poetry]\nname = "wood"\n' },
      problem: {
        code: 'definition-invalid',
        where: { file: 'pyproject.toml' },
        remedy: expect.stringContaining('Poetry >= 2'),
      },
    },
    {
      what: "requires-python as Poetry's own table has it",
      changes: { pyproject: pyproject.replace('>=3.11', '^3.11') },
      problem: {
        code: 'definition-invalid',
        where: { file: 'pyproject.toml', line: 9 },
        message: 'requires-python "^3.11" is not a specifier of PEP 440, so pip refuses it',
        remedy: 'write ">=3.11,<4"',
      },
    },
    {
      what: 'requires-python that is none',
      changes: { pyproject: pyproject.replace('>=3.11', 'banana') },
      problem: { code: 'definition-invalid', remedy: expect.stringContaining('">=3.11"') },
    },
    {
      what: 'a Python of one patch',
      changes: { pyproject: pyproject.replace('>=3.11', '==3.12') },
      problem: {
        code: 'definition-invalid',
        message:
          'requires-python "==3.12" allows Python 3.12.0 alone, and no operating system for images has that',
        remedy: 'write "==3.12.*"',
      },
    },
    {
      what: 'dependencies that a program works out',
      changes: { pyproject: pyproject.replace('dependencies = ["numpy>=2"]', 'dynamic = ["dependencies"]') },
      problem: {
        code: 'definition-invalid',
        message: expect.stringContaining('project.dependencies is dynamic'),
      },
    },
    {
      what: 'no TOML',
      changes: { pyproject: '[project\n' },
      problem: { code: 'definition-syntax', where: { file: 'pyproject.toml', line: 2 } },
    },
    {
      what: 'a Python that no operating system has',
      changes: { pyproject: pyproject.replace('>=3.11', '<3.9') },
      problem: { code: 'definition-rule', where: { file: 'pyproject.toml' } },
    },
    {
      what: 'an nx.json that is no JSON',
      changes: { existing: { 'nx.json': '{\n  "plugins": [,\n}\n' } },
      problem: { code: 'definition-syntax', where: { file: 'nx.json', line: 2 } },
    },
    {
      what: 'an nx.json with other plugins than a list',
      changes: { existing: { 'nx.json': '{ "plugins": {} }' } },
      problem: { code: 'definition-invalid', where: { file: 'nx.json' } },
    },
    {
      what: 'a package.json that is no JSON',
      changes: { existing: { 'package.json': 'name: wood\n' } },
      problem: { code: 'definition-syntax', where: { file: 'package.json', line: 1 } },
    },
  ])('$what', ({ changes, problem }) => {
    expect(problems(() => planned(changes))).toMatchObject([problem]);
  });
});

describe('what is there already', () => {
  it('keeps its plugins, settings and comments', () => {
    const nx = `{
    // Ours.
    "plugins": [{ "plugin": "@nx/vite/plugin", "options": {} }, "@slipway/release"],
    "parallel": 2
}
`;
    expect(texts({ existing: { 'nx.json': nx } })['nx.json']).toBe(`{
    // Ours.
    "plugins": [{ "plugin": "@nx/vite/plugin", "options": {} }, "@slipway/release", "@slipway/base-images", "@slipway/runtime-image", "@slipway/run-launcher/plugin", "@slipway/workflows"],
    "parallel": 2,
    "analytics": false
}
`);
    expect(texts({ existing: { 'nx.json': '{ "analytics": true }' } })['nx.json']).toContain(
      '"analytics": true',
    );
    expect(texts({ existing: { 'nx.json': '{}\n' } })['nx.json']).toContain('"@slipway/base-images"');
    const lines =
      '{\r\n\t"plugins": [\r\n\t\t{ "plugin": "a", "options": { "b": 1 } }, // Ours.\r\n\t],\r\n\t"cli": { "a": 1 }\r\n}\r\n';
    const merged = texts({ existing: { 'nx.json': lines } })['nx.json'];
    expect(merged).toContain(
      '{ "plugin": "a", "options": { "b": 1 } }, // Ours.\r\n\t\t"@slipway/base-images",',
    );
    expect(merged).toContain('\t\t"@slipway/workflows",\r\n\t],');
    expect(parse(merged ?? '', [], { allowTrailingComma: true }).plugins).toHaveLength(6);
    const kept = texts({ existing: { 'nx.json': '{\n  "plugins": [\n    "a" // keep: b\n  ]\n}\n' } })[
      'nx.json'
    ];
    expect(kept).toContain('[\n    "a", // keep: b\n    "@slipway/base-images",\n');
    expect(kept).toContain('    "@slipway/workflows"\n  ],\n  "analytics": false\n}\n');
    const inLine = texts({ existing: { 'nx.json': '{ "plugins": ["a" /* b */\n] }\n' } })['nx.json'];
    expect(inLine).toMatch(
      /^\{ "plugins": \["a", \/\* b \*\/\n"@slipway\/base-images", .*\n\], "analytics": false \}\n$/,
    );
    const none = '{\n  "targetDefaults": { "build": { "cache": true } }\n}\n';
    expect(texts({ existing: { 'nx.json': none } })['nx.json']).toContain(
      '{\n  "targetDefaults": { "build": { "cache": true } },\n  "plugins": [\n    "@slipway/base-images",\n',
    );
  });

  it('keeps its packages', () => {
    const merged = texts({
      existing: {
        'package.json': '{\n\t"name": "site",\n\t"devDependencies": {\n\t\t"vite": "^7"\n\t}\n}\n',
      },
    })['package.json'];
    expect(merged).toBe(
      '{\n\t"name": "site",\n\t"devDependencies": {\n\t\t"vite": "^7",\n\t\t"slipway": "^1.2.3"\n\t}\n}\n',
    );
  });

  it('keeps what it ignores', () => {
    const ignored = '__pycache__/\n/node_modules\n*.pt';
    expect(texts({ existing: { '.gitignore': ignored } })['.gitignore']).toBe(
      `${ignored}\n.nx/\n.slipway/\n`,
    );
  });

  it('keeps what it tells Nx, and shows nothing else of a file that may hold secrets', () => {
    const existing = { '.local.env': 'TOKEN=planted', '.env': 'export NX_LEGACY_AFFECTED=true\n' };
    const [file] = planned({ existing }).files.filter(({ path }) => path === '.local.env');
    expect(file?.after).toMatch(/^# .*\nNX_DEFAULT_OUTPUT_STYLE=stream\nTOKEN=planted$/);
    expect(file && difference(file)).toMatch(/\+NX_DEFAULT_OUTPUT_STYLE=stream\n$/);
    const told = { '.env': 'NX_LEGACY_AFFECTED=true\nNX_DEFAULT_OUTPUT_STYLE=static\n' };
    expect(texts({ existing: told })).not.toHaveProperty('.local.env');
  });

  it('keeps workflows of its own, and says so', () => {
    const existing = { '.github/workflows/ci.yml': 'on: push\n' };
    expect(texts({ existing })['.github/workflows/ci.yml']).toBeUndefined();
    // The others are there, and the checks are where nobody else is.
    expect(texts({ existing })['.github/workflows/slipway-ci.yml']).toContain('workflows:check');
    expect(texts({ existing })['.github/workflows/release.yml']).toContain(
      'uses: ./.github/workflows/slipway-ci.yml',
    );
    expect(planned({ existing }).notes).toEqual([
      expect.stringMatching(/^\.github\/workflows\/ci\.yml is one of your own and stays\./),
    ]);
  });

  it('is told that a build back end which compiles finds no compiler', () => {
    const compiled = pyproject.replace('setuptools.build_meta', 'maturin');
    expect(planned({ pyproject: compiled }).notes).toEqual([
      'The build back end maturin compiles, and where runtime images are laid out there is no compiler.',
    ]);
    expect(planned().notes).toEqual([]);
  });

  it('is told of a version that tags cannot carry', () => {
    expect(planned({ pyproject: pyproject.replace('0.3.0', '1') }).notes).toEqual([
      'The version 1 in pyproject.toml is not X.Y.Z or X.Y.ZrcN, so neither publish nor slipway run takes it: write 1.0.0 there, or name another each time, as in --as=v1.0.0.',
    ]);
  });

  it('is told the commands of its own package manager', () => {
    const files = [...repository.files, 'pnpm-lock.yaml'];
    const plan = planned({ files });
    expect(nextSteps(plan, false)).toContain('Next:\n  pnpm install\n  pnpm exec nx run base-images:lock\n');
    expect(nextSteps(plan, false)).toMatch(/\n {2}pnpm exec slipway run$/);
    expect(plan.notes).toEqual([expect.stringContaining("publicHoistPattern: ['@slipway/*']")]);
    const bun = planned({ files: [...repository.files, 'bun.lock'] });
    expect(bun.notes).toEqual([expect.stringMatching(/^The workflows install by npm ci, .* has bun\.lock:/)]);
    const named = { 'package.json': '{ "packageManager": "yarn@4.9.1" }\n' };
    expect(nextSteps(planned({ existing: named }), false)).toContain('  yarn install\n  yarn run nx run');
    expect(nextSteps(planned({ files: [...files, 'package-lock.json'] }), false)).toContain(
      '  npm install\n',
    );
  });

  it('gets no workflows in a folder of a repository, where GitHub does not look', () => {
    expect(Object.keys(texts({ prefix: 'ml/' })).filter((path) => path.includes('workflows'))).toEqual([]);
  });

  it('is shown with its differences', () => {
    const [file] = changedFiles(planned({ existing: { ...texts(), '.gitignore': '__pycache__/\n' } }));
    expect(file && difference(file)).toBe(`--- a/.gitignore
+++ b/.gitignore
@@ -1,1 +1,4 @@
 __pycache__/
+node_modules/
+.nx/
+.slipway/
`);
  });
});
