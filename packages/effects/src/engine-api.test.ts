import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseMachineSettings } from '@slipway/contract';
import { afterAll, describe, expect, it } from 'vitest';
import { askEngine, engineSocket } from './engine-api.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-api-'));
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

it('asks over a socket: whole answers, errors, and lines as they come', async () => {
  const socket = join(folder, 'engine.sock');
  const server = createServer((request, response) => {
    if (request.url === '/missing') return void response.writeHead(404).end('{"message":"no such thing"}');
    // Cut in the middle of a line, as networks do.
    response.write(`{"a":1}\n{"b`);
    setTimeout(() => response.end(`":2}\n${request.method} ${request.headers['x-registry-auth'] ?? ''}`), 20);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  try {
    expect(await askEngine(socket, 'GET', '/missing')).toEqual({
      status: 404,
      text: '{"message":"no such thing"}',
    });
    expect((await askEngine(socket, 'GET', '/x')).text).toBe('{"a":1}\n{"b":2}\nGET ');
    const lines: string[] = [];
    const headers = { 'X-Registry-Auth': 'abc' };
    const answer = await askEngine(socket, 'POST', '/x', { headers, onLine: (line) => lines.push(line) });
    expect(lines).toEqual(['{"a":1}', '{"b":2}']);
    expect(answer).toEqual({ status: 200, text: 'POST abc' });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  await expect(askEngine(join(folder, 'none.sock'), 'GET', '/')).rejects.toThrow('ENOENT');
});
