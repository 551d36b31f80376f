import { parseRunFile } from '@slipway/contract';
import { expect, it } from 'vitest';
import { knownApplications } from '../definition/known-applications.ts';
import { completeRun, type Layer } from '../definition/run-definition.ts';
import { labelLayer } from '../facts/application-layers.ts';
import { dockerArguments } from '../schedulers/docker.ts';
import { podmanArguments } from '../schedulers/podman.ts';
import { draftRun, planRun, type RunFacts } from './plan-run.ts';
import { parseRunPlan, type RunPlan } from './run-plan.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const id = '20261123-100000-abcd';
const turing = {
  index: 0,
  uuid: null,
  name: 'NVIDIA GeForce RTX 2080 Ti',
  computeCapability: '7.5',
  driver: '570.211.01',
  memoryMiB: 11264,
};
const facts: RunFacts = {
  id,
  image: {
    reference: '127.0.0.1:5000/team/app:cpu-v0.1.0',
    digest,
    from: 'registry',
    bytes: 1000,
    labels: {
      'io.slipway.kind': 'runtime',
      'io.slipway.application.name': 'digits',
      'io.slipway.application.path': '/app/digits',
      'io.slipway.application.command': '["python","digits/main.py"]',
    },
    user: null,
    entrypoint: ['/usr/local/bin/slipway-entrypoint'],
    commit: null,
  },
  application: 'digits',
  home: '/home/ann',
  runFolder: `/srv/.slipway/runs/${id}`,
  gpus: [],
  gpuAccess: 'toolkit',
  updates: [],
  knownHosts: null,
  rcloneIsFile: false,
  profile: {},
  origins: {},
};
const flags = (values: Layer['values']): Layer => ({ from: 'flags', values, folder: '/srv' });
const plan = (values: Layer['values'], more: Partial<RunFacts> = {}, options = {}) =>
  planRun(
    completeRun([...labelLayer(more.image ?? facts.image), flags(values)], '/home/ann'),
    { ...facts, ...more },
    options,
  );
const attached = { secrets: null, detached: false, aloof: true };

it('plans a run from nothing but an image', () => {
  const expected: RunPlan = {
    slipwayRunPlan: 4,
    id,
    scheduler: 'docker',
    image: facts.image,
    application: 'digits',
    entrypoint: null,
    command: ['python', 'digits/main.py'],
    workingFolder: '/app/digits',
    mounts: [
      { source: `/srv/.slipway/runs/${id}/output`, target: '/output', readOnly: false },
      { source: '/home/ann/.cache/digits', target: '/root/.cache/digits', readOnly: false },
    ],
    tmpfs: [],
    environment: { SLIPWAY_RUN_ID: id },
    secrets: {},
    ssh: null,
    updates: [],
    shmSize: '8g',
    gpus: null,
    processes: 1,
    user: null,
    init: false,
    terminal: false,
    network: null,
    stop: { signal: 'SIGINT', seconds: 120 },
    labels: {
      'io.slipway.run': id,
      'io.slipway.image': '127.0.0.1:5000/team/app:cpu-v0.1.0',
      'io.slipway.run.folder': `/srv/.slipway/runs/${id}`,
      'io.slipway.run.output': `/srv/.slipway/runs/${id}/output`,
    },
    forced: [],
    origins: {
      application: "the image's label",
      'application.command': "the image's label",
      'application.name': "the image's label",
      'application.path': "the image's label",
      cache: 'default',
      command: "the image's label",
      'environment.SLIPWAY_RUN_ID': 'the id of the run',
      gpus: 'default: all that the image can use',
      image: 'version and architecture',
      network: "default: the engine's",
      output: 'default: a new folder',
      processes: 'default: one for each GPU',
      scheduler: 'default',
      shm_size: 'default',
      stop_seconds: 'default',
      user: 'default: root',
      workdir: "the image's label",
    },
  };
  expect(plan({})).toEqual(expected);
  expect(parseRunPlan(JSON.stringify(expected), 'plan.json')).toEqual(expected);
});

it.each<[string, Layer['values'], Partial<RunPlan> | object]>([
  ['--output', { output: 'out' }, { mounts: [{ source: '/srv/out' }, {}] }],
  ['--cache', { cache: '~/cache' }, { mounts: [{}, { source: '/home/ann/cache' }] }],
  ['--cfg', { cfg: 'configs/x.yaml' }, { command: ['python', 'digits/main.py', '--cfg', 'configs/x.yaml'] }],
  [
    '--opts',
    { opts: ['A.B', "it's -1"] },
    { command: ['python', 'digits/main.py', '--opts', 'A.B', "it's -1"] },
  ],
  ['a command', { command: ['nvidia-smi', '-L'] }, { command: ['nvidia-smi', '-L'] }],
  ['--shm-size', { shm_size: '64m' }, { shmSize: '64m', origins: { shm_size: '--shm-size' } }],
  ['--gpus all', { gpus: 'all' }, { gpus: { devices: 'all', access: 'toolkit' } }],
  ['--gpus 2', { gpus: '2', processes: 1 }, { gpus: { devices: ['0', '1'], access: 'toolkit' } }],
  ['--workdir', { workdir: '/elsewhere' }, { workingFolder: '/elsewhere' }],
  ['--stop-seconds', { stop_seconds: 9 }, { stop: { seconds: 9 } }],
  ['--scheduler', { scheduler: 'podman' }, { scheduler: 'podman' }],
  ['--force', { force: ['gpu', 'gpu'] }, { forced: ['gpu'] }],
  [
    '--data',
    { data: ['/datasets/inat', 'd:/data/x'] },
    {
      mounts: [
        {},
        {},
        { source: '/datasets/inat', target: '/data/inat', readOnly: true },
        { source: '/srv/d', target: '/data/x', readOnly: true },
      ],
    },
  ],
  [
    '--user',
    { user: '1000:1000' },
    {
      user: '1000:1000',
      environment: { HOME: '/tmp', USER: 'slipway', LOGNAME: 'slipway' },
      mounts: [{}, { target: '/tmp/.cache/digits' }],
      tmpfs: ['/tmp/.cache'],
    },
  ],
  [
    '--env, by reference',
    { environment: ['WANDB_API_KEY', 'B=file:b.key', 'C=command:pass show "b 2"', 'D=value:x=y'] },
    {
      environment: { D: 'x=y' },
      secrets: {
        WANDB_API_KEY: { from: 'environment', name: 'WANDB_API_KEY' },
        B: { from: 'file', path: '/srv/b.key' },
        C: { from: 'command', command: ['pass', 'show', 'b 2'] },
      },
    },
  ],
])('takes %s', (_flag, values, expected) => {
  expect(plan(values)).toMatchObject(expected);
});

it.each<[string, Layer['values'], string[]]>([
  ['rclone', { rclone: '/r' }, ['/tmp/.cache', '/tmp/.config']],
  ['data below the same', { data: ['/d:/tmp/.cache/torch/hub'] }, ['/tmp/.cache', '/tmp/.cache/torch']],
  // What a person mounts is theirs, and so is what the image has below /tmp.
  ['data that is one of them', { data: ['/d:/tmp/.config', '/e:/tmp/.config/x'] }, ['/tmp/.cache']],
  ['data elsewhere', { data: ['/d:/tmp/data/x'] }, ['/tmp/.cache']],
])(
  'lets another user than root write into the folders of the home above mounts: %s',
  (_what, values, folders) => {
    const planned = plan({ ...values, user: '1000' });
    expect(planned.tmpfs).toEqual(folders);
    expect(plan(values).tmpfs).toEqual([]);
    for (const render of [dockerArguments, podmanArguments]) {
      const args = render(planned, attached).filter((word) => word.startsWith('--tmpfs'));
      expect(args).toEqual(folders.map((folder) => `--tmpfs=${folder}:exec,mode=1777`));
    }
  },
);

it('gives an image those GPUs of the host that it can use, by their numbers beside others', () => {
  const a100 = { ...turing, index: 1, name: 'NVIDIA A100', computeCapability: '8.0' };
  const image = (capabilities: string) => ({
    ...facts.image,
    labels: {
      ...facts.image.labels,
      'io.slipway.architecture': 'x',
      'io.slipway.python': '3.12',
      'io.slipway.gpu.compute-capabilities': capabilities,
      'io.slipway.gpu.torch-cuda-arch-list': capabilities,
      'io.slipway.gpu.flash-attn-cuda-archs': '',
      'io.slipway.jit': 'false',
      'io.slipway.gpu.cuda': '12.6',
      'io.slipway.gpu.minimum-driver': '525.60.13',
    },
  });
  const gpus = [turing, a100];
  const some = plan({}, { gpus, image: image('8.0;8.6') });
  expect(some).toMatchObject({
    gpus: { devices: ['1'] },
    processes: 1,
    environment: { CUDA_VISIBLE_DEVICES: '0' },
    origins: { gpus: 'default: all that the image can use' },
  });
  expect(plan({}, { gpus, image: image('7.5;8.0') }).gpus?.devices).toBe('all');
  // Refused by a check, for all of them.
  expect(plan({}, { gpus, image: image('9.0') }).gpus?.devices).toBe('all');
  expect(plan({ gpus: 'all' }, { gpus, image: image('8.0;8.6') }).gpus?.devices).toBe('all');
});

it('gives an image all GPUs of the host that it can use, and several training processes', () => {
  const gpus = [turing, turing];
  const labels = facts.image.labels;
  const several = plan(
    { cfg: 'c' },
    { gpus, profile: { shm_size: '64g', environment: { NCCL_NVLS_ENABLE: '0' } } },
  );
  expect(several).toMatchObject({
    gpus: { devices: 'all', access: 'toolkit' },
    processes: 2,
    shmSize: '64g',
    environment: { CUDA_VISIBLE_DEVICES: '0,1', NCCL_NVLS_ENABLE: '0' },
  });
  expect(several.command.join(' ')).toBe(
    'python -m torch.distributed.run --nproc-per-node 2 --standalone --local-addr 127.0.0.1 digits/main.py --cfg c',
  );
  expect(several.origins.shm_size).toBe('settings of this machine');
  // One GPU, or an image that is for none.
  expect(plan({}, { gpus: [turing] })).toMatchObject({ processes: 1, command: ['python', 'digits/main.py'] });
  const forNone = {
    'io.slipway.architecture': 'cpu',
    'io.slipway.python': '3.12',
    'io.slipway.gpu.compute-capabilities': '',
    'io.slipway.gpu.torch-cuda-arch-list': '',
    'io.slipway.gpu.flash-attn-cuda-archs': '',
    'io.slipway.jit': 'false',
  };
  expect(plan({}, { gpus, image: { ...facts.image, labels: { ...labels, ...forNone } } }).gpus).toBeNull();
  expect(several.origins['environment.NCCL_NVLS_ENABLE']).toBe('settings of this machine');
  expect(several.origins['environment.CUDA_VISIBLE_DEVICES']).toBe('gpus');
});

it("distributes a Python command of a person as the application's own, and no other", () => {
  const gpus = [turing, turing];
  const python = plan({ command: ['python', 'x.py'] }, { gpus });
  expect(python).toMatchObject({ processes: 2 });
  expect(python.command.slice(0, 3)).toEqual(['python', '-m', 'torch.distributed.run']);
  const shell = plan({ command: ['bash', 'x'] }, { gpus });
  expect(shell).toMatchObject({
    processes: 1,
    command: ['bash', 'x'],
    environment: { CUDA_VISIBLE_DEVICES: '0,1' },
  });
  expect(shell.origins.processes).toBe('default: the command is no Python program');
  expect(plan({ command: ['torchrun', 'x.py'] }, { gpus })).toMatchObject({
    processes: 1,
    command: ['torchrun', 'x.py'],
  });
  expect(() => plan({ command: ['bash', 'x'], processes: 2 })).toThrow('"bash x" is no Python program');
  expect(() => plan({ command: ['torchrun', 'x.py'], processes: 2 })).toThrow('starts its processes itself');
});

it('becomes exactly this docker command', () => {
  const values = { output: '/o, "p"', cache: '/c', gpus: 'device=0,1', processes: 1, opts: ['K', 'a b'] };
  expect(dockerArguments(plan(values), attached)).toEqual([
    'run',
    `--name=slipway-${id}`,
    '--pull=never',
    '--sig-proxy=false',
    `--label=io.slipway.run=${id}`,
    '--label=io.slipway.image=127.0.0.1:5000/team/app:cpu-v0.1.0',
    `--label=io.slipway.run.folder=/srv/.slipway/runs/${id}`,
    '--label=io.slipway.run.output=/o, "p"',
    '--mount=type=bind,"source=/o, ""p""",target=/output',
    '--mount=type=bind,source=/c,target=/root/.cache/digits',
    `--env=SLIPWAY_RUN_ID=${id}`,
    '--env=CUDA_VISIBLE_DEVICES=0,1',
    '--shm-size=8g',
    '--gpus="device=0,1"',
    '--workdir=/app/digits',
    '--stop-signal=SIGINT',
    '--stop-timeout=120',
    `127.0.0.1:5000/team/app@${digest}`,
    'python',
    'digits/main.py',
    '--opts',
    'K',
    'a b',
  ]);
});

it.each([
  ['docker with the toolkit', dockerArguments, 'toolkit', 'all', ['--gpus=all']],
  ['docker with CDI', dockerArguments, 'cdi', 'all', ['--device=nvidia.com/gpu=all']],
  ['podman', podmanArguments, 'toolkit', 'all', ['--device=nvidia.com/gpu=all']],
  [
    'podman, two of them',
    podmanArguments,
    'cdi',
    '2',
    ['--device=nvidia.com/gpu=0', '--device=nvidia.com/gpu=1'],
  ],
  ['docker for a part of one', dockerArguments, 'toolkit', 'device=0:1', ['--gpus=device=0:1']],
  [
    'docker for parts of one, by old names',
    dockerArguments,
    'toolkit',
    'device=MIG-GPU-a/1/0,MIG-GPU-a/2/0',
    ['--gpus="device=MIG-GPU-a/1/0,MIG-GPU-a/2/0"'],
  ],
  ['podman for a part of one', podmanArguments, 'cdi', 'device=0:1', ['--device=nvidia.com/gpu=0:1']],
  ['podman for one by UUID', podmanArguments, 'cdi', 'device=GPU-a', ['--device=nvidia.com/gpu=GPU-a']],
] as const)('asks %s for GPUs', (_name, render, gpuAccess, gpus, expected) => {
  const args = render(plan({ gpus, processes: 1 }, { gpuAccess }), attached);
  expect(args.filter((word) => /^--(?:gpus|device)/.test(word))).toEqual(expected);
});

it('counts parts of GPUs as CUDA does, which shows a program the first alone', () => {
  const several = plan({ gpus: 'device=0:0,0:1' }, { gpus: [turing] });
  expect(several).toMatchObject({ processes: 1, environment: { CUDA_VISIBLE_DEVICES: '0' } });
});

it.each([
  ['polli-labs/linnaeus:dev', 'docker.io/polli-labs/linnaeus'],
  ['python:3.12', 'docker.io/library/python'],
  ['localhost:5000/a/b', 'localhost:5000/a/b'],
])('names the registry of %s, since podman guesses none', (reference, name) => {
  for (const render of [dockerArguments, podmanArguments]) {
    expect(render(plan({}, { image: { ...facts.image, reference } }), attached)).toContain(
      `${name}@${digest}`,
    );
  }
});

it('plans a shell with the same folders, bash as entry point and an init process', () => {
  const shell = plan({ output: '/o', environment: ['KEY'] }, {}, { shell: true });
  expect(shell).toMatchObject({ entrypoint: '/bin/bash', command: [], terminal: true, init: true });
  const args = dockerArguments(shell, { secrets: '/dev/shm/s', detached: false, remove: true });
  expect(args).toEqual(
    expect.arrayContaining(['--rm', '--interactive', '--tty', '--init', '--entrypoint=/bin/sh']),
  );
  expect(args).toContain('--mount=type=bind,source=/dev/shm/s,target=/run/slipway/secrets');
  expect(args.at(-1)).toBe('/bin/bash');
});

it('runs an image of the engine by its id, with an init process where nobody knows of one', () => {
  const image = { ...facts.image, from: 'engine' as const, labels: {}, entrypoint: [] };
  const local = plan({ command: ['true'], workdir: '/x' }, { image });
  expect(local).toMatchObject({ init: true, workingFolder: '/x' });
  expect(dockerArguments(local, attached).slice(-2)).toEqual([digest, 'true']);
});

it.each([
  ["Slipway's own", '/usr/local/bin/slipway-entrypoint', false, '', '/bin/sh'],
  ['none', '', true, '', '/bin/sh'],
  ['a program', 'python train.py', true, '--entrypoint=/bin/sh', 'python train.py'],
  [
    'a program below an init process',
    'tini -- python train.py',
    false,
    '--entrypoint=tini',
    'python train.py',
  ],
])('puts its start script before an entry point that is %s', (_what, words, init, flag, own) => {
  const entrypoint = words.split(' ').filter(Boolean);
  const started = plan(
    { environment: ['KEY'], command: ['--lr', '1'] },
    { image: { ...facts.image, entrypoint } },
  );
  expect(started.init).toBe(init);
  const args = dockerArguments(started, { ...attached, secrets: '/s' });
  expect(args.filter((word) => word.startsWith('--entrypoint'))).toEqual(flag === '' ? [] : [flag]);
  const above = args.slice(
    args.indexOf(`127.0.0.1:5000/team/app@${digest}`) + 1,
    args.indexOf('slipway-start'),
  );
  const shell = flag === '--entrypoint=/bin/sh' ? [] : ['/bin/sh'];
  expect(above).toEqual([
    ...(flag === '--entrypoint=tini' ? ['--'] : []),
    ...shell,
    '-c',
    expect.any(String),
  ]);
  const below = args.slice(args.indexOf('slipway-start') + 1);
  expect(below.join(' ')).toBe(own === '/bin/sh' ? '--lr 1' : `${own} --lr 1`);
  // Without a script the engine puts the entry point before the command by itself.
  const plain = dockerArguments(
    plan({ command: ['x'] }, { image: { ...facts.image, entrypoint } }),
    attached,
  );
  expect(plain.some((word) => word.startsWith('--entrypoint'))).toBe(false);
});

/** The run.toml of docs/launching.md beside the command of the linnaeus guide: the same in effect. */
it("is the linnaeus guide's own command", () => {
  const text = `
    image = "polli-labs/linnaeus:dev"
    cfg = "configs/experiments/your_experiment.yaml"
    output = "/scratch/linnaeus_runs/your_experiment"
    cache = "/scratch/linnaeus_cache"
    ssh_key = "~/.ssh/github_deploy_key_linnaeus"
    rclone = "~/.config/rclone"
    environment = ["WANDB_API_KEY"]
    update = ["application", "ibrida"]
    opts = [
      "ENV.INPUT.BUCKET.REMOTE", "your_b2_remote",
      "ENV.INPUT.BUCKET.BUCKET", "your_b2_bucket",
      "ENV.OUTPUT.BUCKET.REMOTE", "your_b2_remote",
      "ENV.OUTPUT.BUCKET.BUCKET", "your_b2_bucket",
    ]`;
  const layers: Layer[] = [
    { from: 'application linnaeus', values: { application: knownApplications.linnaeus }, folder: '/' },
    { from: 'run.toml', values: parseRunFile('run.toml', text), folder: '/srv' },
  ];
  const updates = [
    ['linnaeus', '/app/linnaeus'],
    ['ibrida', '/app/ibrida_src'],
  ].map(([name = '', path = '']) => ({
    name,
    path,
    url: `git@github.com:polli-labs/${name}.git`,
    ref: 'main',
    commit: 'c'.repeat(40),
  }));
  const image = { ...facts.image, reference: 'polli-labs/linnaeus:dev', labels: {} };
  const linnaeus = planRun(completeRun(layers, '/home/ann'), {
    ...facts,
    image,
    application: 'linnaeus',
    gpus: [turing],
    updates,
    knownHosts: '/home/ann/.ssh/known_hosts',
  });
  expect(linnaeus).toMatchObject({
    // docker run --gpus all --shm-size="8g"
    gpus: { devices: 'all' },
    shmSize: '8g',
    // -v ... -v ... -v ... -v ...
    mounts: [
      { source: '/scratch/linnaeus_runs/your_experiment', target: '/output', readOnly: false },
      { source: '/scratch/linnaeus_cache', target: '/root/.cache/linnaeus', readOnly: false },
      { source: '/home/ann/.ssh/github_deploy_key_linnaeus', target: '/root/.ssh/id_rsa', readOnly: true },
      { source: '/home/ann/.ssh/known_hosts', target: '/run/slipway/ssh/known_hosts', readOnly: true },
      { source: '/home/ann/.config/rclone', target: '/root/.config/rclone', readOnly: true },
    ],
    // -e WANDB_API_KEY
    secrets: { WANDB_API_KEY: { from: 'environment', name: 'WANDB_API_KEY' } },
    // git pull origin main, twice
    updates,
    // In the checkout, where `python linnaeus/main.py` is found; the guide's own last `cd` is to the companion.
    workingFolder: '/app/linnaeus',
  });
  expect(linnaeus.command).toEqual([
    ...['python', 'linnaeus/main.py', '--cfg', 'configs/experiments/your_experiment.yaml', '--opts'],
    ...['ENV.OUTPUT.BASE_DIR', '/output', 'ENV.INPUT.CACHE_DIR', '/root/.cache/linnaeus'],
    ...['EXPERIMENT.WANDB.KEY', ''],
    ...['ENV.INPUT.BUCKET.REMOTE', 'your_b2_remote', 'ENV.INPUT.BUCKET.BUCKET', 'your_b2_bucket'],
    ...['ENV.OUTPUT.BUCKET.REMOTE', 'your_b2_remote', 'ENV.OUTPUT.BUCKET.BUCKET', 'your_b2_bucket'],
  ]);
  expect(linnaeus.origins).toMatchObject({
    opts: 'run.toml',
    command: 'application linnaeus',
    known_hosts: 'default: ~/.ssh/known_hosts',
    workdir: 'application linnaeus',
    'opts.ENV.OUTPUT.BASE_DIR': 'application linnaeus',
    'opts.EXPERIMENT.WANDB.KEY': 'application linnaeus, because of WANDB_API_KEY',
    'opts.ENV.INPUT.BUCKET.REMOTE': 'run.toml',
    'environment.WANDB_API_KEY': 'run.toml',
    'update.ibrida': 'run.toml',
  });
});

it('passes an option once where a person gives what the application would pass by itself', () => {
  const application = { command: ['a'], opts: ['OUT', '{output}', 'X', '1'], opts_with: { KEY: ['K', ''] } };
  const values = { application, environment: ['KEY'], opts: ['X', '2', 'K', ''] };
  expect(plan(values).command).toEqual(['a', '--opts', 'OUT', '/output', 'X', '2', 'K', '']);
  expect(plan({ application }).command).toEqual(['a', '--opts', 'OUT', '/output', 'X', '1']);
});

it.each<[string, string | null, string | undefined, Partial<RunPlan> | object]>([
  ["the image's own user", '1000', undefined, { user: '1000', origins: { user: 'the image' } }],
  ['a name', 'ann', undefined, { user: 'ann', environment: { HOME: '/tmp', USER: 'ann' } }],
  ["root in the image's own words", 'root', undefined, { user: null, origins: { user: 'default: root' } }],
  ["another user than the image's", '1000', '7:7', { user: '7:7', origins: { user: '--user' } }],
  [
    "root instead of the image's",
    '1000',
    'root',
    {
      user: '0',
      environment: { HOME: '/root', USER: 'root' },
      mounts: [{}, { target: '/root/.cache/digits' }],
    },
  ],
  ["root, as the image's is", null, 'root', { user: null }],
])('starts the container as %s', (_what, own, asked, expected) => {
  const image = { ...facts.image, user: own };
  const started = plan(asked === undefined ? {} : { user: asked }, { image });
  expect(started).toMatchObject(expected);
  const flag = started.user === null ? [] : [`--user=${started.user}`];
  expect(dockerArguments(started, attached).filter((word) => word.startsWith('--user'))).toEqual(flag);
});

it.each([
  '/output',
  '/root/.cache/digits',
  '/run/slipway',
  '/root/.cache/',
  '/app/digits',
  '/app',
  '/app/other',
  '/proc',
  '/proc/x',
  '/sys/x',
  '/dev',
  '/dev/shm',
  '/etc',
  '/usr',
  '/usr/local/bin',
  '/tmp',
  '/opt',
  '/opt/venv',
  '/opt/venv/lib/x',
])('refuses data at %s, which the run itself needs', (place) => {
  const other = { name: 'o', path: '/app/other', url: 'u', ref: 'main', commit: 'c'.repeat(40) };
  expect(() => plan({ data: [`/tmp:${place}`] }, { updates: [other] })).toThrow(
    /error\[usage\] --data \/tmp:\S+: the run itself needs/,
  );
});

it('takes data inside of the checkout, and where a person starts', () => {
  const places = [
    '/app/digits/data',
    '/work',
    '/opt/data',
    '/etc/ssl/mine',
    '/developer',
    '/data/x',
    '/data/x/y',
  ];
  expect(
    plan({ data: places.map((place) => `/tmp:${place}`), workdir: '/work' })
      .mounts.slice(2)
      .map(({ target }) => target),
  ).toEqual(places);
});

it("refuses data in the place of a foreign image's entry point, and knows nothing of its Python", () => {
  const image = { ...facts.image, labels: {}, entrypoint: ['/opt/start/run.sh'] };
  const at = (place: string) => () => plan({ data: [`/tmp:${place}`], command: ['x'] }, { image });
  expect(at('/opt/start')).toThrow('--data /tmp:/opt/start: the run itself needs /opt/start/run.sh');
  expect(at('/opt/venv')).not.toThrow();
});

it('plans as far as it can, and says everything that is against it', () => {
  const image = { ...facts.image, labels: {} };
  const definition = completeRun([flags({ opts: ['A', 'b'], data: ['/tmp:/output'] })], '/home/ann');
  const { plan: drafted, problems, missing } = draftRun(definition, { ...facts, image });
  expect([...problems, ...missing].map(({ message }) => message)).toEqual([
    '--data /tmp:/output: the run itself needs /output',
    '127.0.0.1:5000/team/app:cpu-v0.1.0 does not say how its application is started',
  ]);
  expect(drafted.command).toEqual(['--opts', 'A', 'b']);
});

it('leaves a variable that is given by reference to the container, whatever else would set it', () => {
  const gpus = [turing, { ...turing, index: 1 }];
  const profile = { environment: { NCCL_NVLS_ENABLE: '0', NCCL_DEBUG: 'INFO' } };
  const environment = ['NCCL_NVLS_ENABLE', 'CUDA_VISIBLE_DEVICES', 'NCCL_DEBUG=value:WARN'];
  const planned = plan({ environment }, { gpus, profile });
  expect(planned.environment).toEqual({ SLIPWAY_RUN_ID: id, NCCL_DEBUG: 'WARN' });
  expect(Object.keys(planned.secrets)).toEqual(['NCCL_NVLS_ENABLE', 'CUDA_VISIBLE_DEVICES']);
  expect(planned.origins).toMatchObject({
    'environment.NCCL_NVLS_ENABLE': '--env',
    'environment.NCCL_DEBUG': '--env',
  });
});

it('says that a name comes from the repository', () => {
  const image = { ...facts.image, labels: {} };
  expect(plan({ command: ['true'] }, { image }).origins['application.name']).toBe("the image's repository");
});

it.each<[string, object]>([
  ['shmSize', { shmSize: 'lots' }],
  ['mounts', { mounts: [] }],
  ['mounts.0.source', { mounts: [{ source: 'out', target: '/output', readOnly: false }] }],
  ['mounts.0.source', { mounts: [{ source: '/a\nb', target: '/output', readOnly: false }] }],
  ['id', { id: '-rf' }],
  ['stop.seconds', { stop: { signal: 'SIGINT', seconds: -1 } }],
  ['processes', { processes: 0 }],
  ['secrets.A; touch /x', { secrets: { 'A; touch /x': { from: 'environment', name: 'A' } } }],
  ['environment.A B', { environment: { 'A B': 'x' } }],
  ['secrets.A.name', { secrets: { A: { from: 'environment', name: 'A:-$(id)' } } }],
])('refuses a saved plan with another %s than it writes', (field, change) => {
  const edited = JSON.stringify({ ...plan({}), ...change });
  expect(() => parseRunPlan(edited, 'p.json')).toThrow(`it is not the plan of a run (${field} `);
});

it('tells no value of a saved plan that is wrong: it may be a secret', () => {
  const edited = JSON.stringify({
    ...plan({}),
    secrets: { WANDB_API_KEY: 'planted', B: { from: 'planted' } },
    environment: { 'A B': 'planted' },
  });
  const read = () => parseRunPlan(edited, 'p.json');
  expect(read).toThrow(/^error\[plan-unreadable\] p\.json: .*secrets\.WANDB_API_KEY is /);
  expect(read).not.toThrow('planted');
});
