import { resolve } from 'node:path';
import { hold } from '@slipway/sandbox';

const root = resolve(import.meta.dirname, '../..');

/** Brings the engine and registry up for the tests, and leaves the machine as it was found. */
export default async function setup(): Promise<() => Promise<void>> {
  const { release } = await hold(root, { onProgress: (line) => console.error(line) });
  return release;
}
