import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { claim } from './claim.ts';

it('is had by one, and again when it was given back', async () => {
  const what = `claim-test-${process.pid}`;
  const claims = await Promise.all([claim(what), claim(what), claim(what)]);
  const [release, ...others] = claims.filter((each) => each !== null);
  expect(others).toEqual([]);
  expect(await claim(`${what} of something else`)).not.toBeNull();
  release?.();
  (await claim(what))?.();
});

it('ends with the process that has it, killed or not', async () => {
  const what = `claim-test-other-${process.pid}`;
  const script = `const { claim } = await import(process.argv[1]); await claim(process.argv[2]); console.log('claimed'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, [
    ...['--input-type=module', '--eval', script, join(import.meta.dirname, 'claim.ts'), what],
  ]);
  await once(child.stdout, 'data');
  expect(await claim(what)).toBeNull();
  child.kill('SIGKILL');
  await once(child, 'exit');
  const release = await claim(what);
  expect(release).not.toBeNull();
  release?.();
});
