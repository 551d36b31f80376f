import { expect, it } from 'vitest';
import { countLayers, type LayerEvent } from './pull-progress.ts';

const [base, small, large] = ['a7e51b036031', '1029f54a3a4d', 'a13ddd642c5b'];
const sizes = [
  { digest: `sha256:${base}${'0'.repeat(52)}`, size: 32_000_000 },
  { digest: `sha256:${small}${'0'.repeat(52)}`, size: 463 },
  { digest: `sha256:${large}${'0'.repeat(52)}`, size: 40_000_000 },
];

const follow = (events: LayerEvent[], known = sizes) => {
  const count = countLayers();
  return events.map((event) => count(event, known)).filter((each) => each !== undefined);
};

/** As containerd's store tells it, which says nothing of a layer that it has. */
const told: LayerEvent[] = [
  { id: '1', status: 'Pulling from team/app' },
  { id: small, status: 'Pulling fs layer' },
  { id: large, status: 'Pulling fs layer' },
  { id: small, status: 'Download complete' },
  { id: large, status: 'Downloading', progressDetail: { current: 10_000_000, total: 40_000_000 } },
  { id: large, status: 'Download complete' },
  { id: large, status: 'Extracting', progressDetail: { current: 1 } },
  { id: large, status: 'Pull complete' },
  { status: 'Digest: sha256:0' },
];

it('counts what has to be fetched, to its end', () => {
  const progress = follow(told);
  expect(progress[1]).toEqual({ fetchedBytes: 0, totalBytes: 40_000_463 });
  expect(progress[3]).toEqual({ fetchedBytes: 10_000_463, totalBytes: 40_000_463 });
  expect(progress.slice(4)).toEqual(
    Array.from({ length: 3 }, () => ({ fetchedBytes: 40_000_463, totalBytes: 40_000_463 })),
  );
});

it('leaves out what is there already, whatever is said of it later', () => {
  const progress = follow([
    { id: base, status: 'Pulling fs layer' },
    { id: base, status: 'Already exists' },
    { id: large, status: 'Pulling fs layer' },
    { id: base, status: 'Pull complete' },
  ]);
  expect(progress.at(-1)).toEqual({ fetchedBytes: 0, totalBytes: 40_000_000 });
});

it('knows no whole without the sizes, until each layer has told its own', () => {
  const progress = follow(told, []);
  expect(progress.map(({ totalBytes }) => totalBytes)).toEqual([null, null, null, null, null, null, null]);
  expect(progress.at(-1)?.fetchedBytes).toBe(40_000_000);
  const one = follow(
    told.filter(({ id }) => id === large),
    [],
  );
  expect(one.at(-1)).toEqual({ fetchedBytes: 40_000_000, totalBytes: 40_000_000 });
});
