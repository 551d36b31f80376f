import { expect, test } from 'vitest';
import { parseDefinition } from './parse-definition.ts';
import { Failure, type Problem } from './problem.ts';
import { ampereFile, type Change, files } from './testing/samples.ts';

test('a definition is complete: units as numbers, defaults filled in, lines known', () => {
  const { lines, ...rest } = parseDefinition(files());
  expect(rest).toEqual({
    application: {
      name: 'digits',
      source: { kind: 'folder', path: 'examples/digits' },
      path: '/app/digits',
      command: ['python', 'digits/main.py'],
      smoke: null,
      companions: [],
    },
    repositories: { base: 'acme/digits-base', runtime: 'acme/digits', dev: 'acme/digits-dev' },
    images: { os: 'ubuntu:24.04', cudaDevel: 'nvidia/cuda:<cuda>-devel-ubuntu24.04' },
    build: { compressionLevel: 9 },
    limits: {
      runnerDiskBytes: 14e9,
      buildkitReserveBytes: 3e9,
      diskGuardBytes: 12e9,
      baseSizeBytes: 8e9,
      runtimeLayerBytes: 300e6,
      publishTimeMs: 120_000,
    },
    release: {
      versionFiles: ['examples/digits/pyproject.toml'],
      branch: 'main',
      breakingBefore1: 'minor',
    },
    supplyChain: { sbom: false, provenance: false, sign: null, transparencyLog: true },
    architectures: [
      {
        name: 'ampere',
        file: ampereFile,
        tag: 'ampere-cu126',
        platforms: ['linux/amd64'],
        computeCapabilities: ['8.0', '8.6'],
        cuda: '12.6',
        python: '3.12',
        extras: ['torch'],
        systemPackages: ['git', 'tini'],
        jit: true,
        excludes: [],
        bytecode: true,
        deprecated: null,
        torch: { version: '2.7.1', channel: 'stable', wheels: [] },
        flashAttention: { version: '2.7.4.post1', from: 'build' },
      },
    ],
  });
  expect(lines['slipway.toml']?.['application.command.1']).toBe(5);
  expect(lines[ampereFile]?.['torch.version']).toBe(10);
});

test('a git source, companions and everything optional are read', () => {
  const definition = parseDefinition(
    files({
      slipway: [
        ['"examples/digits"', '"git@github.com:polli-labs/linnaeus.git#v1.2"'],
        [
          '[repositories]',
          `smoke = ["python", "-c", "import digits"]
[[application.companion]]
name = "ibrida"
source = "./lib/ibrida"
path = "/app/ibrida_src"
[images]
os = "localhost:5000/os:13"
[limits]
publish_time = "90 s"
[release]
version_files = []
[supply_chain]
sbom = true
sign = "keyless"
[repositories]`,
        ],
      ],
    }),
  );
  expect(definition.application).toMatchObject({
    source: { kind: 'git', url: 'git@github.com:polli-labs/linnaeus.git', ref: 'v1.2' },
    smoke: ['python', '-c', 'import digits'],
    companions: [{ name: 'ibrida', source: { kind: 'folder', path: 'lib/ibrida' }, path: '/app/ibrida_src' }],
  });
  expect(definition.images.os).toBe('localhost:5000/os:13');
  expect(definition.limits.publishTimeMs).toBe(90_000);
  expect(definition.release.versionFiles).toEqual([]);
  expect(definition.supplyChain).toMatchObject({ sbom: true, provenance: false, sign: 'keyless' });
});

test('a git source has no version file here', () => {
  const git: Change = ['"examples/digits"', '"https://github.com/a/b.git#main"'];
  expect(parseDefinition(files({ slipway: [git] })).release.versionFiles).toEqual([]);
});

test('an architecture can be for the CPU alone', () => {
  const cpu =
    'tag = "cpu"\nplatforms = ["linux/amd64", "linux/arm64"]\ncompute_capabilities = []\npython = "3.12"\nsystem_packages = ["git", "tini"]\n';
  const definition = parseDefinition(files({ more: { 'architectures/cpu/architecture.toml': cpu } }));
  expect(definition.architectures[1]).toMatchObject({
    name: 'cpu',
    cuda: null,
    torch: null,
    flashAttention: null,
    extras: [],
    jit: false,
  });
});

test('line ends of Windows and a byte order mark change nothing', () => {
  const windows = Object.fromEntries(
    Object.entries(files()).map(([file, text]) => [file, `\uFEFF${text.replaceAll('\n', '\r\n')}`]),
  );
  expect(parseDefinition(windows)).toEqual(parseDefinition(files()));
});

const add = (table: string): Change => ['[repositories]', `${table}\n[repositories]`];
const toml = 'Write key = value, text in "quotes", lists in [brackets]; see https://toml.io.';
const source = 'is not a folder inside the workspace or a git URL (https, ssh or git@) that ends in #ref';
const writeSource =
  'Write it like source = "examples/digits" or source = "https://github.com/polli-labs/linnaeus.git#main".';
const imagePath =
  'is not an absolute path of letters, digits, ".", "_", "+" and "-", without "." and ".." parts';
const size = 'is not a size above 0 with a unit: B, kB, MB, GB or TB';
const duration = 'is not a duration above 0 with a unit: ms, s, m, h or d';

/** [what is changed in slipway.toml, code without "definition-", line, message, remedy] */
const badSlipway: [Change, 'syntax' | 'invalid', number, string, string][] = [
  [['"digits"', '"digits'], 'syntax', 2, 'name = "digits is not TOML: unterminated string constant', toml],
  [['"digits"', ''], 'syntax', 2, 'name = is not TOML: unexpected character', toml],
  [
    ['"digits"', '"a"\nname = "b"'],
    'syntax',
    3,
    'name = "b" is not TOML: defining a key multiple times is invalid',
    'Keep one of the two.',
  ],
  [
    ['[repositories]', '[repositories'],
    'syntax',
    7,
    '[repositories is not TOML: the key, equals sign, and value must be on the same line',
    toml,
  ],
  [
    ['path = "/app/digits"\n', ''],
    'invalid',
    1,
    '[application] has no path (Where the checkout lies in the image)',
    'Add path = "/app/digits" to [application].',
  ],
  [
    ['"digits"', '"-digits-"'],
    'invalid',
    2,
    'application.name: "-digits-" is not a name of letters, digits, ".", "_" and "-"',
    'Write it like name = "digits".',
  ],
  [
    ['"digits"', '7'],
    'invalid',
    2,
    'application.name: 7 is not text in quotes',
    'Write it like name = "digits".',
  ],
  [
    ['"digits"', '"digits"\nsmoek = ["true"]'],
    'invalid',
    3,
    '[application] has the unknown key "smoek"',
    'Rename it to smoke.',
  ],
  [
    ['"digits"', '"digits"\ncolour = "red"'],
    'invalid',
    3,
    '[application] has the unknown key "colour"',
    'Remove it; [application] knows name, source, path, command, smoke, companion.',
  ],
  [
    ['"examples/digits"', '"../digits"'],
    'invalid',
    3,
    `application.source: "../digits" ${source}`,
    writeSource,
  ],
  [
    ['"examples/digits"', '"/srv/digits"'],
    'invalid',
    3,
    `application.source: "/srv/digits" ${source}`,
    writeSource,
  ],
  [
    ['"examples/digits"', '"https://github.com/a/b.git"'],
    'invalid',
    3,
    `application.source: "https://github.com/a/b.git" ${source}`,
    writeSource,
  ],
  [
    ['"/app/digits"', '"app/digits"'],
    'invalid',
    4,
    `application.path: "app/digits" ${imagePath}`,
    'Write it like path = "/app/digits".',
  ],
  [
    ['"/app/digits"', '"/app/my digits"'],
    'invalid',
    4,
    `application.path: "/app/my digits" ${imagePath}`,
    'Write it like path = "/app/digits".',
  ],
  [
    ['"/app/digits"', '"/app/../etc"'],
    'invalid',
    4,
    `application.path: "/app/../etc" ${imagePath}`,
    'Write it like path = "/app/digits".',
  ],
  [
    ['["python", "digits/main.py"]', '[]'],
    'invalid',
    5,
    'application.command: [] has no element',
    'Write it like command = ["python", "digits/main.py"].',
  ],
  [
    ['["python", "digits/main.py"]', '"python main.py"'],
    'invalid',
    5,
    'application.command: "python main.py" is not a list in brackets',
    'Write it like command = ["python", "digits/main.py"].',
  ],
  [
    ['["python", ', '[\n  3,\n'],
    'invalid',
    6,
    'application.command[0]: 3 is not text in quotes',
    'Write it like command = ["python", "digits/main.py"].',
  ],
  [
    ['"python"', '""'],
    'invalid',
    5,
    'application.command[0]: "" is empty',
    'Write it like command = ["python", "digits/main.py"].',
  ],
  [
    ['"acme/digits-base"', '"Acme/Digits"'],
    'invalid',
    8,
    'repositories.base: "Acme/Digits" is not a repository in lower case, without tag',
    'Write it like base = "frontierkodiak/linnaeus-base".',
  ],
  [
    ['"acme/digits-base"', '"acme/digits:dev"'],
    'invalid',
    8,
    'repositories.base: "acme/digits:dev" is not a repository in lower case, without tag',
    'Write it like base = "frontierkodiak/linnaeus-base".',
  ],
  [
    ['dev = ', 'devel = '],
    'invalid',
    7,
    '[repositories] has no dev (Where dev images go)',
    'Add dev = "polli-labs/linnaeus" to [repositories].',
  ],
  [
    add('[limits]\nbase_size = "8 gigs"'),
    'invalid',
    8,
    `limits.base_size: "8 gigs" ${size}`,
    'Write it like base_size = "8GB".',
  ],
  [
    add('[limits]\nbase_size = "0GB"'),
    'invalid',
    8,
    `limits.base_size: "0GB" ${size}`,
    'Write it like base_size = "8GB".',
  ],
  [
    add('[limits]\nbase_size = 8'),
    'invalid',
    8,
    'limits.base_size: 8 is not text in quotes',
    'Write it like base_size = "8GB".',
  ],
  [
    add('[limits]\npublish_time = "2"'),
    'invalid',
    8,
    `limits.publish_time: "2" ${duration}`,
    'Write it like publish_time = "2m".',
  ],
  [
    add('[limits]\nbase_szie = "8GB"'),
    'invalid',
    8,
    '[limits] has the unknown key "base_szie"',
    'Rename it to base_size.',
  ],
  [
    add('[limit]\nbase_size = "8GB"'),
    'invalid',
    7,
    'the top of the file has the unknown key "limit"',
    'Rename it to limits.',
  ],
  [
    add('[images]\nos = "ubuntu"'),
    'invalid',
    8,
    'images.os: "ubuntu" is not an image reference with a tag or a digest',
    'Write it like os = "ubuntu:24.04".',
  ],
  [
    add('[images]\ncuda_devel = "nvidia/cuda"'),
    'invalid',
    8,
    'images.cuda_devel: "nvidia/cuda" is not an image reference with a tag or a digest',
    'Write it like cuda_devel = "nvidia/cuda:<cuda>-devel-ubuntu24.04".',
  ],
  [
    add('[release]\nversion_files = ["../pyproject.toml"]'),
    'invalid',
    8,
    'release.version_files[0]: "../pyproject.toml" is not a path inside the workspace',
    'Write it like version_files = ["examples/digits/pyproject.toml"].',
  ],
  [
    add('[[application.companion]]\nname = "ibrida"\npath = "/app/ibrida"'),
    'invalid',
    7,
    '[[application.companion]] has no source (A folder of this workspace, or a git URL that ends in #ref)',
    'Add source = "https://github.com/polli-labs/ibrida.git#main" to [[application.companion]].',
  ],
];

test.each(badSlipway)('slipway.toml with %j', (change, code, line, message, remedy) => {
  const wanted = { code: `definition-${code}`, message, remedy, where: { file: 'slipway.toml', line } };
  const problems = problemsOf(files({ slipway: [change] }));
  // A key with a wrong name is missing under its right one, too; the first problem of those is the one looked at.
  expect(problems[0]).toEqual(wanted);
});

const wheelUrl = 'https://example.org/flash_attn-2.7.4.post1-cp312-cp312-linux_x86_64.whl';
const flash = (from: string): Change => ['"2.7.4.post1"', `"2.7.4.post1"\nfrom = ${from}`];
const exampleWheel =
  'url = "https://example.org/torch-2.9.0.dev20250801%2Bcu128-cp312-cp312-manylinux_2_28_x86_64.whl"';
const exampleSha = 'sha256 = "8f2a3d1c0e9b7f6a5d4c3b2a190817263544536271809fadcbeadfecba012345"';

/** [what is changed in architecture.toml, line, message, remedy] */
const badArchitecture: [Change, number, string, string][] = [
  [
    ['tag = "ampere-cu126"\n', ''],
    1,
    'the top of the file has no tag (The moving tag of its base image)',
    'Add tag = "ampere-cu126" to the top of the file.',
  ],
  [
    ['"ampere-cu126"', '"-bad tag"'],
    1,
    'tag: "-bad tag" is not a tag: at most 128 letters, digits, ".", "_" and "-", not beginning with "." or "-"',
    'Write it like tag = "ampere-cu126".',
  ],
  [
    ['linux/amd64', 'linux/riscv64'],
    2,
    'platforms[0]: "linux/riscv64" is not "linux/amd64" or "linux/arm64"',
    'Write it like platforms = ["linux/amd64"].',
  ],
  [
    ['["linux/amd64"]', '[]'],
    2,
    'platforms: [] has no element',
    'Write it like platforms = ["linux/amd64"].',
  ],
  [
    ['"8.6"', '8.6'],
    3,
    'compute_capabilities[1]: 8.6 is not text in quotes',
    'Write it like compute_capabilities = ["8.0", "8.6"].',
  ],
  [
    ['"8.6"', '"sm_86"'],
    3,
    'compute_capabilities[1]: "sm_86" is not a compute capability: major and minor, such as 8.6',
    'Write it like compute_capabilities = ["8.0", "8.6"].',
  ],
  [
    ['"12.6"', '"12.6.3"'],
    4,
    'cuda: "12.6.3" is not a CUDA version: major and minor, such as 12.6',
    'Write it like cuda = "12.6".',
  ],
  [['"3.12"', '3.12'], 5, 'python: 3.12 is not text in quotes', 'Write it like python = "3.12".'],
  [
    ['"3.12"', '"3.12.1"'],
    5,
    'python: "3.12.1" is not a Python version: major and minor, such as 3.12',
    'Write it like python = "3.12".',
  ],
  [
    ['["torch"]', '"torch"'],
    6,
    'extras: "torch" is not a list in brackets',
    'Write it like extras = ["torch"].',
  ],
  [
    ['"tini"', '"tini; true"'],
    7,
    'system_packages[1]: "tini; true" is not a Debian package name: lower-case letters, digits, "+", "." and "-"',
    'Write it like system_packages = ["git", "openssh-client", "rclone", "tini"].',
  ],
  [['cuda =', 'jit = "yes"\ncuda ='], 4, 'jit: "yes" is not true or false', 'Write it like jit = true.'],
  [
    ['cuda =', 'constructor = 1\ncuda ='],
    4,
    'the top of the file has the unknown key "constructor"',
    'Remove it; the top of the file knows tag, platforms, compute_capabilities, cuda, python, extras, system_packages, jit, excludes, bytecode, deprecated, torch, flash_attention.',
  ],
  [
    ['"2.7.1"', '"2.7.1"\nextras = ["torch"]'],
    11,
    '[torch] has the unknown key "extras"',
    'Move extras above the first [table]: below a heading it belongs to that table.',
  ],
  [
    ['"2.7.1"', '"2.7"'],
    10,
    'torch.version: "2.7" is not an exact version of torch such as 2.7.1 or 2.9.0.dev20250801',
    'Write it like version = "2.7.1".',
  ],
  [
    ['"2.7.1"', '"2.7.1"\nchannel = "weekly"'],
    11,
    'torch.channel: "weekly" is not "stable" or "nightly"',
    'Write it like channel = "stable".',
  ],
  [
    flash('"source"'),
    14,
    'flash_attention.from: "source" is none of its forms',
    `Write from = "build" or from = { ${exampleWheel}, ${exampleSha} }.`,
  ],
  [
    flash(`{ url = "${wheelUrl}" }`),
    14,
    '[flash_attention.from] has no sha256 (The SHA-256 of its bytes)',
    `Add ${exampleSha} to [flash_attention.from].`,
  ],
  [
    flash(`{ url = "${wheelUrl}", sha256 = "beef" }`),
    14,
    'flash_attention.from.sha256: "beef" is not a SHA-256: 64 lower-case hexadecimal digits',
    `Write it like ${exampleSha}.`,
  ],
  [
    flash(`{ url = "ftp://example.org/a.whl", sha256 = "${'ab'.repeat(32)}" }`),
    14,
    'flash_attention.from.url: "ftp://example.org/a.whl" is not an http(s) URL of a .whl file, without user, password or query',
    `Write it like ${exampleWheel}.`,
  ],
  [
    flash(`{ url = "${wheelUrl}", sha256 = "${'ab'.repeat(32)}", sha = "" }`),
    14,
    '[flash_attention.from] has the unknown key "sha"',
    'Remove it; [flash_attention.from] knows url, sha256.',
  ],
];

test.each(badArchitecture)('architecture.toml with %j', (change, line, message, remedy) => {
  expect(problemsOf(files({ ampere: [change] }))).toEqual([
    { code: 'definition-invalid', message, remedy, where: { file: ampereFile, line } },
  ]);
});

test('problems of several files, and several of one file, are reported together and in order', () => {
  const problems = problemsOf(
    files({
      slipway: [
        ['name = "digits"', 'nmae = "digits"'],
        ['"/app/digits"', '"app"'],
      ],
      ampere: [
        ['"8.0", "8.6"', '8.0, "8"'],
        ['"2.7.1"', '2.7'],
      ],
      more: { 'architectures/hopper/architecture.toml': 'tag = ' },
    }),
  );
  expect(problems.map(({ code, where }) => [code, where?.file, where?.line])).toEqual([
    ['definition-invalid', 'slipway.toml', 1],
    ['definition-invalid', 'slipway.toml', 2],
    ['definition-invalid', 'slipway.toml', 4],
    ['definition-invalid', ampereFile, 3],
    ['definition-invalid', ampereFile, 3],
    ['definition-invalid', ampereFile, 10],
    ['definition-syntax', 'architectures/hopper/architecture.toml', 1],
  ]);
});

test('an empty folder has neither slipway.toml nor an architecture', () => {
  expect(problemsOf({})).toEqual([
    {
      code: 'definition-missing',
      message: 'there is no slipway.toml in the workspace root',
      remedy:
        'Write slipway.toml with the tables [application] and [repositories], or go to the folder that has one.',
      where: { file: 'slipway.toml' },
    },
    {
      code: 'definition-missing',
      message: 'no architecture is defined: there is no architectures/<name>/architecture.toml',
      remedy: 'Write one for the first GPU family, for example architectures/ampere/architecture.toml.',
      where: { file: 'architectures' },
    },
  ]);
});

test('an empty slipway.toml lacks its tables', () => {
  expect(problemsOf({ ...files(), 'slipway.toml': '' })).toEqual([
    {
      code: 'definition-invalid',
      message: 'the table [application] is missing (The training application that the images carry)',
      remedy: 'Add the table [application] with name, source, path, command.',
      where: { file: 'slipway.toml', line: 1 },
    },
    {
      code: 'definition-invalid',
      message:
        'the table [repositories] is missing (Repositories without tag, with the host where the registry is not docker.io)',
      remedy: 'Add the table [repositories] with base, runtime, dev.',
      where: { file: 'slipway.toml', line: 1 },
    },
  ]);
});

test('the password of a URL is not repeated', () => {
  const secret: Change = ['"examples/digits"', '"https://me:hunter2@github.com/a/b.git#main"'];
  const [problem] = problemsOf(files({ slipway: [secret] }));
  expect(problem?.message).toBe(`application.source: "https://***@github.com/a/b.git#main" ${source}`);
});

test('rules are asked after the syntax, and can be left out', () => {
  const wrong = files({ ampere: [['"12.6"', '"12.8"']] });
  expect(problemsOf(wrong)[0]?.code).toBe('definition-rule');
  expect(parseDefinition(wrong, { rules: false }).architectures[0]?.cuda).toBe('12.8');
});

function problemsOf(content: Record<string, string>): readonly Problem[] {
  try {
    parseDefinition(content);
  } catch (error) {
    if (error instanceof Failure) return error.problems;
    throw error;
  }
  return [];
}
