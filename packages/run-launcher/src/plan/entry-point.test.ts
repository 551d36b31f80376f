import { expect, it } from 'vitest';
import { splitEntryPoint } from './entry-point.ts';

it.each([
  ['', '', ''],
  ['/usr/local/bin/slipway-entrypoint', '/usr/local/bin/slipway-entrypoint', ''],
  ['/usr/bin/tini -g -- python train.py', '/usr/bin/tini -g --', 'python train.py'],
  ['dumb-init python train.py', 'dumb-init', 'python train.py'],
  ['python train.py', '', 'python train.py'],
  ['python train.py --', '', 'python train.py --'],
  ['tini -p SIGTERM python', '', 'tini -p SIGTERM python'],
])('%s begins with the init process "%s"', (entrypoint, init, own) => {
  const words = (text: string) => text.split(' ').filter(Boolean);
  expect(splitEntryPoint(words(entrypoint))).toEqual({ init: words(init), own: words(own) });
});
