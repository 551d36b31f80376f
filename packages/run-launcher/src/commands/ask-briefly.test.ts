import { type ContainerEngine, NoAnswer } from '@slipway/effects';
import { expect, it, vi } from 'vitest';
import { askBriefly } from './ask-briefly.ts';

const onSilence = vi.fn();
const ask = vi.fn();
const engine = askBriefly({ inspect: ask, list: ask, sawEnd: ask } as unknown as ContainerEngine, onSilence);

it('an engine that is not there may be started meanwhile', async () => {
  ask.mockRejectedValueOnce(new Error('ENOENT')).mockResolvedValueOnce([]);
  await expect(engine.list('a')).rejects.toThrow('ENOENT');
  expect(await engine.list('a')).toEqual([]);
  expect(onSilence).not.toHaveBeenCalled();
});

it('an engine that takes questions and answers none is not asked again, which is told once', async () => {
  ask.mockReset().mockRejectedValue(new Error('no engine answers', { cause: new NoAnswer() }));
  const asked = await Promise.allSettled([engine.inspect('a'), engine.list('b')]);
  expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(engine.inspect('a')).rejects.toThrow('no engine answers');
  expect(ask).toHaveBeenCalledTimes(2);
  expect(onSilence).toHaveBeenCalledOnce();
});
