import { readFileSync } from 'node:fs';
import { combineOptionsForExecutor, type Schema } from 'nx/src/utils/params.js';
import { describe, expect, it } from 'vitest';
import { optionProblems } from './executor-options.ts';
import schema from './executors/build-image.schema.json' with { type: 'json' };

const problemsOf = (given: Record<string, unknown>) =>
  optionProblems({ kind: 'base', ...given }, schema, 'build-image').map(
    ({ code, message, remedy }) => `${code}: ${message}: ${remedy}`,
  );

describe('options of a batch executor', () => {
  it.each([
    [{}],
    [{ dryRun: true, plan: 'plan.json', builder: '1', sbom: false, architecture: undefined }],
    [{ _: [] }],
  ])('%j are right', (given: Record<string, unknown>) => {
    expect(problemsOf(given)).toEqual([]);
  });

  it.each([
    [{ dryrun: true }, 'usage: build-image has no option --dryrun: write --dry-run'],
    [{ signkey: 'a' }, 'usage: build-image has no option --signkey: write --sign-key'],
    [
      { bogus: 'secret' },
      'usage: build-image has no option --bogus: leave it out; the options are --architecture, --dry-run, --plan, --builder, --sbom, --provenance, --sign, --sign-key',
    ],
    [{ _: ['sbom'] }, 'usage: build-image takes options only, but was given "sbom": write --sbom'],
    [
      { sbom: 'maybe' },
      'usage: --sbom is "maybe", which is neither true nor false: write --sbom, or --no-sbom for the contrary',
    ],
    [{ plan: true }, 'usage: --plan has no value: write --plan=VALUE'],
    [{ plan: ['a', 'b'] }, 'usage: --plan was given more than once: give it once'],
    [{ plan: { a: 1 } }, 'usage: --plan has no parts: write --plan=VALUE'],
    [{ kind: 'dev' }, 'usage: --kind is "dev": write one of base, runtime'],
  ])('%j are answered with what to write', (given: Record<string, unknown>, expected) => {
    expect(problemsOf(given)).toEqual([expected]);
  });

  it('are told all at once', () => {
    expect(problemsOf({ bogus: 1, plan: true })).toHaveLength(2);
  });
});

// What Nx does with a command line before the executor is called; in a batch, what it throws ends everything.
const batchExecutors = ['images', 'runtime-image'].flatMap((name) => {
  const folder = new URL(`../../${name}/`, import.meta.url);
  const { executors } = readJson<{ executors: Record<string, { schema: string; preferBatch?: boolean }> }>(
    new URL('executors.json', folder),
  );
  return Object.entries(executors).flatMap(([target, executor]) =>
    executor.preferBatch ? [{ target, schema: readJson<Schema>(new URL(executor.schema, folder)) }] : [],
  );
});

it.each(batchExecutors)('Nx lets every option of $target through, and reads what it is', ({ schema }) => {
  const given = { bogus: 1, _: ['word'], plan: true, push: 'x', builder: ['a', 'b'], 'dry-run': 'true' };
  const target = { options: { kind: 'base' } };
  expect(combineOptionsForExecutor(given, '', target, schema, null, '')).toMatchObject({
    ...{ bogus: 1, _: ['word'], plan: true, builder: ['a', 'b'] },
    dryRun: true,
  });
});

it('there are batch executors', () => {
  expect(batchExecutors.map(({ target }) => target)).toEqual(['build-image', 'build-dev']);
});

function readJson<T>(path: URL): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}
