import { createReadStream, existsSync, statSync } from 'node:fs';

/** What was kept of a log, as far as it tells what was not. */
export interface KeptPart {
  /** How many whole lines there are. */
  lines: number;
  /** The last ones of them. */
  last: string[];
  /** What follows the last whole line: a line that was not at its end, or was cut off. */
  rest: string;
  /** When it was last written to, in milliseconds. */
  writtenAt: number;
}

/** How much of its end is looked at, in bytes: a progress bar that is written over is a line of hours. */
const tail = 4 * 1024 * 1024;

/** Reads a kept log, which may be larger than a text can be. */
export async function readKeptPart(path: string): Promise<KeptPart> {
  if (!existsSync(path)) return { lines: 0, last: [], rest: '', writtenAt: 0 };
  let lines = 0;
  let bytes = 0;
  const parts: Buffer[] = [];
  let held = 0;
  for await (const part of createReadStream(path) as AsyncIterable<Buffer>) {
    for (let at = part.indexOf(10); at !== -1; at = part.indexOf(10, at + 1)) lines += 1;
    bytes += part.length;
    parts.push(part);
    held += part.length;
    while (held - (parts[0]?.length ?? 0) >= tail) held -= parts.shift()?.length ?? 0;
  }
  const texts = Buffer.concat(parts).toString().split('\n');
  const rest = texts.pop() ?? '';
  // The first one may be a part of one.
  const last = bytes > held ? texts.slice(1) : texts;
  return { lines, last, rest, writtenAt: statSync(path).mtimeMs };
}
