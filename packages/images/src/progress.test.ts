import { expect, it } from 'vitest';
import { followProgress } from './progress.ts';

const event = (value: object) => JSON.stringify(value);
const data = (text: string) => Buffer.from(text).toString('base64');

it('names the step that failed with what it printed, not the cache that was not there yet', () => {
  const progress = followProgress(
    () => {},
    () => {},
  );
  progress.onLine(
    event({
      vertexes: [{ digest: 'a', name: 'importing cache manifest from r/base:cpu', error: 'not found' }],
    }),
  );
  progress.onLine(event({ logs: [{ vertex: 'b', data: data('no such package\n') }] }));
  progress.onLine(
    event({
      vertexes: [
        { digest: 'b', name: '[os 2/3] RUN apt-get install x', error: 'exit code: 1' },
        { digest: 'c', name: '[tools 1/1] RUN pip install uv', error: 'context canceled' },
      ],
    }),
  );
  expect(progress.explain()).toBe('[os 2/3] RUN apt-get install x\nno such package\nexit code: 1');
});

it('falls back on what the builder itself said last', () => {
  const progress = followProgress(
    () => {},
    () => {},
  );
  for (const line of ['one', 'two', 'three', 'ERROR: four']) progress.onLine(line);
  expect(progress.explain()).toBe('two\nthree\nERROR: four');
});
