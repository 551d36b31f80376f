import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { failed, recorded } from '../testing/nvidia-smi.ts';
import { parseHostFacts } from './host-facts.ts';
import { lookAt } from './path-facts.ts';
import { openProbes } from './probes.ts';
import { versionOfTag } from './published.ts';
import { placeUpdate, updatableTrees } from './updates.ts';

it('takes the bare answer of nvidia-smi as the facts of another host, or those that doctor printed there', () => {
  const bare = parseHostFacts(recorded.turing, 'gpus.csv');
  expect(bare).toEqual({
    gpus: [
      {
        index: 0,
        uuid: null,
        name: 'NVIDIA GeForce RTX 2080 Ti',
        computeCapability: '7.5',
        driver: '570.211.01',
        memoryMiB: 11264,
      },
    ],
    instead: null,
    engine: null,
    toolkitHook: false,
  });
  expect(parseHostFacts(JSON.stringify({ host: bare, findings: [] }), 'doctor.json')).toEqual(bare);
  const unplaced = { ...bare, gpus: bare.gpus.map(({ index, uuid, ...gpu }) => gpu) };
  expect(parseHostFacts(JSON.stringify(unplaced), 'x')).toEqual(bare);
  expect(() => parseHostFacts('hello', 'x')).toThrow('these are no facts of a host: no line of it is a GPU');
  expect(parseHostFacts('No devices were found\r\n', 'x')).toEqual({
    gpus: [],
    instead: 'No devices were found',
    failure: 'nvidia-smi says: No devices were found',
    engine: null,
    toolkitHook: false,
  });
  expect(parseHostFacts(failed.noDriver, 'x').failure).toBe(`nvidia-smi says: ${failed.noDriver}`);
  const old = parseHostFacts('name, driver_version\nTesla K80, 470.182.03\n', 'x');
  expect(old.oldDriver).toEqual({ version: '470.182.03', gpus: ['Tesla K80'] });
  expect(parseHostFacts(JSON.stringify({ host: old }), 'doctor.json')).toEqual(old);
  expect(() => parseHostFacts(failed.oldDriver, 'x')).toThrow(
    'its driver does not know compute_cap; ask it for less: nvidia-smi --query-gpu=name,driver_version --format=csv',
  );
  expect(() => parseHostFacts('{"gpus": 1}', 'x')).toThrow(
    'these are no facts of a host: gpus: 1 is not a list in brackets; instead is missing',
  );
  const lines = `${recorded.turing}${recorded.turing.replace('7.5', 'banana')}`;
  expect(() => parseHostFacts(lines, 'x')).toThrow(
    'line 2 has no compute capability such as 8.6, or no driver',
  );
  expect(() => parseHostFacts(recorded.turing.replace('570.211.01', ''), 'x')).toThrow('line 1 has no');
  for (const text of Object.values(recorded)) expect(() => parseHostFacts(text, 'x')).not.toThrow();
  const [gpu] = bare.gpus;
  const edited = { ...bare, gpus: [{ ...gpu, computeCapability: 'banana', driver: '' }] };
  expect(() => parseHostFacts(JSON.stringify(edited), 'x')).toThrow(
    'gpus.0.computeCapability: "banana" is not a compute capability such as 8.6, or null; gpus.0.driver: "" is not a version',
  );
});

it('takes no driver for one that only begins as a version', () => {
  const [gpu] = parseHostFacts(recorded.turing, 'x').gpus;
  const host = { gpus: [{ ...gpu, driver: '570banana' }], instead: null, engine: null, toolkitHook: false };
  expect(() => parseHostFacts(JSON.stringify(host), 'x')).toThrow(
    'gpus.0.driver: "570banana" is not a version such as 570.86.15',
  );
});

it('counts the time in which several probes ran side by side once', async () => {
  let clock = 0;
  const probes = openProbes(() => clock);
  const doors: (() => void)[] = [];
  const open = () => new Promise<void>((resolve) => doors.push(resolve));
  const first = probes.probe('a', open);
  clock = 10;
  const second = probes.probe('b', open);
  clock = 30;
  doors[0]?.();
  await first;
  clock = 50;
  doors[1]?.();
  await second;
  expect(probes.report()).toEqual({ each: { a: 30, b: 40 }, waitedMs: 50 });
});

it.each([
  ['127.0.0.1:5000/team/app:ampere-v0.1.1', 'v0.1.1'],
  ['team/app:ampere-cu126-v0.1.1-rc7', 'v0.1.1-rc7'],
  ['team/app:nvidia-v100-v1.2.3', 'v1.2.3'],
  ['team/app:dev', null],
  ['team/app', null],
  [`team/app@sha256:${'a'.repeat(64)}`, null],
])('the version of %s is %s', (reference, version) => {
  expect(versionOfTag(reference)).toBe(version);
});

describe('an update', () => {
  const trees = [
    { name: 'linnaeus', path: '/app/linnaeus', source: { url: 'git@h:l.git', ref: 'main' } },
    { name: 'ibrida', path: '/app/ibrida_src', source: null },
  ];
  it.each([
    [{ name: 'application', source: null, ref: null }, ['linnaeus', '/app/linnaeus', 'git@h:l.git', 'main']],
    [{ name: 'linnaeus', source: null, ref: 'v2' }, ['linnaeus', '/app/linnaeus', 'git@h:l.git', 'v2']],
    [
      { name: 'ibrida', source: '/srv/i.git#dev', ref: null },
      ['ibrida', '/app/ibrida_src', '/srv/i.git', 'dev'],
    ],
  ])('%j', (wanted, [name, path, url, ref]) => {
    expect(placeUpdate(wanted, trees)).toEqual({ name, path, url, ref });
  });
  it('of a tree that is not there, or from nowhere', () => {
    expect(() => placeUpdate({ name: 'ibrid', source: null, ref: null }, trees)).toThrow(
      'fix: --update ibrida',
    );
    expect(() => placeUpdate({ name: 'ibrida', source: null, ref: 'x' }, trees)).toThrow(
      'nobody says which repository /app/ibrida_src comes from',
    );
  });
  it('comes from where the workspace says, if it is the same application', () => {
    const own = {
      name: null,
      path: '/app/digits',
      command: null,
      source: null,
      companions: [],
      opts: [],
      optsWith: {},
    };
    const definition = { application: own } as unknown as Parameters<typeof updatableTrees>[0];
    const workspace = {
      name: 'digits',
      source: { kind: 'git' as const, url: 'https://h/d.git', ref: 'main' },
      path: '/app/digits',
      command: ['a'],
      smoke: null,
      companions: [],
    };
    const named = (name: string) => updatableTrees(definition, name, workspace)[0]?.source;
    expect(named('digits')).toMatchObject({ url: 'https://h/d.git', ref: 'main' });
    expect(named('other')).toBeNull();
  });
});

describe('a path', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-paths-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  it('is described without being changed', () => {
    writeFileSync(join(folder, 'key'), 'x');
    chmodSync(join(folder, 'key'), 0o640);
    mkdirSync(join(folder, 'out'));
    writeFileSync(join(folder, 'out/b'), '');
    expect(lookAt(join(folder, 'key'))).toMatchObject({
      kind: 'file',
      mode: 0o640,
      readable: true,
      broken: null,
    });
    expect(lookAt(join(folder, 'out'))).toMatchObject({ kind: 'folder', names: ['b'] });
    symlinkSync('key', join(folder, 'linked'));
    expect(lookAt(join(folder, 'linked')).real).toBe(lookAt(join(folder, 'key')).real);
    expect(lookAt(join(folder, 'new/er'))).toMatchObject({ kind: 'missing', writable: true, broken: null });
    expect(lookAt('/proc/x/y').broken).toBe("/proc is the kernel's own (proc)");
    expect(lookAt(join(folder, 'key/er'))).toMatchObject({
      kind: 'missing',
      broken: `${folder}/key is no folder`,
    });
    symlinkSync('/nowhere/at/all', join(folder, 'dangling'));
    for (const path of ['dangling', 'dangling/er']) {
      expect(lookAt(join(folder, path))).toMatchObject({
        kind: 'missing',
        broken: `${folder}/dangling is a link to /nowhere/at/all, which does not exist`,
      });
    }
  });
});
