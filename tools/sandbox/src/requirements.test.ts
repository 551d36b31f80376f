import { expect, test } from 'vitest';
import { diskProblem, requireLinux } from './requirements.ts';

test('too little space is said with both figures', () => {
  expect(diskProblem('/w', 3e9, 3e9)).toBeUndefined();
  expect(diskProblem('/w', 1.24e9, 3e9)?.problems[0]).toMatchObject({
    code: 'disk-full',
    message: 'the sandbox needs 3.0 GB in /w, and 1.2 GB are free there',
  });
});

test('elsewhere than on Linux it is impossible, with what to install', () => {
  expect(() => requireLinux('darwin')).toThrow(
    /sandbox-impossible.*darwin[\s\S]*fix: install Docker Engine >= 24/,
  );
});
