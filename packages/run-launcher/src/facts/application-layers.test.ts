import type { Definition } from '@slipway/contract';
import { expect, it } from 'vitest';
import { completeRun, type Layer } from '../definition/run-definition.ts';
import { applicationLayers } from './application-layers.ts';

const machine = { repositories: { 'team/app': '127.0.0.1:5000' } } as unknown as Parameters<
  typeof applicationLayers
>[2]['machine'];
const workspace = {
  application: { name: 'digits', path: '/app/digits', command: ['python', 'digits/main.py'] },
  repositories: { runtime: 'team/app' },
} as unknown as Definition;
const label = (key: string) => `io.slipway.application.${key}`;

function applicationOf(reference: string, labels: Record<string, string> = {}, given: Layer[] = []) {
  const { name, layers } = applicationLayers(given, { reference, labels }, { workspace, machine });
  const { application, origins } = completeRun([...layers, ...given], '/h');
  return { name, path: application.path, command: application.command, from: origins['application.command'] };
}

it.each([
  'polli-labs/linnaeus:dev',
  'frontierkodiak/linnaeus-dev:turing-v0.1.1',
  'h:5000/x/linnaeus@sha256:0',
])('knows linnaeus by the repository %s', (reference) => {
  expect(applicationOf(reference)).toEqual({
    name: 'linnaeus',
    path: '/app/linnaeus',
    command: ['python', 'linnaeus/main.py'],
    from: 'application linnaeus',
  });
});

it('lets the image say more than what is known of its name, and a run.toml more than the image', () => {
  const labels = { [label('name')]: 'linnaeus', [label('command')]: '["sh","own.sh"]' };
  expect(applicationOf('x/y:1', labels)).toEqual({
    name: 'linnaeus',
    path: '/app/linnaeus',
    command: ['sh', 'own.sh'],
    from: "the image's label",
  });
  const given = [{ from: 'run.toml', values: { application: { command: ['a'] } }, folder: '/' }];
  expect(applicationOf('x/y:1', labels, given)).toMatchObject({ command: ['a'], from: 'run.toml' });
});

it("takes what the workspace says for an unlabelled image of its own repository, and for no other's", () => {
  expect(applicationOf('127.0.0.1:5000/team/app:mine')).toEqual({
    name: 'digits',
    path: '/app/digits',
    command: ['python', 'digits/main.py'],
    from: 'slipway.toml',
  });
  expect(applicationOf('team/app:mine')).toMatchObject({ name: 'app', command: null });
  expect(applicationOf('no reference:/')).toMatchObject({ command: null });
  expect(applicationOf('x/constructor')).toMatchObject({ name: 'constructor', command: null });
});
