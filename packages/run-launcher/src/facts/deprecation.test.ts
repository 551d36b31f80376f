import type { Definition } from '@slipway/contract';
import type { Registry } from '@slipway/effects';
import { expect, it } from 'vitest';
import { readDeprecated } from './deprecation.ts';

const registry = (note: string | null) =>
  ({
    manifest: async ({ repository, tag }) =>
      note !== null && repository === 'team/app' && tag === 'cpu.deprecated'
        ? { digest: '', mediaType: '', raw: '{"layers":[{"digest":"x"}]}' }
        : undefined,
    blob: async () => note ?? '',
  }) as Partial<Registry> as Registry;
const noted = (reason: string | null) =>
  JSON.stringify({ slipwayDeprecation: 1, architecture: 'cpu', reason, at: '' });
const workspace = (deprecated: string | null, application = 'app') =>
  ({
    application: { name: application },
    architectures: [{ name: 'cpu', deprecated }],
  }) as unknown as Definition;
const labels = { 'io.slipway.architecture': 'cpu', 'io.slipway.application.name': 'app' };
const old = { ...labels, 'io.slipway.deprecated': 'as it was made' };

it.each<[string, string | null, Definition | null, Record<string, string>, string | null]>([
  ['the definition of the workspace', null, workspace('by the definition'), labels, 'by the definition'],
  ['that, whatever was noted', noted('by a note'), workspace(null), labels, null],
  ['a note, where there is no workspace', noted('by a note'), null, labels, 'by a note'],
  [
    'a note, in the workspace of another application',
    noted('by a note'),
    workspace(null, 'b'),
    labels,
    'by a note',
  ],
  ['a note that takes it back', noted(null), null, old, null],
  ['a note that nobody can read', '?', null, labels, 'its note cannot be read'],
  ['the label of an image that was made so', null, null, old, 'as it was made'],
  ['nobody', null, null, labels, null],
  ['nobody, of an image that is not ours', noted('by a note'), null, {}, null],
])('that an architecture is deprecated is said by %s', async (_, note, definition, has, reason) => {
  const image = { reference: 'localhost:5000/team/app:cpu-v0.1.0', labels: has };
  expect(await readDeprecated(registry(note), definition, image)).toBe(reason);
});
