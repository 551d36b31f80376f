import type { ContainerEngine } from '@slipway/effects';
import { expect, it } from 'vitest';
import { readEngineLog } from './engine-log.ts';

const engineThat = (script: string) =>
  ({
    name: 'docker',
    command: (_args: readonly string[], options: object) => ({
      ...options,
      file: 'sh',
      args: ['-c', script],
    }),
  }) as unknown as ContainerEngine;
const read = (script: string) => {
  const lines: string[] = [];
  const mask = (line: string) => line.replaceAll('planted', '***');
  return readEngineLog(engineThat(script), 'a', [], { mask, onLine: (line) => lines.push(line) }).then(
    () => lines,
  );
};

it('hands a log on', async () => {
  expect(await read('echo one; sleep 0.1; echo Error: two >&2')).toEqual(['one', 'Error: two']);
});

it('says why it cannot be read, in the words of the engine', async () => {
  const failing = read(
    'echo "step planted" >&2; echo "Error response from daemon: No such container: planted" >&2; exit 1',
  );
  await expect(failing).rejects.toThrow(
    'error[command-failed] docker logs ended with exit code 1: Error response from daemon: No such container: ***\n',
  );
});

it("repeats nothing of the application's where the engine says nothing", async () => {
  await expect(read('echo step >&2; exit 1')).rejects.toThrow('docker logs ended with exit code 1\n');
});
