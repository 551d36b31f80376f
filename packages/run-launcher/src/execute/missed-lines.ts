import type { ContainerEngine } from '@slipway/effects';
import { readEngineLog } from './engine-log.ts';
import type { KeptPart } from './kept-part.ts';

/** A line as the engine has it. */
export interface StampedLine {
  /** When the engine got it, in nanoseconds. */
  at: bigint;
  /** When it got the end of it. */
  endedAt: bigint;
  text: string;
}

/** How many lines before and behind the end of what was kept are looked at: two streams come in no certain order. */
const around = 2000;

/** How many of the last lines that were kept must be those that the engine has there. */
const compared = 100;

/** How far the clock of the engine and that of the kept file may be apart, in milliseconds. */
const clockMs = 2000;

/**
 * From when on the engine has lines of a run that nobody kept, by its own clock; null: from the beginning. What is kept is
 * the beginning of what the engine has, so the number of lines tells, however often one is repeated.
 */
export async function missedSince(
  engine: ContainerEngine,
  id: string,
  kept: KeptPart,
  { mask, signal }: { mask: (line: string) => string; signal?: AbortSignal },
): Promise<string | null> {
  if (kept.lines === 0) return null;
  const before = Math.max(0, kept.lines - around);
  const near: StampedLine[] = [];
  const now = nanoseconds(Date.now());
  let seen = 0;
  const onLine = (line: string) => {
    const [, stamp = '', text = ''] = /^(\d{4}-\d\d-\d\dT\S+) ?([\s\S]*)$/.exec(line) ?? [];
    if (stamp === '') return;
    if (seen >= before && near.length < 2 * around)
      near.push(stampedLine(timeOf(stamp), text, { mask, now }));
    seen += 1;
  };
  await readEngineLog(engine, id, ['--timestamps'], { signal, mask, onLine });
  return isoOf(firstMissed(kept, near.toSorted(byTime), before));
}

/** Both engines keep a long line in pieces, and put a stamp before each of them. */
const stamps = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|[+-]\d\d:\d\d)) /g;

/** @param how `now`: what bears a later stamp was printed by the application itself. */
export function stampedLine(
  at: bigint,
  text: string,
  { mask, now }: { mask: (line: string) => string; now: bigint },
): StampedLine {
  const times = [...text.matchAll(stamps)].flatMap(([, stamp = '']) => {
    const time = Number.isNaN(Date.parse(stamp)) ? now + 1n : timeOf(stamp);
    return at < time && time <= now ? time : [];
  });
  const endedAt = times.at(-1) ?? at;
  return { at, endedAt, text: masked(text.replace(stamps, ''), mask) };
}

/**
 * When the engine got the first line that was not kept.
 * @param near lines that the engine has, by time; `before` is how many it has before them.
 */
export function firstMissed(
  { lines, last, writtenAt }: Pick<KeptPart, 'lines' | 'last' | 'writtenAt'>,
  near: readonly StampedLine[],
  before: number,
): bigint {
  const texts = last.slice(-Math.min(compared, lines - before)).map(comparable);
  const start = lines - before - texts.length;
  let found = start;
  for (let line = near[found]; line !== undefined; line = near[found]) {
    const same = texts.indexOf(comparable(line.text));
    if (same === -1) break;
    texts.splice(same, 1);
    found += 1;
  }
  const [lastKept, missed] = [near[found - 1], near[found]];
  // An engine that threw the beginning of a long log away has other lines by these numbers, or later ones.
  if (found === start || lastKept === undefined || lastKept.at > nanoseconds(writtenAt + clockMs)) {
    return nanoseconds(writtenAt - clockMs);
  }
  // Of a moment that is given, one engine gives out the lines too, and another one does not.
  return missed === undefined ? lastKept.endedAt + 1n : missed.at - 1n;
}

/** Of a line in pieces: whose the stamps in it are cannot be told, and a letter that was cut in two is not to be had. */
const comparable = (text: string): string => text.replace(stamps, '').replace(/[^ -~]+/g, '');

const byTime = (one: StampedLine, other: StampedLine): number =>
  one.at < other.at ? -1 : one.at > other.at ? 1 : 0;

/** As it was kept: what a progress bar wrote over was masked piece by piece. */
const masked = (text: string, mask: (line: string) => string): string =>
  text.replace(/\r$/, '').split('\r').map(mask).join('\r');

function timeOf(stamp: string): bigint {
  const [, seconds = '', fraction = '', zone = ''] =
    /^([^.]*?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(stamp) ?? [];
  return nanoseconds(Date.parse(`${seconds}${zone}`)) + BigInt(fraction.padEnd(9, '0'));
}

const nanoseconds = (ms: number): bigint => BigInt(Math.floor(ms)) * 1_000_000n;

function isoOf(time: bigint): string {
  const seconds = new Date(Number(time / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(time % 1_000_000_000n).padStart(9, '0')}Z`;
}
