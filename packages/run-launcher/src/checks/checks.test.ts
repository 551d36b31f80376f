import { type EngineFacts, type OldDriver, parseGpus } from '@slipway/effects';
import { describe, expect, it } from 'vitest';
import { completeRun, type Layer } from '../definition/run-definition.ts';
import { labelLayer } from '../facts/application-layers.ts';
import { gpuAccess } from '../facts/host-facts.ts';
import type { PathFacts } from '../facts/path-facts.ts';
import { planRun } from '../plan/plan-run.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import { failed, recorded } from '../testing/nvidia-smi.ts';
import { type CheckFacts, refusals } from './check.ts';
import { checks, lookAtAll, unforcible } from './checks.ts';
import { secrets } from './secrets.ts';
import { toolkit } from './toolkit.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const contract = (architecture: string, capabilities: string, more: Record<string, string> = {}) => ({
  'io.slipway.kind': 'runtime',
  'io.slipway.application.path': '/app/digits',
  'io.slipway.application.command': '["python","digits/main.py"]',
  'io.slipway.architecture': architecture,
  'io.slipway.python': '3.12',
  'io.slipway.gpu.compute-capabilities': capabilities,
  'io.slipway.gpu.torch-cuda-arch-list': capabilities,
  'io.slipway.gpu.flash-attn-cuda-archs': '',
  'io.slipway.jit': 'true',
  ...more,
});
const cuda = { 'io.slipway.gpu.cuda': '12.6', 'io.slipway.gpu.minimum-driver': '525.60.13' };
const ampere = contract('ampere', '8.0;8.6', cuda);
const cpu = contract('cpu', '');
const siblings = [
  { tag: 'turing-v0.1.1', computeCapabilities: ['7.5'] },
  { tag: 'ampere-v0.1.1', computeCapabilities: ['8.0', '8.6'] },
  { tag: 'cpu-v0.1.1', computeCapabilities: [] },
];
const engine: EngineFacts = {
  name: 'docker',
  version: '28.5.2',
  runtimes: ['runc', 'nvidia'],
  cdi: [],
  rootless: false,
  memoryBytes: 64e9,
  diskFreeBytes: 100e9,
};
const folder: PathFacts = {
  kind: 'folder',
  uid: 1000,
  gid: 1000,
  mode: 0o755,
  readable: true,
  writable: true,
  broken: null,
  names: [],
};
const key: PathFacts = { ...folder, kind: 'file', mode: 0o600 };
const missing: PathFacts = { ...folder, kind: 'missing', readable: false };

const open: PathFacts = { ...folder, mode: 0o777 };
const missingHere: PathFacts = { ...missing, writable: true };

interface Case {
  labels?: Record<string, string>;
  bytes?: number;
  smi?: string;
  instead?: string;
  values?: Layer['values'];
  facts?: Partial<CheckFacts>;
  engine?: Partial<EngineFacts> | null;
  /** The image's own. */
  user?: string | null;
  updates?: RunPlan['updates'];
  oldDriver?: OldDriver;
  /** Of nvidia-smi. */
  failure?: string;
  /** Whether it was found. */
  image?: boolean;
  knownHosts?: string | null;
}

function look({
  labels = ampere,
  bytes = 5e9,
  smi = '',
  instead = 'there is no nvidia-smi',
  values = {},
  user = null,
  updates,
  oldDriver,
  failure,
  image,
  knownHosts = null,
  ...more
}: Case) {
  const gpus = parseGpus(smi);
  const host = {
    gpus,
    instead: gpus.length > 0 ? null : instead,
    oldDriver,
    failure,
    engine: more.engine === null ? null : { ...engine, ...more.engine },
    toolkitHook: false,
  };
  const architecture = labels['io.slipway.architecture'] ?? 'dev';
  const plan: RunPlan = planRun(
    completeRun(
      [
        ...labelLayer({ labels }),
        { from: 'flags', values: { output: '/o', cache: '/c', ...values }, folder: '/' },
      ],
      '/home/ann',
    ),
    {
      id: 'x',
      image: {
        reference: `team/app:${architecture}-v0.1.1`,
        digest,
        from: 'registry',
        bytes,
        labels,
        user,
        entrypoint: [],
        commit: null,
      },
      application: 'digits',
      home: '/home/ann',
      runFolder: '/w/.slipway/runs/x',
      gpus,
      gpuAccess: gpuAccess(values.scheduler ?? 'docker', host),
      updates: updates ?? [],
      knownHosts,
      rcloneIsFile: false,
      profile: {},
      origins: {},
    },
  );
  const facts: CheckFacts = {
    host,
    here: true,
    caller: { uid: 1000, gid: 1000, umask: 0o022 },
    paths: { '/o': folder, '/c': folder, '/k': missing },
    variables: [],
    yanked: null,
    siblings,
    imagePresent: false,
    busy: null,
    ...more.facts,
  };
  const findings = lookAtAll(plan, facts, { image });
  return {
    findings,
    refused: refusals(findings, checks).map(({ code, message, remedy }) => `${code}: ${message} | ${remedy}`),
    warned: findings
      .filter(({ severity }) => severity === 'warning')
      .map(({ check, found }) => `${check}: ${found}`),
  };
}

const twoKinds =
  '0, GPU-1, NVIDIA A100, 8.0, 570.86.15, 81920\n1, GPU-2, NVIDIA GeForce RTX 2080 Ti, 7.5, 570.86.15, 11264\n';
const untold =
  'NVIDIA GeForce RTX 3090, [N/A], 570.86.15, 24576 MiB\nNVIDIA A100, 8.0, 570.86.15, 81920 MiB\n';

it.each<[string, Case]>([
  ['the right one of two by its number', { smi: twoKinds, values: { gpus: 'device=0' } }],
  ['by its UUID', { smi: twoKinds, values: { gpus: 'device=GPU-1' } }],
  ['a part of it', { smi: twoKinds, values: { gpus: 'device=0:3' } }],
  [
    'none, though its driver is too old to tell what its GPUs are able to',
    { oldDriver: { version: '470.182.03', gpus: ['Tesla K80'] }, values: { gpus: 'none' } },
  ],
  [
    'a part by its UUID, on a host of one kind',
    { smi: recorded.ampere, values: { gpus: 'device=MIG-8a4f' } },
  ],
  ['the place behind one that does not tell', { smi: untold, values: { gpus: 'device=1' } }],
  ['an image for no GPU, though nvidia-smi fails', { labels: cpu, failure: 'nvidia-smi fails' }],
])('finds nothing against %s', (_what, given) => {
  expect(look(given)).toMatchObject({ refused: [], warned: [] });
});

it.each<[string, Case, string]>([
  [
    'whether there is a GPU',
    { failure: 'nvidia-smi timed out' },
    'gpu: whether this host has a GPU cannot be told: nvidia-smi timed out; the run would get none',
  ],
  [
    'which GPU a device belongs to',
    { smi: twoKinds, values: { gpus: 'device=MIG-8a4f' } },
    'gpu: which GPU of this host MIG-8a4f belongs to is not known: all of them are looked at',
  ],
])('lets an image without labels start where nobody can tell %s, and says so', (_what, given, expected) => {
  const { refused, warned } = look({ ...given, labels: {}, values: { command: ['true'], ...given.values } });
  expect(refused).toEqual([]);
  expect(warned).toContain(expected);
});

it.each<[string, Case, string]>([
  [
    'the GPUs that the image is for, of a host that has others beside them',
    { smi: twoKinds },
    "gpu: of this host's GPUs the run gets 0: A100 (8.0), and not 1: RTX 2080 Ti (7.5): ampere-v0.1.1 is for 8.0, 8.6",
  ],
  [
    'no GPU, where there is none and a person asks for none',
    { values: { gpus: 'none' } },
    'gpu: this host has no GPU (there is no nvidia-smi); ampere-v0.1.1 is for 8.0, 8.6; use cpu-v0.1.1',
  ],
  [
    'no GPU, where nobody can tell whether there is one and a person asks for none',
    { values: { gpus: 'none' }, failure: 'nvidia-smi timed out' },
    'gpu: whether this host has a GPU cannot be told: nvidia-smi timed out; the run would get none',
  ],
])('gives a run %s, and says so', (_what, given, expected) => {
  expect(look(given)).toMatchObject({ refused: [], warned: [expected] });
});

it('finds nothing against a run that fits', () => {
  expect(look({ smi: recorded.ampere })).toMatchObject({ refused: [], warned: [] });
  expect(look({ labels: cpu })).toMatchObject({ refused: [], warned: [] });
});

describe('refuses', () => {
  it.each<[string, Case, string[]]>([
    [
      'the wrong GPU, and names the right image',
      { smi: recorded.turing },
      [
        'gpu-unfit: this host has an RTX 2080 Ti (7.5); ampere-v0.1.1 is for 8.0, 8.6; use turing-v0.1.1 | --architecture turing --version v0.1.1; to start all the same: --force gpu',
      ],
    ],
    [
      'an image that was named, for one that is named in the same way',
      { smi: recorded.turing, values: { image: 'team/app:ampere-v0.1.1' } },
      [
        'gpu-unfit: this host has an RTX 2080 Ti (7.5); ampere-v0.1.1 is for 8.0, 8.6; use turing-v0.1.1 | --image team/app:turing-v0.1.1; to start all the same: --force gpu',
      ],
    ],
    [
      'what needs a GPU where nobody can tell whether there is one',
      { failure: 'nvidia-smi says: Failed to initialize NVML: Driver/library version mismatch' },
      [
        'gpu-unknown: whether this host has a GPU cannot be told: nvidia-smi says: Failed to initialize NVML: Driver/library version mismatch; the run would get none | the driver was updated under the running kernel: restart the host, or load its modules anew; to start all the same: --force gpu',
      ],
    ],
    [
      'the right one of two by its UUID, or the part of it',
      { smi: twoKinds, values: { gpus: 'device=GPU-2' } },
      [
        'gpu-unfit: this host has an RTX 2080 Ti (7.5); ampere-v0.1.1 is for 8.0, 8.6; use turing-v0.1.1 | --architecture turing --version v0.1.1; to start all the same: --force gpu',
      ],
    ],
    [
      'a part of a GPU that the image is not for',
      { smi: twoKinds, values: { gpus: 'device=0:0,1:0' } },
      [
        'gpu-unfit: this host has an RTX 2080 Ti (7.5); ampere-v0.1.1 is for 8.0, 8.6, as A100 (8.0) is | --gpus device=0:0; to start all the same: --force gpu',
      ],
    ],
    [
      'a part of one of two kinds, where nobody can tell of which',
      { smi: twoKinds, values: { gpus: 'device=MIG-8a4f' } },
      [
        'gpu-unfit: this host has an RTX 2080 Ti (7.5); ampere-v0.1.1 is for 8.0, 8.6, as A100 (8.0) is | name it by its number: --gpus device=0, or device=0:1 for a part of GPU 0; to start all the same: --force gpu',
      ],
    ],
    [
      'a GPU by a UUID that is not there',
      { smi: twoKinds, values: { gpus: 'device=GPU-3,7:0' } },
      [
        'gpu-unfit: the run asks for GPU GPU-3, 7:0, and this host has 2: 0: A100 (8.0), 1: RTX 2080 Ti (7.5) | name some of these with --gpus; to start all the same: --force gpu',
      ],
    ],
    [
      'a GPU that does not tell what it is able to, and keeps its place',
      { smi: untold, values: { gpus: 'device=0' } },
      [
        'gpu-unknown: this host has an RTX 3090 (compute capability not told); ampere-v0.1.1 is for 8.0, 8.6 | see what nvidia-smi says of it, or name the GPUs that are meant with --gpus; to start all the same: --force gpu',
      ],
    ],
    [
      'a GPU that no image is for',
      { smi: recorded.spark },
      [
        'gpu-unfit: this host has a GB10 (12.1); ampere-v0.1.1 is for 8.0, 8.6 | add 12.1 to an architecture of the definition, build and publish it; to start all the same: --force gpu',
      ],
    ],
    [
      'one of two kinds',
      { smi: recorded.mixed, labels: contract('ada', '8.9', cuda), values: { gpus: 'all' } },
      [
        'gpu-unfit: this host has a TITAN V (7.0); ada-v0.1.1 is for 8.9, as RTX 5880 Ada Generation (8.9) is | --gpus device=1; to start all the same: --force gpu',
      ],
    ],
    [
      'one GPU by two names, which would become two training processes',
      { smi: twoKinds, values: { gpus: 'device=0,GPU-1' } },
      [
        'gpu-unfit: 0 and GPU-1 are one and the same GPU of this host: 0: A100 (8.0) | name it once: --gpus device=0; to start all the same: --force gpu',
      ],
    ],
    [
      'a host without GPU',
      {},
      [
        'gpu-unfit: this host has no GPU (there is no nvidia-smi); ampere-v0.1.1 is for 8.0, 8.6; use cpu-v0.1.1 | --architecture cpu --version v0.1.1; to start all the same: --force gpu',
      ],
    ],
    [
      'a GPU that is not there',
      { smi: recorded.ampere, values: { gpus: 'device=1' } },
      [
        'gpu-unfit: the run asks for GPU 1, and this host has 1: 0: A100-SXM4-80GB (8.0) | name some of these with --gpus; to start all the same: --force gpu',
      ],
    ],
    [
      'an old driver',
      { smi: recorded.ampere.replace('580.126.09', '470.182.03') },
      [
        'driver-too-old: the driver of this host is 470.182.03; CUDA 12.6 of ampere-v0.1.1 needs 525.60.13 or later | update it: https://docs.nvidia.com/datacenter/tesla/driver-installation-guide/; to start all the same: --force driver',
      ],
    ],
    [
      'a GPU that the CDI specification does not know',
      {
        smi: recorded.ampere,
        values: { scheduler: 'podman' },
        engine: { name: 'podman', runtimes: ['crun'], cdi: ['0', 'GPU-1'] },
      },
      [
        'toolkit-missing: podman of this host cannot give GPU all to a container: the CDI specification knows 0, GPU-1 | name some of these with --gpus device=, or write the specification anew: sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml; to start all the same: --force toolkit',
      ],
    ],
    [
      'podman where only docker can give a GPU',
      { smi: recorded.ampere, values: { scheduler: 'podman' } },
      [
        expect.stringContaining(
          'toolkit-missing: podman of this host cannot give a GPU to a container: there is no CDI specification of the GPUs | install the toolkit',
        ),
      ] as unknown as string[],
    ],
    [
      'an engine without the toolkit',
      { smi: recorded.ampere, engine: { runtimes: ['runc'] } },
      [
        expect.stringContaining(
          'toolkit-missing: docker of this host cannot give a GPU to a container: there is neither the NVIDIA Container Toolkit nor a CDI specification of the GPUs | install the toolkit',
        ),
      ] as unknown as string[],
    ],
    [
      'a full disk',
      { labels: cpu, engine: { diskFreeBytes: 10e9 } },
      [
        'disk-short: the image takes about 15.5GB (5GB to fetch), 10GB are free | free some: docker image prune --all removes images that no container uses; to start all the same: --force disk',
      ],
    ],
    [
      'folders that cannot be written, all at once',
      {
        labels: cpu,
        facts: { paths: { '/o': { ...folder, kind: 'file' }, '/c': { ...missing, writable: false } } },
      },
      [
        'output-unusable: /o cannot be used as /output: it is no folder | name a folder that can be written, with --output or --cache',
        'output-unusable: /c cannot be used as /root/.cache/digits: it does not exist and cannot be made here | name a folder that can be written, with --output or --cache',
      ],
    ],
    [
      "a folder that is not the container's user's",
      { labels: cpu, values: { user: '1001' } },
      [
        "output-unusable: /o cannot be used as /output: it is user 1000's with mode 755, and the user in the container is 1001 | name a folder that can be written, with --output or --cache",
        "output-unusable: /c cannot be used as /tmp/.cache/digits: it is user 1000's with mode 755, and the user in the container is 1001 | name a folder that can be written, with --output or --cache",
      ],
    ],
    [
      'a second run in one output folder',
      { labels: cpu, facts: { busy: { id: '20261123-1', folder: '/o' } } },
      [
        'output-busy: the run 20261123-1 is writing into the same output folder, /o | name another folder with --output, or end that run: slipway stop 20261123-1; to start all the same: --force output-busy',
      ],
    ],
    [
      'a run below the output folder of another one',
      { labels: cpu, facts: { busy: { id: '20261123-1', folder: '/' } } },
      [
        'output-busy: the run 20261123-1 is writing into /, which holds the output folder /o | name another folder with --output, or end that run: slipway stop 20261123-1; to start all the same: --force output-busy',
      ],
    ],
    [
      'a withdrawn version of an image that was named',
      {
        labels: cpu,
        values: { image: 'team/app:cpu-v0.1.1' },
        facts: { yanked: { version: 'v0.1.1', reason: 'x', at: '2026-11-20T10:00:00Z' } },
      },
      [
        'version-yanked: v0.1.1 was withdrawn on 2026-11-20: x | take another version: --image team/app:cpu-vX.Y.Z; to start all the same: --force yank',
      ],
    ],
    [
      'a public key in the place of a private one',
      {
        labels: cpu,
        values: { ssh_key: '/k.pub' },
        facts: {
          privateKey: { isKey: false, locked: false },
          paths: { '/o': folder, '/c': folder, '/k.pub': { ...key, mode: 0o644 } },
        },
      },
      [
        'folder-missing: the SSH key /k.pub is no private key: it does not begin with -----BEGIN ... PRIVATE KEY----- | name the private key: --ssh-key /k; to start all the same: --force ssh-key',
      ],
    ],
    [
      'a key with a passphrase',
      {
        labels: cpu,
        values: { ssh_key: '/k' },
        facts: {
          privateKey: { isKey: true, locked: true },
          paths: { '/o': folder, '/c': folder, '/k': key },
        },
      },
      [
        'key-unsafe: the SSH key /k has a passphrase; the container cannot ask for it, and has no agent | name a key without one with --ssh-key, such as a deploy key that may only read: ssh-keygen -t ed25519 -f FILE makes one; to start all the same: --force ssh-key',
      ],
    ],
    [
      'a folder in the place of host keys',
      {
        labels: cpu,
        values: { ssh_key: '/k' },
        knownHosts: '/h',
        facts: {
          privateKey: { isKey: true, locked: false },
          paths: { '/o': folder, '/c': folder, '/k': key, '/h': folder },
        },
      },
      [
        'folder-missing: /h, which is to be /run/slipway/ssh/known_hosts, is a folder, and no file with host keys | correct the path',
      ],
    ],
    [
      'an rclone configuration behind a link that is dead in the container',
      {
        labels: cpu,
        values: { rclone: '/r' },
        facts: {
          paths: {
            '/o': folder,
            '/c': folder,
            '/r': folder,
            '/r/rclone.conf': { ...key, real: "/dot's/rclone.conf" },
          },
          rcloneLink: '/r/link',
        },
      },
      [
        "folder-missing: /r/link is an absolute link, or one out of the folder, which leads nowhere in the container | name the file itself: --rclone '/dot'\\''s/rclone.conf'; to start all the same: --force rclone",
      ],
    ],
    [
      'data whose place only looks like that of rclone or of the key',
      {
        labels: cpu,
        values: { ssh_key: '/k', data: ['/d:/data/.config/rclone', '/d:/data/root/.ssh/id_rsa'] },
        facts: {
          privateKey: { isKey: true, locked: false },
          paths: { '/o': folder, '/c': folder, '/k': key, '/d': missing },
        },
      },
      [
        'folder-missing: /d, which is to be /data/.config/rclone, does not exist | correct the path',
        'folder-missing: /d, which is to be /data/root/.ssh/id_rsa, does not exist | correct the path',
      ],
    ],
    [
      'data below a folder that has no place for it',
      {
        labels: cpu,
        values: { data: ['/d:/data/x', '/e:/data/x/y/z', '/e:/data/x/there'] },
        facts: {
          paths: {
            '/o': folder,
            '/c': folder,
            '/d': folder,
            '/e': folder,
            '/d/y/z': missing,
            '/d/there': folder,
          },
        },
      },
      [
        'folder-missing: /e is to be /data/x/y/z, below /data/x, which is only read and has no y/z | name a place beside it with --data, or make /d/y/z',
      ],
    ],
    [
      'a folder that root would make for a user by name, whose number only the image knows',
      {
        labels: cpu,
        user: 'ann',
        facts: { caller: { uid: 0, gid: 0, umask: 0o027 }, paths: { '/o': missingHere, '/c': open } },
      },
      [
        "output-unusable: /o cannot be used as /output: it would be made as root's with mode 750, and the user in the container is ann | name the user by number, to whom it is then given: --user UID; or make a folder that it may write",
      ],
    ],
    [
      'a withdrawn version',
      {
        labels: cpu,
        facts: { yanked: { version: 'v0.1.1', reason: 'it loses checkpoints', at: '2026-11-20T10:00:00Z' } },
      },
      [
        'version-yanked: v0.1.1 was withdrawn on 2026-11-20: it loses checkpoints | take another version: --version vX.Y.Z; to start all the same: --force yank',
      ],
    ],
    [
      'a key that others may read',
      {
        labels: cpu,
        values: { ssh_key: '/k' },
        facts: { paths: { '/o': folder, '/c': folder, '/k': { ...key, mode: 0o644 } } },
      },
      [
        'key-unsafe: the SSH key /k has mode 644: others may read it, and ssh refuses such a key | chmod 600 /k; to start all the same: --force ssh-key',
      ],
    ],
    [
      "a key that the container's user may not read",
      {
        labels: cpu,
        values: { ssh_key: '/k', user: '1000' },
        facts: { paths: { '/o': folder, '/c': folder, '/k': { ...key, uid: 7 } } },
      },
      [
        "key-unsafe: the SSH key /k is user 7's with mode 600: the user in the container, 1000, may not read it | use one of your own, or give it to the user who needs it: chown 1000 /k; to start all the same: --force ssh-key",
      ],
    ],
    [
      'a key, an rclone configuration and data that are not there',
      {
        labels: cpu,
        values: { ssh_key: '/k', rclone: '/r', data: ['/d'] },
        facts: { paths: { '/o': folder, '/c': folder, '/k': missing, '/r': missing, '/d': missing } },
      },
      [
        'folder-missing: the SSH key /k does not exist | name the private key with --ssh-key; to start all the same: --force ssh-key',
        'folder-missing: there is no rclone configuration at /r | make one with rclone config, or name its folder with --rclone; to start all the same: --force rclone',
        'folder-missing: /d, which is to be /data/d, does not exist | correct the path',
      ],
    ],
    [
      'an rclone configuration that others may read',
      {
        labels: cpu,
        values: { rclone: '/r' },
        facts: {
          paths: { '/o': folder, '/c': folder, '/r': folder, '/r/rclone.conf': { ...key, mode: 0o640 } },
        },
      },
      [
        'key-unsafe: /r/rclone.conf has mode 640: others may read the keys of your buckets | chmod 600 /r/rclone.conf; to start all the same: --force rclone',
      ],
    ],
    [
      'secrets that are not there',
      {
        labels: cpu,
        values: { environment: ['A', 'B=file:/b', 'E'] },
        facts: {
          paths: { '/o': folder, '/c': folder, '/b': missing },
          variables: ['E'],
          emptyVariables: ['E'],
        },
      },
      [
        'secret-missing: A is to come from the variable A of this shell, which is not set | export A first, or name another source: --env A=file:PATH or --env A=command:WORDS',
        'secret-missing: B is to come from /b, which does not exist | correct --env B=file:PATH',
        'secret-missing: E is to come from the variable E of this shell, which is empty | give it a value, or leave out --env E',
      ],
    ],
    [
      'a folder as a secret',
      {
        labels: cpu,
        values: { environment: ['A=file:/a'] },
        facts: { paths: { '/o': folder, '/c': folder, '/a': folder } },
      },
      ['secret-missing: A is to come from /a, which is a folder | correct --env A=file:PATH'],
    ],
    [
      'one of two kinds, and does not send people to the image of the other',
      {
        smi: 'NVIDIA GeForce RTX 3090, 8.6, 570.86.15, 24576 MiB\nNVIDIA GeForce RTX 2080 Ti, 7.5, 570.86.15, 11264 MiB\n',
        values: { gpus: 'all' },
      },
      [
        'gpu-unfit: this host has an RTX 2080 Ti (7.5); ampere-v0.1.1 is for 8.0, 8.6, as RTX 3090 (8.6) is | --gpus device=0; to start all the same: --force gpu',
      ],
    ],
    [
      'a driver that cannot say what its GPUs are able to, which is no host without GPU',
      { oldDriver: { version: '470.182.03', gpus: ['Tesla K80'] } },
      [
        'driver-too-old: the driver of this host is 470.182.03, which lists Tesla K80 and cannot tell what these are able to; CUDA 12.6 of ampere-v0.1.1 needs 525.60.13 or later | update it: https://docs.nvidia.com/datacenter/tesla/driver-installation-guide/; to start all the same: --force driver',
      ],
    ],
    [
      "folders, keys and configurations that the image's own user cannot use",
      {
        labels: cpu,
        user: '1001',
        values: { ssh_key: '/k', rclone: '/r', environment: ['A'] },
        facts: {
          variables: ['A'],
          paths: {
            '/o': folder,
            '/c': { ...folder, mode: 0o777 },
            '/k': key,
            '/r': folder,
            '/r/rclone.conf': key,
          },
        },
      },
      [
        "output-unusable: /o cannot be used as /output: it is user 1000's with mode 755, and the user in the container is 1001 | name a folder that can be written, with --output or --cache",
        "key-unsafe: the SSH key /k is user 1000's with mode 600: the user in the container, 1001, may not read it | use one of your own, or give it to the user who needs it: chown 1001 /k; to start all the same: --force ssh-key",
        "key-unsafe: /r/rclone.conf is user 1000's with mode 600: the user in the container, 1001, may not read it | use one of your own, or give it to the user who needs it: chown 1001 /r/rclone.conf; to start all the same: --force rclone",
      ],
    ],
    [
      'code over SSH without a key',
      {
        labels: cpu,
        updates: ['git@h:a/b.git', 'ssh://git@h/c.git', 'https://h/d.git', 'git://h/e.git'].map(
          (url, index) => ({
            name: `t${index}`,
            path: '/a',
            url,
            ref: 'main',
            commit: 'c'.repeat(40),
          }),
        ),
      },
      [
        'secret-missing: t0 is to be brought in over SSH from git@h:a/b.git, and the container gets no SSH key | name a private key that may read it: --ssh-key FILE; to start all the same: --force ssh-key',
        'secret-missing: t1 is to be brought in over SSH from ssh://git@h/c.git, and the container gets no SSH key | name a private key that may read it: --ssh-key FILE; to start all the same: --force ssh-key',
      ],
    ],
    [
      'code over SSH without host keys',
      {
        labels: cpu,
        values: { ssh_key: '/k' },
        updates: [{ name: 't', path: '/a', url: 'git@h:a/b.git', ref: 'main', commit: 'c'.repeat(40) }],
        facts: { paths: { '/o': folder, '/c': folder, '/k': key } },
      },
      [
        'host-key-unknown: t is to be brought in over SSH from git@h:a/b.git, and the container gets no host keys: there is no ~/.ssh/known_hosts | name a file that holds the key of that host: --known-hosts FILE; to start all the same: --force ssh-key',
      ],
    ],
    [
      'a variable in so many words whose name is that of a secret, and does not repeat it',
      {
        labels: cpu,
        values: { environment: ['WANDB_API_KEY=value:hunter44', 'TOKENIZERS_PARALLELISM=value:no'] },
      },
      [
        'secret-in-options: --env gives WANDB_API_KEY a value in so many words, which plans and records keep and everybody on this host can read | export WANDB_API_KEY and give its name alone: --env WANDB_API_KEY; or say where it is: --env WANDB_API_KEY=file:PATH; to start all the same: --force options',
      ],
    ],
    [
      'a secret behind --opts, and does not repeat it',
      {
        labels: cpu,
        values: { opts: ['EXPERIMENT.WANDB.KEY', 'abc', 'ENV.INPUT.BUCKET.APP_KEY', 'def', 'A.KEY', ''] },
      },
      [
        "secret-in-options: --opts gives EXPERIMENT.WANDB.KEY a value, which everybody on this host can read and the application prints and saves | pass it in the environment (--env NAME), and leave EXPERIMENT.WANDB.KEY empty: --opts EXPERIMENT.WANDB.KEY ''; to start all the same: --force options",
        "secret-in-options: --opts gives ENV.INPUT.BUCKET.APP_KEY a value, which everybody on this host can read and the application prints and saves | pass it in the environment (--env NAME), and leave ENV.INPUT.BUCKET.APP_KEY empty: --opts ENV.INPUT.BUCKET.APP_KEY ''; to start all the same: --force options",
      ],
    ],
    [
      'an output folder that is not empty',
      { labels: cpu, facts: { paths: { '/o': { ...folder, names: ['a', 'b', 'c', 'd'] }, '/c': folder } } },
      [
        'output-used: /o holds a, b, c ...: an application that resumes by itself goes on with what is there | name an empty folder with --output to begin anew; to start all the same: --force resume',
      ],
    ],
    [
      'everything at once',
      { smi: recorded.turing.replace('570', '470'), engine: { runtimes: ['runc'], diskFreeBytes: 1e9 } },
      [/^gpu-unfit/, /^driver-too-old/, /^toolkit-missing/, /^disk-short/].map((each) =>
        expect.stringMatching(each),
      ) as unknown as string[],
    ],
  ])('%s', (_what, given, expected) => {
    expect(look(given).refused).toEqual(expected);
  });
});

describe('warns of', () => {
  it.each<[string, Case, string]>([
    [
      'more processes than GPUs',
      { smi: recorded.ampere, values: { processes: 4 } },
      'processes: 4 training processes share 1 GPU: most programs take one each, and the rest fail',
    ],
    [
      'an image that is not ours',
      { labels: {}, values: { command: ['true'] } },
      'image: team/app:dev-v0.1.1 was not built by Slipway: which GPUs and driver it needs is not known, and not checked',
    ],
    [
      'more GPUs than nvidia-smi could list',
      { smi: recorded.ampere, failure: 'nvidia-smi ended with exit code 15: Unable to determine' },
      'gpu: whether this host has more GPUs than are listed cannot be told: nvidia-smi ended with exit code 15: Unable to determine',
    ],
    [
      'several parts of GPUs for one run',
      { smi: recorded.ampere, values: { gpus: 'device=0:0,0:1' } },
      'gpu: CUDA gives a program one part of a GPU and nothing beside it: of 0:0, 0:1 the run uses 0:0 alone',
    ],
    [
      'a GPU that nobody promised',
      { smi: recorded.ada },
      'gpu: this host has an RTX 4070 Laptop GPU (8.9); ampere-v0.1.1 is for 8.0, 8.6: its code runs there too, but nobody promised it',
    ],
    [
      'a deprecated architecture',
      { labels: { ...cpu, 'io.slipway.deprecated': 'use hopper' } },
      'image: cpu is deprecated: use hopper',
    ],
    [
      'more shared memory than memory',
      { labels: cpu, values: { shm_size: '64g' }, engine: { memoryBytes: 16e9 } },
      'shm: --shm-size 64g is more than the 16GB of memory of this host',
    ],
    [
      'less shared memory than a container gets unasked',
      { labels: cpu, values: { shm_size: '8m' } },
      'shm: --shm-size 8m is less than the 64m that a container gets unasked: data loader workers that fill it end with a bus error',
    ],
    [
      'facts of another engine than the one that is to start the run',
      { labels: cpu, engine: { name: 'podman' }, facts: { here: false } },
      'host: the run is for docker, and --host-facts tell of podman: of the docker there nothing is known',
    ],
    [
      'a withdrawal that nobody could ask for',
      { labels: cpu, facts: { yanked: { unasked: 'registry h does not answer' } } },
      'yank: whether the version was withdrawn cannot be told: registry h does not answer',
    ],
    [
      'several GPUs for a command that is started once',
      { smi: `${recorded.ampere}${recorded.ampere}`, values: { command: ['bash', 'train.sh'] } },
      'processes: the run gets 2 GPUs, and "bash train.sh" is started once: it is no Python program that could be started for each',
    ],
    [
      "code that the image's own user may not be able to bring in",
      {
        labels: cpu,
        user: '1000',
        updates: [{ name: 'a', path: '/a', url: 'https://h/a.git', ref: 'main', commit: 'c'.repeat(40) }],
      },
      "user: whether 1000, the image's own user, may bring in code cannot be told: Slipway's checkouts are root's",
    ],
    [
      'a new folder for a user whose number only the image knows',
      {
        labels: cpu,
        user: 'ann',
        facts: { paths: { '/o': missingHere, '/c': open } },
      },
      'output: whether ann, the user in the container, may write /o as /output cannot be told',
    ],
    [
      'a key for a user whose number only the image knows',
      {
        labels: cpu,
        user: 'ann',
        values: { ssh_key: '/k' },
        facts: { paths: { '/o': open, '/c': open, '/k': key } },
      },
      'ssh-key: whether ann, the user in the container, may read the SSH key /k cannot be told',
    ],
    [
      'what was overruled',
      { instead: failed.noDriver, values: { force: ['gpu'] } },
      `gpu: this host has no GPU (${failed.noDriver}); ampere-v0.1.1 is for 8.0, 8.6; use cpu-v0.1.1`,
    ],
  ])('%s', (_what, given, expected) => {
    const { refused, warned } = look(given);
    expect(refused).toEqual([]);
    expect(warned).toEqual([expected]);
  });
});

it('does not let a plan overrule what cannot be overruled', () => {
  const broken = { ...folder, kind: 'file' as const };
  const { refused } = look({
    labels: cpu,
    values: { force: ['output'] },
    facts: { paths: { '/o': broken, '/c': folder } },
  });
  expect(refused).toEqual([expect.stringContaining('output-unusable: /o cannot be used as /output')]);
});

it('does not look at the folders of another host', () => {
  const facts = { here: false, paths: {} };
  const values = { ssh_key: '/k', rclone: '/r', data: ['/d'], environment: ['A'] };
  expect(look({ smi: recorded.ampere, engine: null, values, facts }).refused).toEqual([]);
});

it('knows the checks that can be overruled, and suggests the nearest', () => {
  expect(unforcible(['gpu', 'options'])).toEqual([]);
  expect(unforcible(['gqu', 'output'])).toMatchObject([
    { message: '--force gqu: there is no such check', remedy: '--force gpu' },
    { message: '--force output: this check cannot be overruled' },
  ]);
});

it.each([
  ['EXPERIMENT.WANDB.KEY', 'x'],
  ['APP_KEY', 'x'],
  ['WANDB_API_KEY', 'x'],
  ['A.APIKEY', 'x'],
  ['a.apiKey', 'x'],
  ['A.APPKEY', 'x'],
  ['A.ACCESSKEY', 'x'],
  ['A.PASS', 'x'],
  ['A.KEYS', 'x'],
  ['A.TOKEN', 'x'],
  ['A.SECRET', 'x'],
  ['A.SECRET_ACCESS', 'x'],
  ['A.CLIENT_SECRET', 'x'],
  ['EXPERIMENT.WANDB.KEY=abc', 'B=1'],
  ['B=1', 'EXPERIMENT.WANDB.KEY=abc'],
  ['A.URL', 'https://ann:hunter44@h/'],
])('refuses --opts %s %s', (...opts) => {
  const { refused } = look({ labels: cpu, values: { opts } });
  expect(refused).toEqual([expect.stringMatching(/^secret-in-options: --opts gives [\w.]+ a value/)]);
  expect(refused[0]).not.toMatch(/abc|hunter44/);
});

it.each([
  ['DATA.KEYPOINTS', '17'],
  ['MODEL.TOKENIZER', 'bpe'],
  ['MODEL.MAX_TOKENS', '512'],
  ['OPTIMIZER.PASSES', 'two'],
  ['MONKEY', 'x'],
  ['A.MONKEY', 'x'],
  ['MODEL.CLS_TOKEN', 'True'],
  ['A.KEY_ID', 'x'],
  ['A.ACCOUNT', 'x'],
  ['A.KEY', ''],
  ['A.KEY', "''"],
  ['A.KEY', '""'],
  ['A.KEY', 'None'],
  ['A.KEY=', 'B=1'],
  ['A.B', 'x=y'],
])('takes --opts %s %s', (...opts) => {
  expect(look({ labels: cpu, values: { opts } }).refused).toEqual([]);
});

it.each([
  ['WANDB_API_KEY', 'env WANDB_API_KEY=abc python m.py'],
  ['RCLONE_CONFIG_B2_KEY', 'env RCLONE_CONFIG_B2_KEY_ID=5 RCLONE_CONFIG_B2_KEY=abc python m.py'],
  ['api-key', 'python m.py --api-key abc'],
  ['wandb_api_key', 'python m.py --wandb_api_key=abc'],
  ['token', 'python m.py --token abc'],
  ['trainer.access_token', 'python m.py trainer.access_token=abc'],
  ['repository', 'python m.py --repository https://ann:abc@h/'],
])('refuses a value of %s in the command: %s', (name, command) => {
  const { refused } = look({ labels: cpu, values: { command: command.split(' ') } });
  expect(refused).toEqual([expect.stringContaining(`secret-in-options: the command gives ${name} a value`)]);
  expect(refused[0]).not.toContain('abc');
});

it.each([
  'python m.py --opt A.KEY abc',
  'python m.py --opts=A.KEY abc',
  'python m.py --opts=A.KEY=abc B 1',
  'python m.py --opts A 1 --x y --opts A.KEY abc',
])('finds the secret behind %s', (command) => {
  const { refused } = look({ labels: cpu, values: { command: command.split(' ') } });
  expect(refused).toEqual([expect.stringContaining('secret-in-options: --opts gives A.KEY a value')]);
});

it.each([
  'python m.py --image-key jpg --pad_token [PAD] --sort-key=name --key id --tokenizer bpe --max-tokens 512',
  'python m.py data.image_key=jpg model.cls_token=learned',
  'python m.py --opt adamw 1 --cls-token learned',
  'python m.py --hf-token-file /run/t --ssh-key ~/.ssh/id --use-auth-token True --auth-token --fast',
  'env RCLONE_CONFIG_B2_ACCOUNT=5 RCLONE_CONFIG_B2_KEY_ID=5 TOKENIZERS_PARALLELISM=no python m.py',
  'env WANDB_API_KEY=$MINE python m.py',
  'python -c token=os.environ["X"]',
])('takes %s', (command) => {
  expect(look({ labels: cpu, values: { command: command.split(' ') } }).refused).toEqual([]);
});

it("lets every user read secrets, and root everything, whatever the image's own user is", () => {
  const paths = { '/o': folder, '/c': folder, '/k': key };
  const values = { user: 'root', ssh_key: '/k', environment: ['A'] };
  expect(look({ labels: cpu, user: '1001', values, facts: { paths, variables: ['A'] } }).refused).toEqual([]);
  const other = { user: '1001', environment: ['A'] };
  const facts = { paths: { '/o': open, '/c': open }, variables: ['A'] };
  expect(look({ labels: cpu, values: other, facts }).refused).toEqual([]);
});

it('looks at what it can without an image', () => {
  const { findings } = look({ labels: {}, values: { command: ['x'], ssh_key: '/k' }, image: false });
  const said = findings.map(({ check, severity }) => `${check}: ${severity}`);
  expect(said).toEqual([
    'gpu: ok',
    'disk: ok',
    'output: ok',
    'output: ok',
    'resume: ok',
    'ssh-key: error',
    'shm: ok',
  ]);
});

it('says how a file with a secret is made safe, whatever it is called', () => {
  const path = "/ann's key";
  const plan = { secrets: { A: { from: 'file', path } } } as unknown as RunPlan;
  const facts = { here: true, variables: [], paths: { [path]: { ...key, mode: 0o644 } } };
  expect(secrets.look(plan, facts as unknown as CheckFacts)).toMatchObject([
    { severity: 'warning', remedy: `chmod 600 '/ann'\\''s key'` },
  ]);
});

it.each<['toolkit' | 'cdi', Partial<EngineFacts>, string | null]>([
  [
    'toolkit',
    { cdi: ['all'], runtimes: [] },
    'through the NVIDIA Container Toolkit, and this host has a CDI',
  ],
  [
    'cdi',
    { cdi: [], runtimes: ['nvidia'] },
    'through a CDI specification of them, and this host has the NVIDIA',
  ],
  ['toolkit', { cdi: [], runtimes: [] }, 'there is neither the NVIDIA Container Toolkit nor a CDI'],
  ['cdi', { cdi: ['all'], runtimes: [] }, null],
])('of a saved plan that asks for GPUs by %s, of %j', (access, facts, expected) => {
  const plan = { scheduler: 'docker', gpus: { devices: 'all', access } } as unknown as RunPlan;
  const host = { gpus: [], instead: null, engine: { ...engine, ...facts }, toolkitHook: false };
  const [finding] = toolkit.look(plan, { host } as unknown as CheckFacts);
  expect(finding?.severity).toBe(expected === null ? 'ok' : 'error');
  if (expected !== null) expect(finding?.found).toContain(expected);
  if (expected?.startsWith('through')) expect(finding?.remedy).toBe('make a new plan');
});

it('takes a disk whose file system was just made for an empty folder', () => {
  const paths = { '/o': { ...folder, names: ['lost+found'] }, '/c': folder };
  expect(look({ labels: cpu, facts: { paths } }).refused).toEqual([]);
});

it('takes an rclone configuration that is a link inside of its folder', () => {
  const linked = { ...key, real: '/real/work.conf' };
  const paths = { '/o': folder, '/c': folder, '/r': { ...folder, real: '/real' }, '/r/rclone.conf': linked };
  const facts = { paths, rcloneLink: null };
  expect(look({ labels: cpu, values: { rclone: '/r' }, facts }).refused).toEqual([]);
});

it.each<[string, PathFacts, string | null]>([
  ['can be made', missingHere, null],
  ['may not be written', { ...folder, writable: false }, 'it may not be written'],
  ['cannot be made', { ...missing, writable: false }, 'it does not exist and cannot be made here'],
  ['is a file', { ...folder, kind: 'file' }, 'it is no folder'],
  ['is below a file', { ...missing, broken: '/w/.slipway is no folder' }, '/w/.slipway is no folder'],
])('holds the folder of records against what a run will write there: it %s', (_which, found, why) => {
  const facts = { records: { folder: '/w/.slipway/runs', found } };
  expect(look({ labels: cpu, facts }).refused).toEqual(
    why === null
      ? []
      : [
          `not-allowed: runs cannot be recorded in /w/.slipway/runs: ${why} | make it writable for whoever calls, or call slipway in a folder that can be written`,
        ],
  );
});

it('of records that cannot be written, a plan that is only shown warns', () => {
  const closed: PathFacts = { ...missing, writable: false };
  const output = '/w/.slipway/runs/x/output';
  const found = (dry: boolean, values = {}) =>
    look({
      ...{ labels: cpu, values: { output, ...values } },
      facts: {
        dry,
        records: { folder: '/w/.slipway/runs', found: closed },
        paths: { [output]: closed, '/c': folder, '/elsewhere': closed },
      },
    });
  const why = 'runs cannot be recorded in /w/.slipway/runs: it does not exist and cannot be made here';
  expect(found(true)).toMatchObject({ refused: [], warned: [`record: ${why}`] });
  // Told once.
  expect(found(false).refused).toEqual([expect.stringMatching(`^not-allowed: ${why}`)]);
  expect(found(true, { output: '/elsewhere' }).refused).toEqual([
    expect.stringMatching('^output-unusable: /elsewhere cannot be used'),
  ]);
});

it.each([
  [0o022, 'refused'],
  [0o002, 'refused'],
  [0, 'fine'],
])('a folder that a caller with umask %o makes for another user is %s', (umask, expected) => {
  const facts = { caller: { uid: 1000, gid: 1000, umask }, paths: { '/o': missingHere, '/c': open } };
  const { refused } = look({ labels: cpu, user: '1001', facts });
  const mode = (0o777 & ~umask).toString(8);
  expect(refused).toEqual(
    expected === 'fine'
      ? []
      : [expect.stringContaining(`user 1000's with mode ${mode}, and the user in the container is 1001`)],
  );
});

it('names no CUDA that the image does not name', () => {
  const labels: Record<string, string> = { ...ampere, 'io.slipway.gpu.minimum-driver': '999.1' };
  const { 'io.slipway.gpu.cuda': _, ...unnamed } = labels;
  expect(look({ labels, smi: recorded.ampere }).refused.join()).toContain('; CUDA 12.6 of ');
  expect(look({ labels: unnamed, smi: recorded.ampere }).refused.join()).toMatch(
    /; ampere-v\d\S+ needs 999.1 or later/,
  );
});
