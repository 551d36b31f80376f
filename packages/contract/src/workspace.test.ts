import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findArchitecture } from './find-architecture.ts';
import { gpuContract } from './gpu-contract.ts';
import { parseDefinition } from './parse-definition.ts';
import { Failure } from './problem.ts';
import { jsonSchemas } from './schema/json-schemas.ts';

const root = join(import.meta.dirname, '../../..');
const names = ['slipway.toml', ...globSync('architectures/*/architecture.toml', { cwd: root })];
const files = Object.fromEntries(names.map((name) => [name, readFileSync(join(root, name), 'utf8')]));

test("this workspace's own definition passes, and promises what it should", () => {
  const definition = parseDefinition(files);
  const promises = definition.architectures.map((architecture) => {
    const contract = gpuContract(architecture, definition);
    const { torchCudaArchList, flashAttnCudaArchs, cudaDevelImage } = contract;
    return [architecture.name, architecture.tag, torchCudaArchList, flashAttnCudaArchs, cudaDevelImage];
  });
  const cuda126 = 'nvidia/cuda:12.6.3-devel-ubuntu24.04';
  const cuda128 = 'nvidia/cuda:12.8.1-devel-ubuntu24.04';
  expect(promises).toEqual([
    ['ada', 'ada-cu126', '8.9', '80', cuda126],
    ['ampere', 'ampere-cu126', '8.0;8.6', '80', cuda126],
    ['blackwell', 'blackwell-cu128', '10.0;12.0', '100;120', cuda128],
    ['cpu', 'cpu', '', '', null],
    ['hopper', 'hopper-cu128', '9.0', '90', cuda128],
    ['turing', 'turing-cu126', '7.5', '', cuda126],
  ]);
});

test('an unknown architecture: the nearest is suggested, all are named', () => {
  const definition = parseDefinition(files);
  expect(findArchitecture(definition, 'cpu').name).toBe('cpu');
  const problem = (name: string, remedy: string) =>
    new Failure({
      code: 'architecture-unknown',
      message: `there is no architecture "${name}"; defined are ada, ampere, blackwell, cpu, hopper, turing`,
      remedy,
    });
  expect(() => findArchitecture(definition, 'amper')).toThrow(problem('amper', 'Did you mean ampere?'));
  expect(() => findArchitecture(definition, 'volta')).toThrow(
    problem('volta', 'Name one of them, or define it in architectures/volta/architecture.toml.'),
  );
});

test.each(Object.entries(jsonSchemas()))('%s is committed as it is generated', (name, schema) => {
  const committed = readFileSync(join(root, 'packages/contract/schemas', name), 'utf8');
  // If this fails: node packages/contract/src/write-schemas.ts
  expect(JSON.parse(committed)).toEqual(schema);
});

test('every definition names its schema, for editors', () => {
  for (const [name, text] of Object.entries(files)) {
    const schema = name === 'slipway.toml' ? './packages' : '../../packages';
    const file = name === 'slipway.toml' ? 'slipway.schema.json' : 'architecture.schema.json';
    expect(text.split('\n')[0]).toBe(`#:schema ${schema}/contract/schemas/${file}`);
  }
});
