import { posix } from 'node:path';

/**
 * Reads `FOLDER`, which lies at /data/<its name>, or `FOLDER:/PLACE`; the source is null where it is neither.
 * @param absolute makes a written path an absolute one.
 */
export function parseDataWord(
  word: string,
  absolute: (path: string) => string,
): { source: string | null; target: string } {
  const [, folder = '', place] = /^(.+?)(?::(\/[^:]*))?$/.exec(word) ?? [];
  const source = absolute(folder);
  // An engine takes /data/ and /data for the same place.
  const target = posix.join('/', place ?? `/data/${posix.basename(source)}`).replace(/(?<=.)\/$/, '');
  const some = folder !== '' && target !== '/' && target !== '/data';
  return { source: some || (place !== undefined && target === '/data') ? source : null, target };
}
