import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseMachineSettings } from '@slipway/contract';
import { afterAll, describe, expect, it } from 'vitest';
import { engineSocket } from './engine-socket.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-socket-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the socket of the engine', () => {
  const machine = (engine?: object) => parseMachineSettings(JSON.stringify({ engine }), 'machine.json');
  const config = (text: string) => {
    const path = mkdtempSync(join(folder, 'config-'));
    writeFileSync(join(path, 'config.json'), text);
    return path;
  };
  it.each([
    ['of the settings', machine({ host: 'unix:///run/a.sock' }), { DOCKER_HOST: 'unix:///b' }, '/run/a.sock'],
    ['of the environment', machine(), { DOCKER_HOST: 'unix:///b.sock' }, '/b.sock'],
    ['elsewhere', machine(), { DOCKER_HOST: 'ssh://host' }, undefined],
    ['of a context that is named', machine(), { DOCKER_CONTEXT: 'far', DOCKER_HOST: 'unix:///b' }, undefined],
    ['of a context that is in use', machine({ config: config('{"currentContext":"far"}') }), {}, undefined],
  ])('%s', (_what, settings, environment, expected) => {
    expect(engineSocket(settings, environment)).toBe(expected);
  });
});
