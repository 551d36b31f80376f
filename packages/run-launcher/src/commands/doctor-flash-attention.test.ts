import { expect, it } from 'vitest';
import { readImport } from './doctor-flash-attention.ts';

it.each([
  [
    'what was imported',
    { exitCode: 0, stdout: 'a banner\n\n{"outcome":"absent","torch":"2.7.1"}\n', stderr: '' },
    { imported: { outcome: 'absent', torch: '2.7.1' } },
  ],
  [
    'an image without python',
    {
      exitCode: 127,
      stdout: '',
      stderr: 'docker: Error response from daemon: exec: "python": executable file not found in $PATH',
    },
    { imported: null, untried: 'no python can be started in it' },
  ],
  [
    'an engine that starts nothing',
    { exitCode: 125, stdout: '', stderr: 'docker: Error response from daemon: no such image' },
    {
      imported: null,
      untried: 'it could not be started (docker: Error response from daemon: no such image)',
    },
  ],
  [
    'a python that dies',
    { exitCode: 139, stdout: '', stderr: '' },
    { imported: { outcome: 'failed', error: 'python ended with exit code 139', torch: null } },
  ],
])('reads %s', (_what, finished, expected) => {
  expect(readImport(finished)).toEqual(expected);
});
