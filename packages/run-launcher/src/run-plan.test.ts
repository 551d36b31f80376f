import { expect, it } from 'vitest';
import { parseRunDefinition } from './run-definition.ts';
import { planRun, type RunFacts } from './run-plan.ts';
import { dockerArguments } from './schedulers/docker.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const facts: RunFacts = {
  id: '20261123-100000-abcd',
  image: {
    reference: '127.0.0.1:5000/team/app:cpu-v0.1.0',
    digest,
    labels: {
      'io.slipway.application.name': 'digits',
      'io.slipway.application.path': '/app/digits',
      'io.slipway.application.command': '["python","digits/main.py"]',
    },
  },
  folder: '/work',
  home: '/home/ann',
  runFolder: '/work/.slipway/runs/20261123-100000-abcd',
};

it('plans a run from nothing but an image', () => {
  expect(planRun(parseRunDefinition({}), facts)).toEqual({
    slipwayRunPlan: 1,
    id: '20261123-100000-abcd',
    scheduler: 'docker',
    image: { reference: '127.0.0.1:5000/team/app:cpu-v0.1.0', digest },
    command: ['python', 'digits/main.py'],
    workingFolder: '/app/digits',
    mounts: [
      { source: '/work/.slipway/runs/20261123-100000-abcd/output', target: '/output', readOnly: false },
      { source: '/home/ann/.cache/digits', target: '/root/.cache/digits', readOnly: false },
    ],
    environment: { SLIPWAY_RUN_ID: '20261123-100000-abcd' },
    shmSize: '8g',
    gpus: null,
    stop: { signal: 'SIGINT', seconds: 120 },
    labels: {
      'io.slipway.run': '20261123-100000-abcd',
      'io.slipway.image': '127.0.0.1:5000/team/app:cpu-v0.1.0',
    },
  });
});

it.each([
  ['--output', { output: 'out' }, { mounts: [{ source: '/work/out' }, {}] }],
  ['--cache', { cache: '/data/cache' }, { mounts: [{}, { source: '/data/cache' }] }],
  ['--cfg', { cfg: 'configs/x.yaml' }, { command: ['python', 'digits/main.py', '--cfg', 'configs/x.yaml'] }],
  [
    '--opts',
    { opts: ['A.B', "it's -1"] },
    { command: ['python', 'digits/main.py', '--opts', 'A.B', "it's -1"] },
  ],
  ['a command', { command: ['nvidia-smi', '-L'] }, { command: ['nvidia-smi', '-L'] }],
  ['--shm-size', { shmSize: '64m' }, { shmSize: '64m' }],
  ['--gpus', { gpus: 'all' }, { gpus: 'all' }],
])('takes %s', (_flag, definition, expected) => {
  expect(planRun(parseRunDefinition(definition), facts)).toMatchObject(expected);
});

it('becomes exactly this docker command', () => {
  const definition = parseRunDefinition({ output: '/o', cache: '/c', gpus: 'all', opts: ['K', 'a b'] });
  expect(dockerArguments(planRun(definition, facts))).toEqual([
    'create',
    '--name=slipway-20261123-100000-abcd',
    '--label',
    'io.slipway.run=20261123-100000-abcd',
    '--label',
    'io.slipway.image=127.0.0.1:5000/team/app:cpu-v0.1.0',
    '--mount',
    'type=bind,source=/o,target=/output',
    '--mount',
    'type=bind,source=/c,target=/root/.cache/digits',
    '--env',
    'SLIPWAY_RUN_ID=20261123-100000-abcd',
    '--shm-size=8g',
    '--gpus=all',
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

it('says everything that is wrong with a definition at once', () => {
  expect(() => parseRunDefinition({ shmSize: 'lots', opts: ['A'] })).toThrow(
    'error[usage] --shm-size: a size such as 8g or 512m\n  fix: see slipway run --help\n' +
      'error[usage] --opts: KEY VALUE pairs: the number of words is odd\n  fix: see slipway run --help',
  );
});
