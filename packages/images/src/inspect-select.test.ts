import { createHash } from 'node:crypto';
import { parseMachineSettings, releaseManifestType } from '@slipway/contract';
import { type Registry, readDefinition } from '@slipway/effects';
import { expect, it } from 'vitest';
import { type ImageSelection, placedImage, selectImages } from './inspect-select.ts';

const definition = readDefinition(new URL('../../../', import.meta.url).pathname);
const machine = parseMachineSettings('{"repositories":{"*":"localhost:5000"}}', 'machine.json');
const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** A registry with images under tags, and a release manifest of v0.1.0 for some architectures. */
function registry(tags: readonly string[], published: readonly string[] = []): Registry {
  const entry = {
    ...{ digest: sha256('x'), keyTag: 'k', contract: {}, bytes: 1 },
    base: { keyTag: 'k', digest: sha256('y') },
  };
  const release = {
    ...{ slipwayRelease: 1, version: 'v0.1.0', application: 'digits', commit: null, notes: '' },
    architectures: Object.fromEntries(published.map((name) => [name, entry])),
  };
  return {
    digest: async ({ tag }: { tag: string }) => (tags.includes(tag) ? sha256(tag) : undefined),
    manifest: async ({ tag }: { tag: string }) =>
      tag === 'v0.1.0' && published.length > 0
        ? {
            digest: '',
            mediaType: '',
            raw: JSON.stringify({ artifactType: releaseManifestType, layers: [{ digest: 'release' }] }),
          }
        : undefined,
    blob: async () => JSON.stringify(release),
  } as unknown as Registry;
}
const select = async (selection: ImageSelection, from: Registry) => {
  const { references, absent } = await selectImages(selection, definition, machine, from);
  return {
    found: references.map((each) => each.split(':').at(-1)),
    absent: absent.map(({ message, remedy }) => [message.split(/ (?:has|is)/)[0], remedy]),
  };
};

it('finds what was published of a version, and names what was not', async () => {
  const found = await select({ kind: 'runtime', as: 'v0.1.0' }, registry(['cpu-v0.1.0'], ['cpu']));
  expect(found.found).toEqual(['cpu-v0.1.0']);
  expect(found.absent).toHaveLength(definition.architectures.length - 1);
  expect(found.absent).toContainEqual([
    'v0.1.0',
    'publish it: npx nx run runtime-image:publish --architectures=turing --as=v0.1.0',
  ]);
});

it('finds an architecture that is in the release manifest and not in the definition any more', async () => {
  const old = registry(['pascal-v0.1.0'], ['pascal']);
  expect((await select({ kind: 'runtime', as: 'v0.1.0' }, old)).found).toEqual(['pascal-v0.1.0']);
  const named = { kind: 'runtime', as: 'v0.1.0', architectures: ['pascal'] } as const;
  expect((await select(named, old)).found).toEqual(['pascal-v0.1.0']);
});

it('finds the one base that is there, and says how the others are had', async () => {
  const found = await select({ kind: 'base' }, registry(['cpu']));
  expect(found.found).toEqual(['cpu']);
  expect(found.absent).toContainEqual(['turing', 'build it: npx nx run base-turing:build-image']);
});

it('finds the newest runtime image of each architecture', async () => {
  const found = await select({ kind: 'runtime' }, registry(['cpu-edge', 'cpu-latest', 'turing-edge']));
  expect(found.found).toEqual(['cpu-latest', 'turing-edge']);
  await expect(select({ kind: 'runtime', architectures: ['nope'] }, registry([]))).rejects.toThrow('nope');
});

it('looks for images of the definition where this machine sends them, and for others where they are', () => {
  expect(placedImage('frontierkodiak/linnaeus-base:cpu', definition, machine)).toBe(
    'localhost:5000/frontierkodiak/linnaeus-base:cpu',
  );
  expect(placedImage('ghcr.io/other/image:1', definition, machine)).toBe('ghcr.io/other/image:1');
});
