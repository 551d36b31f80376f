import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openContainerEngine } from './container-engine.ts';
import { listedOf } from './engine-answer.ts';

const asked = { engine: 'docker', where: 'here' } as const;

it.each([
  ['running', 'running'],
  ['paused', 'running'],
  ['restarting', 'running'],
  ['removing', 'running'],
  ['created', 'created'],
  ['configured', 'created'],
  ['exited', 'exited'],
  ['stopped', 'exited'],
  ['dead', 'exited'],
])('a container that is %s counts as %s', (State, status) => {
  const text = JSON.stringify([
    { Id: 'a', Names: ['/x'], State, Status: 'Up 2 hours', Labels: { 'io.slipway.run': 'x' }, Mounts: [] },
    { Id: 'b', State, Labels: null },
  ]);
  expect(listedOf({ status: 200, text }, asked)).toEqual([
    { id: 'a', status, labels: { 'io.slipway.run': 'x' } },
    { id: 'b', status, labels: {} },
  ]);
});

it('an engine that gives no list is not taken for one without containers', () => {
  expect(() => listedOf({ status: 500, text: 'broken' }, asked)).toThrow('error[engine-unreachable]');
});

it('where docker is asked through its program, containers are told of one by one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-list-'));
  try {
    const docker = join(folder, 'docker');
    const program = `#!/bin/sh
case "$*" in
  'ps --all=true '*' --filter label=k') printf 'a\\nended\\n' ;;
  'ps --all=false '*' --filter label=k') echo a ;;
  'container inspect a') echo '[{"Id":"a","State":{"Status":"paused"},"Config":{"Labels":{"k":"x,y=z"}}}]' ;;
  *) echo "no such container: $*" >&2; exit 1 ;;
esac
`;
    writeFileSync(docker, program, { mode: 0o755 });
    const settings = { docker, host: 'tcp://127.0.0.1:1' };
    const machine = { substitutes: {}, mirrors: {}, repositories: {}, engine: settings };
    const engine = openContainerEngine('docker', machine);
    const expected = [expect.objectContaining({ id: 'a', status: 'running', labels: { k: 'x,y=z' } })];
    expect(await engine.list('k', { running: true })).toEqual(expected);
    // One that is removed meanwhile is none any more.
    expect(await engine.list('k')).toEqual(expected);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
