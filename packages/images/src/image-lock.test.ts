import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure, formatReference, parseMachineSettings } from '@slipway/contract';
import { type Registry, readDefinition } from '@slipway/effects';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readForeign } from './foreign.ts';
import { checkImageLock, imageLockPath, lockImages, readImageLock } from './image-lock.ts';

const definition = readDefinition(new URL('../../../', import.meta.url).pathname);
const machine = (text = '{}') => parseMachineSettings(text, 'machine.json');
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const os = 'ubuntu:24.04';
const cpu = definition.architectures.filter(({ name }) => name === 'cpu');

/** A registry that holds these references, and is out of reach for every other one. */
const holding = (images: Record<string, string>) =>
  ({
    async digest(reference) {
      const name = formatReference(reference);
      if (name in images) return images[name];
      if (Object.keys(images).some((each) => each.split(/[:@]/)[0] === name.split(/[:@]/)[0]))
        return undefined;
      throw new Failure({ code: 'registry-unreachable', message: `${name} is out of reach`, remedy: '' });
    },
  }) as Registry;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-image-lock-'));
  mkdirSync(join(root, 'architectures'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));
const lock = (images: Record<string, string>, upgrade = false) =>
  lockImages(root, definition, cpu, machine(), holding(images), { upgrade });

it('locks what its registry answers for, keeps it, and takes what is new only when asked', async () => {
  expect(await lock({})).toEqual([`${os}: not locked, ${os} is out of reach`]);
  expect(readImageLock(root)).toEqual({});
  await lock({ [os]: digest('1') });
  expect(readImageLock(root)).toEqual({ [os]: digest('1') });
  await lock({ [os]: digest('2') });
  expect(readImageLock(root)).toEqual({ [os]: digest('1') });
  expect(await lock({}, true)).toContain(`${os}: stays as it was, ${os} is out of reach`);
  await lock({ [os]: digest('2') }, true);
  expect(readImageLock(root)).toEqual({ [os]: digest('2') });
  expect(readFileSync(join(root, imageLockPath), 'utf8')).toMatch(/^# Made by .*\nubuntu:24.04@sha256:2+\n$/);
});

it('says which line is none, and what nothing is built from any more', () => {
  writeFileSync(join(root, imageLockPath), '# note\nubuntu:24.04\n');
  expect(() => readImageLock(root)).toThrow(`error[lock-stale] ${imageLockPath}:2: "ubuntu:24.04" is not`);
  expect(checkImageLock({ [os]: digest('1') }, definition)).toEqual([]);
  expect(checkImageLock({ 'debian:12': digest('1') }, definition)[0]?.message).toContain('debian:12');
});

it('plans with the locked digest without asking anyone', async () => {
  const foreign = await readForeign(definition, machine(), holding({}), { [os]: digest('1') });
  expect(foreign[os]).toEqual({
    reference: `${os}@${digest('1')}`,
    digest: digest('1'),
    substitute: false,
    python: '3.12',
  });
});

it('takes a mirror only with exactly those bytes', async () => {
  const mirrored = machine(JSON.stringify({ mirrors: { [os]: 'mirror.example.org/ubuntu:24.04' } }));
  const at = (letter: string) => ({
    [`mirror.example.org/ubuntu:24.04@${digest(letter)}`]: digest(letter),
  });
  const found = await readForeign(definition, mirrored, holding(at('1')), { [os]: digest('1') });
  expect(found[os]).toMatchObject({ reference: `mirror.example.org/ubuntu:24.04@${digest('1')}` });
  const other = await readForeign(definition, mirrored, holding(at('2')), { [os]: digest('1') });
  expect(other[os]).toMatchObject({ code: 'hash-mismatch' });
});
