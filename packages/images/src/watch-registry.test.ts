import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { followProgress } from './progress.ts';
import { patienceSeconds, type RegistryWatch, watchRegistry } from './watch-registry.ts';

beforeEach(() => {
  vi.stubEnv('SLIPWAY_REGISTRY_TIMEOUT', undefined);
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

const vertex = 'sha256:ab26c4aecf6e0cffc778272b8100e763d7787a042d317a33b7778a63aaa6d13b';
/** As BuildKit of Docker 28.5 prints them; between the two it is silent, however long the push takes. */
const lines = {
  exporting: `{"vertexes":[{"digest":"${vertex}","name":"exporting to image","started":"2026-11-25T19:09:55.120934054Z"}]}`,
  pushing: `{"statuses":[{"id":"pushing layers","vertex":"${vertex}","current":0,"timestamp":"2026-11-25T19:09:56.247474657Z","started":"2026-11-25T19:09:56.247474226Z"}]}`,
  pushed: `{"statuses":[{"id":"pushing layers","vertex":"${vertex}","current":0,"timestamp":"2026-11-25T19:10:11.471360011Z","started":"2026-11-25T19:09:56.247474226Z","completed":"2026-11-25T19:10:11.471358297Z"},{"id":"pushing manifest for localhost:5000/a:b","vertex":"${vertex}","current":0,"timestamp":"2026-11-25T19:10:11.471360011Z","started":"2026-11-25T19:10:11.471360011Z"}]}`,
};

/** A watch that has heard these lines, and when it gives up after them. */
function after(heard: string[], bytes?: number): { watch: RegistryWatch; secondsUntilStopped: () => number } {
  const progress = followProgress(
    () => {},
    () => {},
  );
  const watch = watchRegistry(progress, 'ghcr.io', bytes);
  for (const line of heard) {
    progress.onLine(line);
    watch.onLine(line);
  }
  const secondsUntilStopped = () => {
    for (let seconds = 1; seconds <= 20_000; seconds += 1) {
      vi.advanceTimersByTime(1000);
      if (watch.signal.aborted) return seconds;
    }
    return Number.POSITIVE_INFINITY;
  };
  return { watch, secondsUntilStopped };
}

describe('a registry that says nothing any more', () => {
  test.each<[string, string[], number | undefined, number]>([
    ['nothing is asked of it', [lines.exporting], undefined, Number.POSITIVE_INFINITY],
    ['a small push', [lines.exporting, lines.pushing], 250e6, 1200],
    ['a push of 5 GB', [lines.exporting, lines.pushing], 5e9, 5000],
    ['a push of nobody knows what', [lines.exporting, lines.pushing], undefined, 10_000],
    ['a large push that is over, its manifest', [lines.exporting, lines.pushing, lines.pushed], 5e9, 1200],
  ])('%s', (_, heard, bytes, seconds) => {
    const { watch, secondsUntilStopped } = after(heard, bytes);
    expect(secondsUntilStopped()).toBe(seconds);
    watch.end();
  });

  it('is told by name, with how long it was waited for', () => {
    const { watch, secondsUntilStopped } = after([lines.exporting, lines.pushing], 5e9);
    secondsUntilStopped();
    expect(String(watch.signal.reason)).toContain(
      'error[registry-unreachable] ghcr.io has not answered for 5000 s in the middle of a build',
    );
    watch.end();
  });
});

it('waits as long as it was asked to, whatever is pushed', () => {
  vi.stubEnv('SLIPWAY_REGISTRY_TIMEOUT', '5');
  expect(patienceSeconds(5e9)).toBe(5);
  expect(after([lines.exporting, lines.pushing], 5e9).secondsUntilStopped()).toBe(5);
});
