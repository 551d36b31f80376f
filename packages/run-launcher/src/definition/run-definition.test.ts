import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '@slipway/contract';
import { expect, it } from 'vitest';
import { flagLayer, refuseHostFacts } from './flags.ts';
import { completeRun, draftDefinition, type Layer } from './run-definition.ts';
import { readRunFile } from './run-file.ts';

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

it('passes cfg and opts to a command of the same place or a lower one, and to no command above', () => {
  const options: Layer['values'] = { cfg: 'a.yaml', opts: ['A', '1'] };
  const below = completeRun([file(options), flags({ command: ['ls'], opts: ['B', '2'] })], '/h');
  expect(below).toMatchObject({ command: ['ls'], cfg: null, opts: ['B', '2'] });
  expect(Object.keys(below.origins)).toEqual(['command', 'opts', 'opts.B']);
  const above = completeRun([file({ command: ['ls'], ...options }), flags({ cfg: 'b.yaml' })], '/h');
  expect(above).toMatchObject({ command: ['ls'], cfg: 'b.yaml', opts: ['A', '1'] });
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
      'error[usage] --shm-size: "lots" is no size such as 8g or 512m\n  fix: did you mean 8g?',
      'error[usage] runs/run.toml: gpus: all, none, a number, or device=0,1 with each device once\n  fix: correct it; docs/launching.md lists the keys',
      'error[usage] --user: a user id such as 1000 or 1000:1000, up to 2147483647, or root\n  fix: see slipway run --help',
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
  ['8', '8 is 8 bytes, and a run takes 1m or more\n  fix: did you mean 8g?'],
  ['0', '0 is 0 bytes, and a run takes 1m or more\n  fix: did you mean 8g?'],
  ['0.5', '0.5 is 0.5 bytes, and'],
  ['1023k', '1023k is 1047552 bytes, and'],
  ['8589934592g', '8589934592g is more than an engine can count'],
  ['999999999999999g', '999999999999999g is more than an engine can count'],
  ['2000', '2000 is 2000 bytes, and a run takes 1m or more\n  fix: a unit is missing: 8g, 512m'],
  ['8gb', '"8gb" is no size such as 8g or 512m'],
])('refuses --shm-size %s', (shm_size, message) => {
  expect(() => completeRun([flags({ shm_size })], '/h')).toThrow(`error[usage] --shm-size: ${message}`);
});

it.each(['1m', '0.5g', '1048576', '8G', '8589934591g'])('takes --shm-size %s', (shm_size) => {
  expect(completeRun([flags({ shm_size })], '/h').shmSize).toBe(shm_size);
});

it.each(['2147483648', '1000:2147483648', '1000:', 'ann'])('refuses --user %s', (user) => {
  expect(() => completeRun([flags({ user })], '/h')).toThrow('error[usage] --user: a user id such as 1000');
});

it('takes the largest user id that engines take', () => {
  expect(completeRun([flags({ user: '2147483647:2147483647' })], '/h').user).toBe('2147483647:2147483647');
});

it.each([
  ["C=command:cat 'unclosed", 'a quotation mark in the command of C is not closed'],
  ['C=command:cat "it\'s', 'a quotation mark in the command of C is not closed'],
  ['C=command:"" x', 'the command of C begins with an empty word, and no program'],
])('refuses --env %s', (word, message) => {
  expect(() => completeRun([flags({ environment: [word] })], '/h')).toThrow(`error[usage] --env: ${message}`);
});

it('takes a command whose words are in quotation marks', () => {
  const word = `C=command:pass show "it's mine" x'y z'`;
  expect(completeRun([flags({ environment: [word] })], '/h').environment).toEqual({
    C: { from: 'command', command: ['pass', 'show', "it's mine", 'xy z'] },
  });
});

it('says which of several words of the environment is wrong', () => {
  const { problems } = draftDefinition([flags({ environment: ['A', '=b', '=c', 'D='] })], '/h');
  expect(problems.map(({ message }) => message)).toEqual([
    '--env: number 2: a name of letters, digits and "_" must come first',
    '--env: number 3: a name of letters, digits and "_" must come first',
    '--env: number 4: a value stands behind D=, where everyone can read it and records keep it',
  ]);
});

it.each([
  ['application', { name: 'application', source: null, ref: null }],
  ['ibrida=v2.0', { name: 'ibrida', source: null, ref: 'v2.0' }],
  ['a=feature/x', { name: 'a', source: null, ref: 'feature/x' }],
  ['a=git@host:a/b.git#main', { name: 'a', source: 'git@host:a/b.git#main', ref: null }],
  ['a=/srv/git/a.git#main', { name: 'a', source: '/srv/git/a.git#main', ref: null }],
])('reads --update %s', (word, expected) => {
  expect(completeRun([flags({ update: [word] })], '/h').update).toEqual([expected]);
});

it.each([
  'device=0,0',
  'device=0,00',
  'device=0:01',
  'device=0,1,0',
  'device=GPU-a,GPU-a',
  'device=',
  'device=0:',
  'device=0/1',
  '0',
])('refuses --gpus %s', (gpus) => {
  expect(() => completeRun([flags({ gpus })], '/h')).toThrow('--gpus: all, none, a number, or device=0,1');
});

it.each([
  'device=0',
  'device=0,10,1',
  'device=GPU-1,1',
  'device=0:0,0:1',
  'device=MIG-5c89,MIG-GPU-5c89/1/0',
  '4',
  'all',
  'none',
])('takes --gpus %s', (gpus) => {
  expect(completeRun([flags({ gpus })], '/h').gpus).toBe(gpus);
});

it('takes an image or a version, and does not pass over one of them', () => {
  expect(() => completeRun([flags({ image: 'a/b:c', version: 'v9' })], '/h')).toThrow(
    'error[usage] --version: --image names the whole image, so it would be passed over',
  );
  // A flag wins over a file.
  const below = [file({ image: 'a/b:c' }), flags({ architecture: 'ampere' })];
  expect(completeRun(below, '/h')).toMatchObject({ image: null, version: null, architecture: 'ampere' });
  expect(Object.keys(completeRun(below, '/h').origins)).toEqual(['architecture']);
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
  ['--update: ', { update: [`application=https://host/a.git?private_token=t0ken-9#${'a'.repeat(40)}`] }],
  ['--update: ', { update: ['application=https://host/a.git?a=b&access_token=t0ken-9'] }],
  ['--update: ', { update: ['application=ann:t0ken-9@host:a.git#main'] }],
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

it("joins an application's options by their keys, so that one of a run.toml's does not take away the others", () => {
  const known: Layer = {
    from: 'application linnaeus',
    values: {
      application: {
        command: ['python', 'main.py'],
        opts: ['OUT', '{output}', 'CACHE', '{cache}'],
        opts_with: { WANDB_API_KEY: ['WANDB.KEY', ''] },
        companion: [{ name: 'a', path: '/a' }],
      },
    },
    folder: '/',
  };
  const own = file({
    application: {
      opts: ['WORKERS', '4', 'CACHE', '/c'],
      opts_with: { B2_KEY: ['B2.KEY', ''] },
      companion: [{ name: 'b', path: '/b' }],
    },
  });
  const { application, origins } = completeRun([known, own], '/h');
  expect(application).toMatchObject({
    command: ['python', 'main.py'],
    opts: ['OUT', '{output}', 'WORKERS', '4', 'CACHE', '/c'],
    optsWith: { WANDB_API_KEY: ['WANDB.KEY', ''], B2_KEY: ['B2.KEY', ''] },
    companions: [{ name: 'a' }, { name: 'b' }],
  });
  expect(origins).toMatchObject({
    'application.opts.OUT': 'application linnaeus',
    'application.opts.CACHE': 'runs/run.toml',
  });
  const without = file({ application: { opts_with: { WANDB_API_KEY: [] } } });
  expect(completeRun([known, without], '/h').application.optsWith).toEqual({ WANDB_API_KEY: [] });
});

it('refuses options of an application that are no pairs', () => {
  const odd = file({ application: { opts: ['A'], opts_with: { KEY: ['B', '1', 'C'] } } });
  expect(draftDefinition([odd], '/h').problems.map(({ message }) => message)).toEqual([
    'runs/run.toml: application.opts_with.KEY: KEY VALUE pairs: the number of words is odd',
    'runs/run.toml: application.opts: KEY VALUE pairs: the number of words is odd',
  ]);
});

it.each<[Layer['values'], string]>([
  [{ output: '$HOME/out' }, 'output: "$HOME/out" begins with what only a shell fills in'],
  [{ cache: '~ann/cache' }, 'cache: "~ann/cache" begins with what only a shell fills in'],
  [{ data: ['$DATA/x'] }, 'data: "$DATA/x" begins with what only a shell fills in'],
  [{ environment: ['X=file:$HOME/x'] }, 'environment: "$HOME/x" begins with what only a shell fills in'],
  [{ output: 'a\nb' }, 'output: a path without line breaks'],
  [{ data: ['A:/y:ro'] }, 'data: "A:/y:ro": data is always read-only, which goes without saying'],
  [{ known_hosts: '/k' }, 'known_hosts: without an SSH key no host is asked'],
])('refuses %j', (values, message) => {
  expect(() => completeRun([file(values)], '/h')).toThrow(`error[usage] runs/run.toml: ${message}`);
});

it('takes a folder whose name begins with a dollar sign where it is meant', () => {
  expect(completeRun([file({ output: './$x', cache: '~/c' })], '/h')).toMatchObject({
    output: '/runs/$x',
    cache: '/h/c',
  });
});

it('names the devices that a list of numbers was meant for', () => {
  expect(() => completeRun([flags({ gpus: '0,1' })], '/h')).toThrow('fix: --gpus device=0,1');
});

it('holds flags against the schema of a run.toml, and looks at the rest without them', () => {
  const layer = flagLayer(
    { cache: '', output: '', cfg: '', workdir: 'rel', shmSize: 'lots', opts: ['A'], env: ['X'] },
    [],
    '/here',
  );
  const { definition, problems } = draftDefinition([file({ cfg: 'below' }), layer], '/h');
  expect(problems.map(({ message }) => message)).toEqual([
    '--cfg: "" is empty',
    '--output: "" is empty',
    '--cache: "" is empty',
    expect.stringContaining('--workdir: "rel" is not an absolute path'),
    '--opts: KEY VALUE pairs: the number of words is odd',
    '--shm-size: "lots" is no size such as 8g or 512m',
  ]);
  expect(definition).toMatchObject({ output: null, cache: null, environment: { X: { name: 'X' } } });
});

it('says of a folder that it is no run.toml', () => {
  expect(() => readRunFile(import.meta.dirname, '.')).toThrow('error[definition-missing]');
});

it('does not take a run.toml that is a link to nowhere for none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-run-file-'));
  try {
    expect(readRunFile(folder, undefined)).toEqual([]);
    symlinkSync('/nowhere/run.toml', join(folder, 'run.toml'));
    expect(() => readRunFile(folder, undefined)).toThrow(
      'error[definition-missing] run.toml: it is a link to /nowhere/run.toml, which does not exist',
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('drops the slash that a shell completes a folder with', () => {
  const { values } = flagLayer({ workdir: '/data/my set/' }, [], '/here');
  expect(values.workdir).toBe('/data/my set');
});
