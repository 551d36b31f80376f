import { expect, it } from 'vitest';
import { keepLog } from './keep-log.ts';

it('of a full disk is told once, and says at its end that something is missing', () => {
  const said: string[] = [];
  const log = keepLog('/dev/full', 'a', (line) => said.push(line));
  log.write('one', '\n');
  log.write('two', '\n');
  expect(said).toEqual(['the log is not kept any more: ENOSPC: no space left on device, write']);
  expect(log.end()).toMatchObject({ code: 'ENOSPC' });
});

it('that cannot be begun takes nobody away', () => {
  const log = keepLog('/nowhere/log.txt', 'w', () => {});
  log.write('one', '\n');
  expect(log.end()).toMatchObject({ code: 'ENOENT' });
});
