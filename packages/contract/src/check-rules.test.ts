import { expect, test } from 'vitest';
import { checkRules, rules } from './check-rules.ts';
import { ampereFile, ampereToml, type Change, changed, definition } from './testing/samples.ts';

type Files = NonNullable<Parameters<typeof definition>[0]>;

interface Case {
  /** Definitions that the rule has nothing against, beside the sample itself. */
  accepts?: Files[];
  /** [what is changed, line, message, remedy, file when it is not ampere's] */
  refuses: [Files, number, string, string, string?][];
}

const slipway = (...changes: Change[]): Files => ({ slipway: changes });
const ampere = (...changes: Change[]): Files => ({ ampere: changes });
const add = (table: string): Change => ['[repositories]', `${table}\n[repositories]`];
const companion = (name: string, path: string): Change =>
  add(`[[application.companion]]\nname = "${name}"\nsource = "lib"\npath = "${path}"`);
const other = (name: string, ...changes: Change[]): Files => ({
  more: { [`architectures/${name}/architecture.toml`]: changed(ampereToml, ...changes) },
});
const capabilities = (list: string): Change => ['"8.0", "8.6"', list];
const torch = (lines: string): Change => ['version = "2.7.1"', lines];
const flash = (lines: string): Change => ['version = "2.7.4.post1"', lines];
const wheel = (name: string) => `{ url = "https://example.org/${name}", sha256 = "${'ab'.repeat(32)}" }`;
const nightly = (...wheels: string[]): Change =>
  torch(`version = "2.9.0.dev20250801"\nchannel = "nightly"\nwheels = [${wheels.map(wheel).join(', ')}]`);

const nightlyWheel = 'torch-2.9.0.dev20250801%2Bcu126-cp312-cp312-manylinux_2_28_x86_64.whl';
const noTorch: Change = ['[torch]\nversion = "2.7.1"\n\n', ''];
const noFlash: Change = ['\n[flash_attention]\nversion = "2.7.4.post1"\n', ''];
const cuda128: Change[] = [
  ['ampere-cu126', 'ampere-cu128'],
  ['"12.6"', '"12.8"'],
];
const fits = 'Take the wheel that fits, or correct the definition.';

const cases: Record<string, Case> = {
  architectureNamesAreUsable: {
    accepts: [other('hopper-h100', ['ampere-cu126', 'h'])],
    refuses: [
      [
        other('Hopper', ['ampere-cu126', 'h']),
        1,
        'the architecture\'s name "Hopper" cannot be part of a tag and of a project\'s name',
        'Name its folder with at most 40 lower-case letters, digits and single "-", for example ampere.',
        'architectures/Hopper/architecture.toml',
      ],
      [
        other('a.b', ['ampere-cu126', 'h']),
        1,
        'the architecture\'s name "a.b" cannot be part of a tag and of a project\'s name',
        'Name its folder with at most 40 lower-case letters, digits and single "-", for example ampere.',
        'architectures/a.b/architecture.toml',
      ],
    ],
  },
  architectureNamesDiffer: {
    accepts: [other('ampere-2', ['ampere-cu126', 'h'])],
    refuses: [
      [
        other('Ampere', ['ampere-cu126', 'h']),
        1,
        'the architectures Ampere and ampere have one name',
        'Rename the folder architectures/ampere.',
      ],
    ],
  },
  companionsDiffer: {
    accepts: [slipway(companion('ibrida', '/app/ibrida'))],
    refuses: [
      [
        slipway(companion('digits', '/app/other')),
        8,
        'two source trees have the name "digits"',
        'Give the companion a name of its own.',
        'slipway.toml',
      ],
    ],
  },
  companionPathsAreApart: {
    accepts: [slipway(companion('ibrida', '/app/digits_src'))],
    refuses: [
      [
        slipway(companion('ibrida', '/app/digits')),
        10,
        'the paths /app/digits and /app/digits (digits) lie one in the other',
        'Give the companion a path beside it, for example /app/digits_ibrida.',
        'slipway.toml',
      ],
      [
        slipway(companion('ibrida', '/app/digits/lib')),
        10,
        'the paths /app/digits/lib and /app/digits (digits) lie one in the other',
        'Give the companion a path beside it, for example /app/digits_ibrida.',
        'slipway.toml',
      ],
      [
        slipway(companion('ibrida', '/app')),
        10,
        'the paths /app and /app/digits (digits) lie one in the other',
        'Give the companion a path beside it, for example /app/digits_ibrida.',
        'slipway.toml',
      ],
    ],
  },
  repositoriesDiffer: {
    refuses: [
      [
        slipway(['acme/digits-dev', 'acme/digits']),
        10,
        'runtime and dev images have one repository, acme/digits, where their tags would overwrite each other',
        'Give the dev images a repository of their own, for example acme/digits-dev.',
        'slipway.toml',
      ],
    ],
  },
  tagsDiffer: {
    accepts: [other('ada', ['ampere-cu126', 'ada-cu126'])],
    refuses: [
      [
        other('ada'),
        1,
        'the tag "ampere-cu126" is also the one of ada',
        'Give one of the two another, for example one that begins with its name.',
      ],
    ],
  },
  tagsTellTheirCuda: {
    accepts: [ampere(['ampere-cu126', 'ampere']), ampere(['ampere-cu126', 'cu126-nightly'])],
    refuses: [
      [
        ampere(['ampere-cu126', 'ampere-cu128-nightly']),
        1,
        'the tag "ampere-cu128-nightly" says cu128, but cuda is 12.6',
        'Write tag = "ampere-cu126-nightly", or correct cuda.',
      ],
      [
        ampere(['cuda = "12.6"\n', '']),
        1,
        'the tag "ampere-cu126" says cu126, but the architecture has no CUDA',
        'Write tag = "ampere", or add cuda.',
      ],
    ],
  },
  tagsAreNoKeyTags: {
    accepts: [ampere(['ampere-cu126', 'ampere-0123456789a'])],
    refuses: [
      [
        ampere(['ampere-cu126', 'ampere-0123456789ab']),
        1,
        'the tag "ampere-0123456789ab" looks like the tag of a build key, which never moves',
        'Write tag = "ampere".',
      ],
    ],
  },
  listsDoNotRepeat: {
    refuses: [
      [
        ampere(capabilities('"8.0", "8.6", "8.0"')),
        3,
        'compute_capabilities has "8.0" twice',
        'Remove one of the two.',
      ],
      [
        ampere(['"git", ', '"git",\n  "git",\n']),
        8,
        'system_packages has "git" twice',
        'Remove one of the two.',
      ],
      [
        slipway(add('[release]\nversion_files = ["a", "a"]')),
        8,
        'release.version_files has "a" twice',
        'Remove one of the two.',
        'slipway.toml',
      ],
    ],
  },
  systemPackagesSuffice: {
    accepts: [ampere(['"git"', '"libgl1", "git"'])],
    refuses: [
      [
        ampere(['"git", "tini"', '"git"']),
        7,
        'system_packages lacks tini (the entry point starts under it)',
        'Add "tini" to system_packages.',
      ],
      [
        ampere(['"git", "tini"', '']),
        7,
        'system_packages lacks tini (the entry point starts under it) and git (the application is a git checkout)',
        'Add "tini" and "git" to system_packages.',
      ],
    ],
  },
  limitsFitTogether: {
    accepts: [slipway(add('[limits]\nrunner_disk = "87GB"\ndisk_guard = "80GB"'))],
    refuses: [
      [
        slipway(add('[limits]\nrunner_disk = "10GB"')),
        7,
        'disk_guard 12GB is not below runner_disk 10GB: the disk would be full before the guard acts',
        'Lower disk_guard, or raise runner_disk.',
        'slipway.toml',
      ],
      [
        slipway(add('[limits]\nbuildkit_reserve = "12GB"')),
        8,
        'buildkit_reserve 12GB is not below disk_guard 12GB: the cache alone would set off the guard',
        'Lower buildkit_reserve, or raise disk_guard.',
        'slipway.toml',
      ],
      [
        slipway(add('[limits]\nbase_size = "15GB"')),
        8,
        'base_size 15GB is not below runner_disk 14GB: the base would not fit the runner',
        'Lower base_size, or raise runner_disk.',
        'slipway.toml',
      ],
      [
        slipway(add('[limits]\nruntime_layer = "8.5GB"')),
        8,
        'runtime_layer 8.5GB is not below base_size 8GB: what changes often must be the small part',
        'Lower runtime_layer, or raise base_size.',
        'slipway.toml',
      ],
    ],
  },
  cudaIsKnown: {
    accepts: [ampere(...cuda128)],
    refuses: [
      [
        ampere(['"12.6"', '"12.7"']),
        4,
        'no facts are known about CUDA 12.7; known are 12.6, 12.8, 12.9 and 13.0',
        'Write cuda = "12.6", or another of these.',
      ],
      [
        ampere(['"12.6"', '"14.0"']),
        4,
        'no facts are known about CUDA 14.0; known are 12.6, 12.8, 12.9 and 13.0',
        'Write cuda = "13.0", or another of these.',
      ],
    ],
  },
  cudaAndCapabilitiesGoTogether: {
    accepts: [ampere(['cuda = "12.6"\n', ''], capabilities(''), noTorch, noFlash)],
    refuses: [
      [
        ampere(['cuda = "12.6"\n', '']),
        8,
        'torch 2.7.1 is asked for, but cuda is missing',
        'Add cuda = "12.6", or remove [torch].',
      ],
      [
        ampere(['cuda = "12.6"\n', ''], noTorch),
        3,
        'compute capability 8.0 and 8.6 is promised, but cuda is missing',
        'Add cuda, or write compute_capabilities = [].',
      ],
      [
        ampere(capabilities('')),
        4,
        'cuda is 12.6, but compute_capabilities is empty: no GPU would be served',
        'Name the capabilities, or remove cuda.',
      ],
    ],
  },
  capabilitiesAreKnown: {
    accepts: [ampere(capabilities('"8.9"'))],
    refuses: [
      [
        ampere(capabilities('"8.0", "8.5"')),
        3,
        'no GPU has compute capability 8.5; known are 5.0, 5.2, 5.3, 6.0, 6.1, 6.2, 7.0, 7.2, 7.5, 8.0, 8.6, 8.7, 8.9, 9.0, 10.0, 10.3, 11.0, 12.0 and 12.1',
        'Write 8.6 (Ampere: RTX 3090) if that was meant.',
      ],
    ],
  },
  cudaDevelFollowsCuda: {
    accepts: [slipway(add('[images]\ncuda_devel = "acme/cuda:12.6"'))],
    refuses: [
      [
        {
          ...slipway(add('[images]\ncuda_devel = "acme/cuda:12.6"')),
          ...other('hopper', ['"12.6"', '"12.8"']),
        },
        8,
        'cuda_devel "acme/cuda:12.6" is one image, but the architectures have CUDA 12.6 and 12.8',
        'Put <cuda> where the CUDA release stands in it, for example nvidia/cuda:<cuda>-devel-ubuntu24.04.',
        'slipway.toml',
      ],
    ],
  },
  nightlyTorchIsPinned: {
    accepts: [ampere(nightly(nightlyWheel))],
    refuses: [
      [
        ampere(torch('version = "2.9.0.dev20250801"\nchannel = "nightly"')),
        10,
        'torch 2.9.0.dev20250801 is a nightly without exact wheels: in a few weeks it is gone from its index',
        'Add wheels = [{ url = "...", sha256 = "..." }] to [torch], one for each wheel that the registry does not have.',
      ],
    ],
  },
  torchVersionAgrees: {
    accepts: [ampere(torch('version = "2.7.1+cu126"')), ampere(nightly(nightlyWheel))],
    refuses: [
      [
        ampere(torch('version = "2.7.1+cu128"')),
        10,
        'torch 2.7.1+cu128 is a cu128 build, but cuda is 12.6',
        'Write version = "2.7.1": the build follows from cuda.',
      ],
      [
        ampere(torch('version = "2.7.1"\nchannel = "nightly"')),
        11,
        'torch 2.7.1 is no nightly, but channel is nightly',
        'Write channel = "stable", or the nightly\'s version such as 2.9.0.dev20250801.',
      ],
      [
        ampere(torch('version = "2.9.0.dev20250801"')),
        10,
        'torch 2.9.0.dev20250801 is a nightly, but channel is stable',
        'Write channel = "nightly", or a stable version.',
      ],
    ],
  },
  torchBuildIsOnTheRegistry: {
    accepts: [
      ampere(...cuda128, torch('version = "2.10.0"')),
      ampere(
        ...cuda128,
        torch(
          `version = "2.7.1"\nwheels = [${wheel('torch-2.7.1+cu128-cp312-cp312-manylinux_2_28_x86_64.whl')}]`,
        ),
      ),
    ],
    refuses: [
      [
        ampere(torch('version = "2.8.0"')),
        10,
        "the Python registry's torch 2.8.0 is the cu128 build, but cuda is 12.6",
        'Take torch 2.7.0 or 2.7.1, write cuda = "12.8" or give its exact wheels in [torch] wheels.',
      ],
      [
        ampere(torch('version = "2.99.0"')),
        10,
        'no facts are known about torch 2.99.0; known are 2.7.0, 2.7.1, 2.8.0, 2.9.0, 2.9.1 and 2.10.0',
        'Take torch 2.7.0 or 2.7.1 or give its exact wheels in [torch] wheels.',
      ],
      [
        ampere(['"12.6"', '"13.0"']),
        10,
        "the Python registry's torch 2.7.1 is the cu126 build, but cuda is 13.0",
        'Write cuda = "12.6" or give its exact wheels in [torch] wheels.',
      ],
    ],
  },
  torchIsThereForThePlatform: {
    refuses: [
      [
        ampere(['"linux/amd64"', '"linux/amd64", "linux/arm64"']),
        2,
        "the Python registry's torch 2.7.1 for linux/arm64 has no CUDA",
        'Remove "linux/arm64" from platforms, or give exact wheels in [torch] wheels.',
      ],
    ],
  },
  torchServesTheCapabilities: {
    accepts: [
      ampere(capabilities('"7.0", "8.9", "9.0"')),
      ampere(...cuda128, torch('version = "2.8.0"'), capabilities('"10.0", "12.1"')),
    ],
    refuses: [
      [
        ampere(capabilities('"8.0", "10.0"')),
        3,
        'torch 2.7.1 cu126 has no code for compute capability 10.0 (Blackwell: B200): it carries 5.0;6.0;7.0;7.5;8.0;8.6;9.0',
        'Take a build that carries it: torch 2.8.0 cu128, 2.9.0 cu128, 2.9.1 cu128 or 2.10.0 cu128.',
      ],
      [
        ampere(capabilities('"8.7"')),
        3,
        'torch 2.7.1 cu126 has no code for compute capability 8.7 (Ampere: Jetson AGX Orin): it carries 5.0;6.0;7.0;7.5;8.0;8.6;9.0',
        'Remove "8.7": no build of torch that is known carries it.',
      ],
      [
        ampere(...cuda128, torch('version = "2.8.0"'), capabilities('"6.0"')),
        3,
        'torch 2.8.0 cu128 has no code for compute capability 6.0 (Pascal: Tesla P100): it carries 7.0;7.5;8.0;8.6;9.0;10.0;12.0',
        'Take a build that carries it: torch 2.7.0 cu126 or 2.7.1 cu126.',
      ],
    ],
  },
  torchWheelsFit: {
    accepts: [
      ampere(nightly(nightlyWheel, 'nvidia_cudnn_cu12-9.5.1.17-py3-none-manylinux_2_28_x86_64.whl')),
      ampere(nightly(nightlyWheel.replaceAll('cp312', 'cp313'))),
    ],
    refuses: [
      [
        ampere(nightly(nightlyWheel.replaceAll('cp312', 'cp311').replace('cu126', 'cu128'))),
        12,
        'the wheel torch-2.9.0.dev20250801+cu128-cp311-cp311-manylinux_2_28_x86_64.whl does not fit: it is for Python 3.11, below 3.12 and it is for CUDA 12.8, not 12.6',
        fits,
      ],
      [
        ampere(nightly(nightlyWheel.replace('0801', '0802'))),
        12,
        'the wheel torch-2.9.0.dev20250802+cu126-cp312-cp312-manylinux_2_28_x86_64.whl does not fit: it is for version 2.9.0.dev20250802, not 2.9.0.dev20250801',
        fits,
      ],
      [
        ampere(nightly(nightlyWheel, 'triton-3.4.0-cp312-cp312-manylinux_2_28_aarch64.whl')),
        12,
        'the wheel triton-3.4.0-cp312-cp312-manylinux_2_28_aarch64.whl does not fit: it is for manylinux_2_28_aarch64, not linux/amd64',
        fits,
      ],
      [
        ampere(nightly(nightlyWheel, 'torch.whl')),
        12,
        '"torch.whl" is not the name of a wheel',
        'Take the URL of name-version-python-abi-platform.whl.',
      ],
      [
        ampere(nightly('triton-3.4.0-cp312-cp312-manylinux_2_28_x86_64.whl')),
        12,
        '[torch] wheels has no wheel of torch itself, which is to be 2.9.0.dev20250801',
        'Add the URL and sha256 of the torch wheel, or remove wheels.',
      ],
    ],
  },
  flashAttentionHasTorch: {
    accepts: [ampere(noTorch, noFlash)],
    refuses: [
      [
        ampere(noTorch),
        9,
        'flash-attention 2.7.4.post1 is asked for, but there is no torch to link it against',
        'Add the table [torch], or remove [flash_attention].',
      ],
    ],
  },
  flashAttentionIsKnown: {
    accepts: [
      ampere(flash('version = "2.8.3"')),
      ampere(
        flash(
          `version = "3.0.0b1"\nfrom = ${wheel('a')}`.replace(
            '/a"',
            '/flash_attn_3-3.0.0b1-cp39-abi3-linux_x86_64.whl"',
          ),
        ),
      ),
    ],
    refuses: [
      [
        ampere(flash('version = "9.0.0"')),
        13,
        'no facts are known about flash-attention 9.0.0; known are the majors 2 and 3',
        'Write version = "2.7.4.post1".',
      ],
      [
        ampere(flash('version = "3.0.0b1"')),
        13,
        'flash-attention 3.0.0b1 cannot be built: the Python registry has no source of major 3',
        'Write from = { url = "...", sha256 = "..." } with an exact wheel, or take a version 2.',
      ],
    ],
  },
  flashAttentionServesTheCapabilities: {
    accepts: [ampere(capabilities('"8.9", "9.0"'))],
    refuses: [
      [
        ampere(capabilities('"8.0", "7.5"')),
        3,
        'flash-attention 2.7.4.post1 does not run on compute capability 7.5 (Turing: RTX 2080 Ti): it needs 8.0 or newer',
        'Remove [flash_attention] (attention then falls back to torch\'s own), or "7.5".',
      ],
      [
        ampere(capabilities('"8.7"')),
        3,
        'flash-attention 2.7.4.post1 does not run on compute capability 8.7 (Ampere: Jetson AGX Orin): it has cubins for 8.0, 9.0, 10.0 and 12.0 only',
        'Remove [flash_attention] (attention then falls back to torch\'s own), or "8.7".',
      ],
    ],
  },
  flashAttentionCompiles: {
    accepts: [ampere(...cuda128, capabilities('"12.0"')), ampere(capabilities('"9.0"'))],
    refuses: [
      [
        ampere(capabilities('"9.0", "12.0"')),
        3,
        'flash-attention 2.7.4.post1 for compute capability 12.0 (Blackwell: RTX 5090) needs nvcc 12.8 or newer, but cuda is 12.6',
        'Write cuda = "12.8" with a torch of that build, or remove [flash_attention].',
      ],
    ],
  },
  flashAttentionIsCompiledForItsPython: {
    accepts: [
      slipway(add('[images]\nos = "example.org/library/ubuntu:noble"\n')),
      slipway(add('[images]\nos = "example.org/own:1"\n')),
      {
        ...slipway(add('[images]\nos = "debian:13"\n')),
        ...ampere(
          flash(
            `version = "2.7.4.post1"\nfrom = ${wheel('flash_attn-2.7.4.post1-cp313-cp313-linux_x86_64.whl')}`,
          ),
        ),
      },
    ],
    refuses: [
      [
        slipway(add('[images]\nos = "debian:13"\n')),
        12,
        'flash-attention 2.7.4.post1 would be compiled in nvidia/cuda:<cuda>-devel-ubuntu24.04 for Python 3.12, but debian:13 has Python 3.13',
        'Write from = { url = "...", sha256 = "..." } with a wheel for that Python, or give images.os and images.cuda_devel one operating system.',
      ],
    ],
  },
  flashAttentionWheelFits: {
    accepts: [
      // The name says nothing of torch or of an ABI: `verify` finds out. A later Python may be the image's.
      ampere(
        flash(
          `version = "2.7.4.post1"\nfrom = ${wheel('flash_attn-2.7.4.post1-cp313-cp313-linux_x86_64.whl')}`,
        ),
      ),
      ampere(
        flash(
          `version = "2.8.3"\nfrom = ${wheel('flash_attn-2.8.3%2Bcu12torch2.7cxx11abiTRUE-cp312-cp312-linux_x86_64.whl')}`,
        ),
      ),
    ],
    refuses: [
      [
        ampere(
          flash(
            `version = "2.7.4.post1"\nfrom = ${wheel('flash_attn-2.7.4.post1%2Bcu12torch2.6cxx11abiFALSE-cp312-cp312-linux_x86_64.whl')}`,
          ),
        ),
        14,
        'the wheel flash_attn-2.7.4.post1+cu12torch2.6cxx11abiFALSE-cp312-cp312-linux_x86_64.whl does not fit: it is for torch 2.6, not 2.7 and it is for C++11 ABI FALSE, not TRUE',
        'Take a wheel that fits (the project\'s own of 2.7.4.post1 are for torch 2.2 to 2.6), or write from = "build".',
      ],
      [
        ampere(
          flash(`version = "2.8.3"\nfrom = ${wheel('flash_attn-2.8.2+cu11-cp310-cp310-linux_x86_64.whl')}`),
        ),
        14,
        'the wheel flash_attn-2.8.2+cu11-cp310-cp310-linux_x86_64.whl does not fit: it is for version 2.8.2, not 2.8.3, it is for Python 3.10, below 3.12 and it is for CUDA 11, not 12',
        'Take the wheel that fits, or write from = "build".',
      ],
      [
        ampere(
          flash(
            `version = "2.7.4.post1"\nfrom = ${wheel('xformers-2.7.4.post1-cp312-cp312-linux_x86_64.whl')}`,
          ),
        ),
        14,
        'the wheel xformers-2.7.4.post1-cp312-cp312-linux_x86_64.whl does not fit: it is xformers',
        'Take a wheel that fits (the project\'s own of 2.7.4.post1 are for torch 2.2 to 2.6), or write from = "build".',
      ],
      [
        ampere(flash(`version = "2.7.4.post1"\nfrom = ${wheel('flash.whl')}`)),
        14,
        '"flash.whl" is not the name of a wheel',
        'Take the URL of name-version-python-abi-platform.whl.',
      ],
    ],
  },
};

test('every rule has its cases', () => {
  expect(Object.keys(cases).sort()).toEqual(Object.keys(rules).sort());
});

test('the sample breaks no rule', () => {
  expect(checkRules(definition())).toEqual([]);
});

test.each(Object.entries(cases))('%s', (name, { accepts = [], refuses }) => {
  const rule = rules[name];
  for (const files of accepts) expect(rule?.(definition(files))).toEqual([]);
  for (const [files, line, message, remedy, file = ampereFile] of refuses) {
    expect(rule?.(definition(files))).toEqual([
      { code: 'definition-rule', message, remedy, where: { file, line } },
    ]);
  }
});

test('contradictions of several rules and files come together, in the order of files and lines', () => {
  const problems = checkRules(
    definition({
      slipway: [['acme/digits-dev', 'acme/digits'], companion('digits', '/app/x')],
      ampere: [['"git", "tini"', '"git"'], capabilities('"7.5", "10.0"')],
    }),
  );
  expect(
    problems.map(({ where, message }) => `${where?.file}:${where?.line} ${message.split(' ')[0]}`),
  ).toEqual([
    'slipway.toml:8 two',
    'slipway.toml:14 runtime',
    `${ampereFile}:3 torch`,
    `${ampereFile}:3 flash-attention`,
    `${ampereFile}:3 flash-attention`,
    `${ampereFile}:7 system_packages`,
  ]);
});
