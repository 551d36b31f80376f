import { Failure } from '@slipway/contract';
import { expect, it } from 'vitest';
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
      'error[usage] runs/run.toml: gpus: all, none, a number, or device=0,1\n  fix: correct it; docs/launching.md lists the keys',
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
