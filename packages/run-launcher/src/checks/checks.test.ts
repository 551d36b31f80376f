import { type EngineFacts, parseGpus } from '@slipway/effects';
import { describe, expect, it } from 'vitest';
import { completeRun, type Layer } from '../definition/run-definition.ts';
import type { PathFacts } from '../facts/path-facts.ts';
import { planRun } from '../plan/plan-run.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import { failed, recorded } from '../testing/nvidia-smi.ts';
import { type CheckFacts, refusals } from './check.ts';
import { checks, lookAtAll, requireForcible } from './checks.ts';

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
  cdi: false,
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

interface Case {
  labels?: Record<string, string>;
  bytes?: number;
  smi?: string;
  instead?: string;
  values?: Layer['values'];
  facts?: Partial<CheckFacts>;
  engine?: Partial<EngineFacts> | null;
}

function look({
  labels = ampere,
  bytes = 5e9,
  smi = '',
  instead = 'there is no nvidia-smi',
  values = {},
  ...more
}: Case) {
  const gpus = parseGpus(smi);
  const architecture = labels['io.slipway.architecture'] ?? 'dev';
  const plan: RunPlan = planRun(
    completeRun(
      [{ from: 'flags', values: { output: '/o', cache: '/c', ...values }, folder: '/' }],
      '/home/ann',
    ),
    {
      id: 'x',
      image: { reference: `team/app:${architecture}-v0.1.1`, digest, from: 'registry', bytes, labels },
      application: 'digits',
      home: '/home/ann',
      runFolder: '/w/.slipway/runs/x',
      gpus,
      gpuAccess: 'toolkit',
      updates: values.update
        ? [{ name: 'a', path: '/a', url: 'u', ref: 'main', commit: 'c'.repeat(40) }]
        : [],
      knownHosts: null,
      rcloneIsFile: false,
      port: 1,
      profile: {},
    },
  );
  const facts: CheckFacts = {
    host: {
      gpus,
      instead: gpus.length > 0 ? null : instead,
      engine: more.engine === null ? null : { ...engine, ...more.engine },
      toolkitHook: false,
    },
    here: true,
    caller: { uid: 1000, gid: 1000 },
    paths: { '/o': folder, '/c': folder },
    variables: [],
    yanked: null,
    siblings,
    imagePresent: false,
    busy: null,
    ...more.facts,
  };
  const findings = lookAtAll(plan, facts);
  return {
    findings,
    refused: refusals(findings, checks).map(({ code, message, remedy }) => `${code}: ${message} | ${remedy}`),
    warned: findings
      .filter(({ severity }) => severity === 'warning')
      .map(({ check, found }) => `${check}: ${found}`),
  };
}

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
      'a GPU that no image is for',
      { smi: recorded.spark },
      [
        'gpu-unfit: this host has a GB10 (12.1); ampere-v0.1.1 is for 8.0, 8.6 | add 12.1 to an architecture of the definition, build and publish it; to start all the same: --force gpu',
      ],
    ],
    [
      'one of two kinds',
      { smi: recorded.mixed, labels: contract('ada', '8.9', cuda) },
      [
        'gpu-unfit: this host has a TITAN V (7.0); ada-v0.1.1 is for 8.9 | add 7.0 to an architecture of the definition, build and publish it; to start all the same: --force gpu',
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
      'an engine without the toolkit',
      { smi: recorded.ampere, engine: { runtimes: ['runc'] } },
      [
        expect.stringContaining(
          'toolkit-missing: docker 28.5.2 of this host cannot give a GPU to a container: there is neither the NVIDIA Container Toolkit nor a CDI specification of the GPUs | install the toolkit',
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
      { labels: cpu, facts: { busy: '20261123-1' } },
      [
        'output-busy: the run 20261123-1 is writing into the same output folder | name another folder with --output, or end that run: slipway stop 20261123-1; to start all the same: --force output-busy',
      ],
    ],
    [
      'a withdrawn version',
      {
        labels: cpu,
        facts: { yanked: { version: 'v0.1.1', reason: 'it loses checkpoints', at: '2026-11-20T10:00:00Z' } },
      },
      [
        'version-yanked: v0.1.1 was withdrawn on 2026-11-20: it loses checkpoints | take another version with --version; to start all the same: --force yank',
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
        "key-unsafe: the SSH key /k has mode 644: others may read it, and ssh refuses such a key | chmod 600 '/k'; to start all the same: --force ssh-key",
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
        "key-unsafe: the SSH key /k is user 7's with mode 600: the user in the container, 1000, may not read it | use a key of your own, or give it to the user who needs it: chown 1000 '/k'; to start all the same: --force ssh-key",
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
        "key-unsafe: /r/rclone.conf has mode 640: others may read the keys of your buckets | chmod 600 '/r/rclone.conf'; to start all the same: --force rclone",
      ],
    ],
    [
      'secrets that are not there',
      {
        labels: cpu,
        values: { environment: ['A', 'B=file:/b'] },
        facts: { paths: { '/o': folder, '/c': folder, '/b': missing } },
      },
      [
        'secret-missing: A is to come from the variable A of this shell, which is not set | export A first, or name another source: --env A=file:PATH or --env A=command:WORDS',
        'secret-missing: B is to come from /b, which does not exist | correct --env B=file:PATH',
      ],
    ],
    [
      "secrets that the container's user could not read",
      {
        labels: cpu,
        values: { environment: ['A'], user: '1001', output: '/p', cache: '/p' },
        facts: { variables: ['A'] },
      },
      [
        'not-allowed: the user in the container, 1001, could not read secrets that user 1000 hands over | --user 1000',
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
      'an image that is not ours',
      { labels: {}, values: { command: ['true'] } },
      'image: team/app:dev-v0.1.1 was not built by Slipway: which GPUs and driver it needs is not known, and not checked',
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

it('does not look at the folders of another host', () => {
  const facts = { here: false, paths: {} };
  const values = { ssh_key: '/k', rclone: '/r', data: ['/d'], environment: ['A'] };
  expect(look({ smi: recorded.ampere, engine: null, values, facts }).refused).toEqual([]);
});

it('knows the checks that can be overruled, and suggests the nearest', () => {
  expect(() => requireForcible(['gpu', 'options'])).not.toThrow();
  expect(() => requireForcible(['gqu'])).toThrow('--force gqu: there is no such check\n  fix: --force gpu');
  expect(() => requireForcible(['output'])).toThrow('--force output: this check cannot be overruled');
});
