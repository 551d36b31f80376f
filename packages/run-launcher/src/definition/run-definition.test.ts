import { Failure } from '@slipway/contract';
import { expect, it } from 'vitest';
import { refuseHostFacts } from './flags.ts';
import { completeRun, type Layer } from './run-definition.ts';

const file = (values: Layer['values']): Layer => ({ from: 'runs/run.toml', values, folder: '/runs' });
const flags = (values: Layer['values']): Layer => ({ from: 'flags', values, folder: '/here' });

it('lets flags win over a file, joins lists, and says where everything comes from', () => {
  const definition = completeRun(
    [
      file({
        output: 'out',
        cfg: 'a.yaml',
        opts: ['A', '1', 'B', '2'],
        environment: ['X', 'Y=file:y'],
        data: ['d'],
      }),
      flags({ cfg: 'b.yaml', opts: ['A', '3'], environment: ['Y=value:z'], data: ['e:/data/d'] }),
    ],
    '/home/ann',
  );
  expect(definition).toMatchObject({
    output: '/runs/out',
    cfg: 'b.yaml',
    opts: ['B', '2', 'A', '3'],
    environment: { X: { from: 'environment', name: 'X' }, Y: { from: 'value', value: 'z' } },
    data: [{ source: '/here/e', target: '/data/d' }],
    origins: {
      output: 'runs/run.toml',
      cfg: '--cfg',
      opts: 'runs/run.toml, --opts',
      environment: 'runs/run.toml, --env',
      data: 'runs/run.toml, --data',
      'opts.A': '--opts',
      'opts.B': 'runs/run.toml',
      'environment.X': 'runs/run.toml',
      'environment.Y': '--env',
      'data./data/d': '--data',
    },
  });
});

it('says everything that is wrong with a definition at once', () => {
  const wrong = () =>
    completeRun(
      [file({ gpus: 'two', update: ['x='] }), flags({ shm_size: 'lots', opts: ['A'], user: 'ann' })],
      '/h',
    );
  expect(wrong).toThrow(Failure);
  expect(wrong).toThrow(
    [
      'error[usage] --opts: KEY VALUE pairs: the number of words is odd\n  fix: see slipway run --help',
      'error[usage] --shm-size: a size such as 8g or 512m\n  fix: see slipway run --help',
      'error[usage] runs/run.toml: gpus: all, none, a number, or device=0,1 with each device once\n  fix: correct it; docs/launching.md lists the keys',
      'error[usage] --user: a user id such as 1000 or 1000:1000, or root\n  fix: see slipway run --help',
      'error[usage] runs/run.toml: update: NAME, NAME=REF or NAME=URL#REF, not "x="\n  fix: correct it; docs/launching.md lists the keys',
    ].join('\n'),
  );
});

it.each(['WANDB_API_KEY=5ecret-value', 'WANDB_API_KEY=ftp:5ecret-value', '5ecret-value', '=5ecret-value'])(
  'refuses %s, and does not repeat what may be a secret',
  (word) => {
    const refused = () => completeRun([flags({ environment: [word] })], '/h');
    expect(refused).toThrow(/--env/);
    expect(refused).not.toThrow(/5ecret/);
  },
);

it.each([
  ['application', { name: 'application', source: null, ref: null }],
  ['ibrida=v2.0', { name: 'ibrida', source: null, ref: 'v2.0' }],
  ['a=feature/x', { name: 'a', source: null, ref: 'feature/x' }],
  ['a=git@host:a/b.git#main', { name: 'a', source: 'git@host:a/b.git#main', ref: null }],
  ['a=/srv/git/a.git#main', { name: 'a', source: '/srv/git/a.git#main', ref: null }],
])('reads --update %s', (word, expected) => {
  expect(completeRun([flags({ update: [word] })], '/h').update).toEqual([expected]);
});

it.each(['device=0,0', 'device=0,1,0', 'device=GPU-a,GPU-a', 'device=', '0'])('refuses --gpus %s', (gpus) => {
  expect(() => completeRun([flags({ gpus })], '/h')).toThrow('--gpus: all, none, a number, or device=0,1');
});

it.each(['device=0', 'device=0,10,1', 'device=GPU-1,1', '4', 'all', 'none'])('takes --gpus %s', (gpus) => {
  expect(completeRun([flags({ gpus })], '/h').gpus).toBe(gpus);
});

it('takes an image or a version, and does not pass over one of them', () => {
  expect(() => completeRun([flags({ image: 'a/b:c', version: 'v9' })], '/h')).toThrow(
    'error[usage] --version: --image names the whole image, so it would be passed over',
  );
  const below = file({ image: 'a/b:c' });
  expect(() => completeRun([below, flags({ architecture: 'ampere' })], '/h')).toThrow(
    '--architecture: runs/run.toml: image names the whole image',
  );
  // A flag wins over a file.
  const above = [file({ version: 'v1', architecture: 'turing' }), flags({ image: 'a/b:c' })];
  expect(completeRun(above, '/h')).toMatchObject({ image: 'a/b:c', version: null, architecture: null });
  expect(Object.keys(completeRun(above, '/h').origins)).toEqual(['image']);
});

it('refuses two data folders in one place, and does not drop one of them', () => {
  expect(() => completeRun([flags({ data: ['X/train', 'Y/train'] })], '/h')).toThrow(
    '--data: both /here/X/train and /here/Y/train would be /data/train: say where each goes, FOLDER:/PLACE',
  );
  expect(completeRun([flags({ data: ['X/train', 'Y/train:/data/other/'] })], '/h').data).toEqual([
    { source: '/here/X/train', target: '/data/train' },
    { source: '/here/Y/train', target: '/data/other' },
  ]);
  // The same folder twice is no contradiction; a flag wins over a file.
  expect(completeRun([file({ data: ['a/t'] }), flags({ data: ['b/t', 'b/t'] })], '/h').data).toEqual([
    { source: '/here/b/t', target: '/data/t' },
  ]);
});

it.each<[string, Layer['values']]>([
  ['--update: ', { update: ['application=https://ann:t0ken-9@host/a.git#main'] }],
  ['--update: ', { update: ['application=https://t0ken-9@host/a.git#main'] }],
  ['--update: ', { update: ['application=https://ann:t0ken-9@host/a.git'] }],
  ['flags: source of the application: ', { application: { source: 'https://ann:t0ken-9@host/a.git#x' } }],
  [
    'flags: source of the companion b: ',
    { application: { companion: [{ name: 'b', path: '/b', source: 'ssh://ann:t0ken-9@host/b.git#x' }] } },
  ],
])('refuses a log-in in a URL without repeating it: %s%j', (place, values) => {
  const refused = () => completeRun([flags(values)], '/h');
  expect(refused).toThrow(`error[secret-in-options] ${place}a log-in stands in the URL`);
  expect(refused).not.toThrow(/t0ken/);
});

it.each(['ssh://git@host:22/a.git#main', 'git@host:a/b.git#main', 'https://host:8443/a.git#v1@2'])(
  'takes %s',
  (source) => {
    expect(completeRun([flags({ update: [`a=${source}`] })], '/h').update).toMatchObject([{ source }]);
  },
);

it('facts of another host start nothing here', () => {
  expect(() => refuseHostFacts({})).not.toThrow();
  expect(() => refuseHostFacts({ hostFacts: 'x' })).toThrow(
    'error[usage] --host-facts plans for another host',
  );
});
