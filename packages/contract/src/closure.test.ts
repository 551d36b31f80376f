import { describe, expect, test } from 'vitest';
import { checkClosure } from './closure.ts';
import { Failure } from './problem.ts';

const file = 'examples/app/pyproject.toml';
const reference = 'acme/app-base:ampere-cu126-0123456789ab';

/** The codes and messages for an application's dependencies on a base with Python 3.12.3 that has `installed`. */
function check(
  dependencies: readonly string[],
  installed: Record<string, string>,
  more: { optional?: Record<string, string[]>; extras?: string[]; python?: string } = {},
): string[] {
  const optional = Object.entries(more.optional ?? {}).map(
    ([name, list]) => `${name} = ${JSON.stringify(list)}\n`,
  );
  const pyproject = `[project]
name = "My_App"
dependencies = ${JSON.stringify(dependencies)}
[project.optional-dependencies]
${optional.join('')}`;
  const packages = Object.entries(installed).map(([name, version]) => ({ name, version }));
  return checkClosure(
    { pyproject, file, extras: more.extras ?? [], architecture: 'ampere' },
    { reference, python: more.python ?? '3.12.3', packages },
  ).map(({ code, message }) => `${code}: ${message}`);
}

test('a problem names the requirement, what is there, the base and the commands', () => {
  const pyproject = '[project]\nname = "app"\ndependencies = ["Torch[opt] >= 2.6, < 3"]\n';
  const declared = { pyproject, file, extras: [], architecture: 'ampere' };
  const base = { reference, python: '3.12.3', packages: [{ name: 'torch', version: '2.5.1+cu126' }] };
  expect(checkClosure(declared, base)).toEqual([
    {
      code: 'closure-violated',
      where: { file },
      message: `torch>=2.6,<3 is asked for, but ${reference} has 2.5.1+cu126`,
      remedy:
        'lock it, then build the base: npx nx run base-ampere:lock && npx nx run base-ampere:build-image',
    },
  ]);
});

describe('versions', () => {
  test.each([
    ['torch', '2.7.1+cu126'],
    ['torch>=2.6', '2.7.1+cu126'],
    ['torch==2.7.1', '2.7.1+cu126'],
    ['torch==2.7.1+cu126', '2.7.1+cu126'],
    ['torch<=2.7.1', '2.7.1+cu126'],
    ['torch==2.7.*', '2.7.1+cu126'],
    ['torch===2.7.1+cu126', '2.7.1+CU126'],
    ['numpy>=1.26', '1.26.0'],
    ['numpy (>=1.26,<3)', '2.3.4'],
    ['numpy >= 1.26 , != 2.0.*', '2.1.0'],
    ['numpy==1.26', '1.26.0'],
    // What is there on purpose counts, pre-release or not.
    ['torch>=2.6', '2.8.0.dev20250601+cu128'],
    ['numpy>=2.0', '2.1.0rc1'],
    ['numpy~=2.0', '2.1.0rc1'],
    ['numpy', '2.1.0rc1'],
    ['pandas~=2.2', '2.3.1'],
    ['pandas~=2.2.1', '2.2.9'],
    ['markdown~=3.6.0', '3.6'],
    ['pytz==2024.1.*', '2024.1'],
    ['transformers>4.0.dev0', '4.0'],
    ['flash-attn>2.7.4.post1', '2.7.4.post2'],
    ['numpy<2.0rc2', '2.0rc1'],
    ['pytz>=1!2.0', '1!2.1'],
    ['dateutil-legacy===2004d', '2004d'],
    ['dateutil-legacy', '2004d'],
  ])('%s is met by %s', (requirement, version) => {
    const name = /^[\w-]+/.exec(requirement)?.[0] ?? '';
    expect(check([requirement], { [name]: version })).toEqual([]);
  });

  test.each([
    ['numpy>=1.26', '1.25.2'],
    ['numpy<2', '2.0.0'],
    ['numpy>=1.26,<2', '2.3.4'],
    ['torch==2.7.1+cu126', '2.7.1+cu128'],
    ['torch==2.7.1+cu126', '2.7.1'],
    ['torch===2.7.1', '2.7.1+cu126'],
    ['torch>2.7.1', '2.7.1+cu126'],
    ['torch!=2.7.1', '2.7.1+cu126'],
    ['torch==2.6.*', '2.7.1'],
    ['numpy!=2.0.*', '2.0.1'],
    ['pandas~=2.2.1', '2.3.0'],
    ['pandas~=2.2', '3.0'],
    ['numpy<2.0', '2.0rc1'],
    ['numpy>=2.0', '2.0rc1'],
    ['flash-attn>2.7.4', '2.7.4.post1'],
    ['pytz>=1!2.0', '2024.1'],
    ['dateutil-legacy>=2.0', '2004d'],
  ])('%s is not met by %s', (requirement, version) => {
    const name = /^[\w-]+/.exec(requirement)?.[0] ?? '';
    expect(check([requirement], { [name]: version })).toEqual([
      `closure-violated: ${requirement} is asked for, but ${reference} has ${version}`,
    ]);
  });
});

test('names are compared by their one spelling', () => {
  expect(
    check(['PyYAML>=6', 'ruamel_yaml', 'zope.interface'], {
      pyyaml: '6.0.2',
      'ruamel.yaml': '0.18',
      'Zope-Interface': '7.0',
    }),
  ).toEqual([]);
});

describe('markers', () => {
  test.each([
    ['importlib-metadata; python_version<"3.8"', false],
    ['tomli>=2 ; python_version < "3.11"', false],
    ['audioop-lts; python_version >= "3.13"', false],
    ['numpy>=1.26; python_version >= "3.12"', true],
    ["numpy ; python_version=='3.12.*'", true],
    ['numpy; python_full_version < "3.12.4"', true],
    ['numpy; python_full_version >= "3.12.4"', false],
    ['numpy; "3.9" <= python_version', true],
    ['numpy; python_version in "3.11 3.12"', true],
    ['numpy; python_version not in "3.11, 3.12"', false],
    ['numpy; python_version ~= "3.10"', true],
    ['pywin32; sys_platform == "win32"', false],
    ['uvloop; sys_platform != "win32" and platform_python_implementation == "CPython"', true],
    ['colorama; os_name == "nt"', false],
    ['triton; platform_system == "Linux" and platform_machine == "x86_64"', true],
    ['triton; platform_machine == "aarch64" or platform_machine == "arm64"', false],
    ['cffi; implementation_name != "pypy"', true],
    ['pyobjc; platform_release >= "20" and sys_platform == "darwin"', false],
    ['numpy; "linux" in sys_platform', true],
    ['numpy; (os_name == "nt" or sys_platform == "linux") and python_version >= "3"', true],
    ['numpy; os_name == "posix" or sys_platform == "linux" and python_version < "3"', true],
    ['numpy; extra == "torch"', false],
  ])('%s: %s', (requirement, asked) => {
    const name = /^[\w-]+/.exec(requirement)?.[0] ?? '';
    expect(check([requirement], {}).length).toBe(asked ? 1 : 0);
    expect(check([requirement], { [name]: '99' })).toEqual([]);
  });

  test('follow the Python of the base', () => {
    const dependencies = ['tomli>=2; python_version < "3.11"'];
    expect(check(dependencies, {}, { python: '3.10.14' })).toEqual([
      `closure-violated: tomli>=2 is asked for, but ${reference} has none`,
    ]);
  });
});

describe('extras', () => {
  const optional = {
    torch: ['torch>=2.6', 'numpy>=1.26'],
    Fast_IO: ['uvloop; sys_platform == "linux"'],
    all: ['my-app[torch,fast-io]', 'MY.APP[all]'],
    dev: ['pytest>=8'],
    windows: ['my_app[dev]; sys_platform == "win32"'],
    broken: ['my-app[nothing]'],
  };
  const missing = (requirement: string) =>
    `closure-violated: ${requirement} is asked for, but ${reference} has none`;

  test.each([
    [[], []],
    [['torch'], [missing('torch>=2.6'), missing('numpy>=1.26')]],
    [['fast-io'], [missing('uvloop')]],
    [['all'], [missing('torch>=2.6'), missing('numpy>=1.26'), missing('uvloop')]],
    [['windows'], []],
  ])('%j', (extras, problems) => {
    expect(check([], {}, { optional, extras })).toEqual(problems);
  });

  test('what several lists ask for is one problem', () => {
    const extras = ['torch', 'all'];
    expect(check(['numpy>=1.26'], { torch: '2.7.1', uvloop: '0.21' }, { optional, extras })).toEqual([
      missing('numpy>=1.26'),
    ]);
  });

  test('a dependency can name the application itself, and ask for an extra in its marker', () => {
    const dependencies = ['my-app[torch]', 'einops; extra == "Torch"', 'rich; extra != "torch"'];
    expect(check(dependencies, { torch: '2.7.1', numpy: '2.3' }, { optional })).toEqual([
      missing('rich'),
      missing('einops'),
    ]);
  });

  test('one that is not there is a problem of the definition', () => {
    expect(check([], {}, { optional, extras: ['broken'] })).toEqual([
      'definition-rule: there are no optional dependencies named nothing; there are torch, fast-io, all, dev, windows, broken',
    ]);
  });

  test('of another package are not looked into', () => {
    expect(check(['ray[default]>=2.9', 'uvicorn [standard]'], { ray: '2.40.0', uvicorn: '0.34' })).toEqual(
      [],
    );
  });
});

describe('direct references', () => {
  test.each([
    'flash-attn @ https://example.org/flash_attn-2.7.4.post1+cu12torch2.7-cp312-cp312-linux_x86_64.whl',
    'flash-attn@https://example.org/flash_attn-2.7.4.tar.gz#sha256=0123',
    'flash_attn[triton] @ git+ssh://git@github.com/Dao-AILab/flash-attention.git@v2.7.4',
    'flash-attn @ {root:uri}/vendor/flash-attn',
    'flash-attn @ https://example.org/flash_attn-2.7.4.tar.gz ; sys_platform == "linux"',
  ])('%s asks for the name only', (requirement) => {
    expect(check([requirement], { 'flash-attn': '1.0' })).toEqual([]);
    expect(check([requirement], {})).toEqual([
      `closure-violated: flash-attn is asked for, but ${reference} has none`,
    ]);
  });

  test('a marker behind an address counts', () => {
    expect(check(['winpkg @ https://example.org/winpkg.whl ; sys_platform == "win32"'], {})).toEqual([]);
  });
});

test.each([
  '',
  '# numpy',
  'numpy>=',
  'numpy=1.26',
  'numpy 1.26',
  'numpy>=1.x',
  'numpy~=1',
  'numpy<2.0.*',
  'torch>=2.7+cu126',
  'numpy>=1.26\nscipy',
  'numpy; python_version',
  'numpy; python == "3.12"',
  'numpy>=1.26;',
  '-r requirements.txt',
  './vendor/numpy',
  'numpy>=1 @ https://example.org/numpy.whl',
  '@ https://example.org/numpy.whl',
  'nümpy',
])('%j is no requirement', (requirement) => {
  expect(check([requirement], { numpy: '2.3' })).toEqual([
    `definition-invalid: "${requirement.replace('\n', ' ')}" is not a requirement`,
  ]);
});

test('a malformed requirement is quoted without the password of its address', () => {
  expect(check(['numpy>=1 @ https://me:secret@example.org/numpy.whl'], {})[0]).toContain(
    'https://***@example',
  );
});

test('a pyproject.toml that is none is a failure', () => {
  const declared = { pyproject: '[project', file, extras: [], architecture: 'cpu' };
  expect(() => checkClosure(declared, { reference, python: '3.12.3', packages: [] })).toThrow(Failure);
});

test("this repository's own application", () => {
  const pyproject = `[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "digits"
version = "0.1.0"
description = "A small, genuine training program: handwritten digits with torch or numpy."
readme = "README.md"
requires-python = ">=3.12"
license = "Apache-2.0"
dependencies = [
    "numpy>=1.26",
    "scikit-learn>=1.4",
    "matplotlib>=3.8",
    "pyyaml>=6.0",
]

[project.optional-dependencies]
torch = ["torch>=2.6"]
dev = ["pytest>=8.0", "ruff>=0.6"]
`;
  const packages = [
    { name: 'numpy', version: '2.3.4' },
    { name: 'scikit-learn', version: '1.7.2' },
    { name: 'matplotlib', version: '3.10.7' },
    { name: 'PyYAML', version: '6.0.3' },
  ];
  const base = { reference: 'frontierkodiak/linnaeus-base:cpu', python: '3.13.5', packages };
  const digits = { pyproject, file: 'examples/digits/pyproject.toml', architecture: 'cpu' };
  expect(checkClosure({ ...digits, extras: [] }, base)).toEqual([]);
  expect(checkClosure({ ...digits, extras: ['torch'] }, base).map(({ message }) => message)).toEqual([
    'torch>=2.6 is asked for, but frontierkodiak/linnaeus-base:cpu has none',
  ]);
});
