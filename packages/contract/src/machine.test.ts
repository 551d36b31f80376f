import { expect, it } from 'vitest';
import { parseMachineSettings } from './machine.ts';

it.each([
  [{ engine: { docker: 1 } }, 'engine.docker: 1 is not text in quotes'],
  [
    { substitutes: { 'ubuntu:24.04': 'debian:13' } },
    'substitutes.ubuntu:24.04: "debian:13" is not a reference by digest',
  ],
  [{ engines: {} }, 'the file has the unknown key "engines"'],
  [[], 'the file: [] is not a table'],
])('says what is wrong with %j', (settings, message) => {
  expect(() => parseMachineSettings(JSON.stringify(settings), 'machine.json')).toThrow(
    `error[definition-invalid] machine.json: ${message}`,
  );
});
