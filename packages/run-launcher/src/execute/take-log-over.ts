import { join } from 'node:path';
import { asFailure, type Command, type ContainerEngine } from '@slipway/effects';
import type { RunRecord } from '../record/run-record.ts';
import { containerName } from '../schedulers/container-arguments.ts';
import { readEngineLog } from './engine-log.ts';
import { keepLog } from './keep-log.ts';
import { readKeptPart } from './kept-part.ts';
import { missedSince } from './missed-lines.ts';

type Print = NonNullable<Command['onLine']>;

/**
 * Adds to the kept log of a run what the engine has beyond it.
 * @throws when that cannot be read, or cannot be written.
 */
export async function takeLogOver(
  engine: ContainerEngine,
  id: string,
  path: string,
  mask: (line: string) => string,
): Promise<void> {
  const log = keepLog(path, 'a', () => {});
  await readOn(engine, id, { path, mask, print: (line, _stream, end) => log.write(line, end) }).finally(
    log.end,
  );
  const failed = log.end();
  if (failed !== null) throw failed;
}

/** The same at the end of a run. @returns false: it stays with the engine, which was said. Without a container, there is no more. */
export async function isTakenOver(
  engine: ContainerEngine,
  { id, log }: Pick<RunRecord, 'id' | 'log'>,
  { root, mask, say }: { root: string; mask: (line: string) => string; say: (line: string) => void },
): Promise<boolean> {
  if (await isGone(engine, id)) return true;
  try {
    await takeLogOver(engine, id, join(root, log), mask);
    return true;
  } catch (error) {
    // Removed by somebody at this moment.
    if (await isGone(engine, id)) return true;
    const [problem] = asFailure(error).problems;
    say(
      `the log of ${id} stays with the engine (${engine.name} logs ${containerName(id)}): ${problem?.message}`,
    );
    return false;
  }
}

/** Whether the engine has no container of the run any more; false also where it does not answer. */
export const isGone = (engine: ContainerEngine, id: string): Promise<boolean> =>
  engine.inspect(containerName(id)).then(
    (state) => state === undefined,
    () => false,
  );

/**
 * Hands on what the engine has of a run's log and nobody kept, masked.
 * @param path the kept log; it may be gone on with meanwhile.
 * @param follow whether to wait for what comes until the run ends, or the engine lets go of it.
 * @param signal raised when nobody wants it any more.
 */
export async function readOn(
  engine: ContainerEngine,
  id: string,
  {
    path,
    mask,
    print,
    follow = false,
    signal,
  }: {
    path: string;
    mask: (line: string) => string;
    print: Print;
    follow?: boolean;
    signal?: AbortSignal;
  },
): Promise<void> {
  const kept = await readKeptPart(path);
  const since = await missedSince(engine, id, kept, { mask, signal });
  const fresh = withoutBeginning(kept.rest, print);
  const words = [...(follow ? ['--follow'] : []), ...(since === null ? [] : [`--since=${since}`])];
  const onLine: Print = (line, stream, end) => fresh(mask(line), stream, end);
  await readEngineLog(engine, id, words, { returns: true, signal, mask, onLine });
}

/** Leaves out what is kept already of the first line, which comes as a whole. */
export function withoutBeginning(beginning: string, print: Print): Print {
  let left = beginning;
  return (line, stream, end) => {
    const piece = `${line}${end}`;
    if (left !== '' && left.startsWith(piece)) {
      left = left.slice(piece.length);
      return undefined;
    }
    const known = piece.startsWith(left) ? left.length : 0;
    // Another line than the one that was cut off.
    if (left !== '' && known === 0 && !left.endsWith('\r')) print('', stream, '\n');
    left = '';
    return print(line.slice(known), stream, end);
  };
}
