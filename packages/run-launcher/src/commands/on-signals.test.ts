import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { askHowToEnd } from './ask.ts';
import { onSignals } from './on-signals.ts';

vi.mock('./ask.ts');

const terminal = { stdin: process.stdin.isTTY, stderr: process.stderr.isTTY };
let clock = 0;
/** Those of this test alone: the one who runs it has some of its own. */
const listeners = new Map<string | symbol, (name: string) => void>();
beforeEach(() => {
  clock = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
  vi.spyOn(process, 'on').mockImplementation((name, listener) => {
    listeners.set(name, listener as (name: string) => void);
    return process;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.stdin.isTTY = terminal.stdin;
  process.stderr.isTTY = terminal.stderr;
});

/** Sends signals, each at its time in milliseconds. */
function react(onTerminal: boolean, signals: readonly [name: string, at: number][]) {
  process.stdin.isTTY = onTerminal;
  process.stderr.isTTY = onTerminal;
  const reactions = { stop: new AbortController(), leave: new AbortController(), kill: vi.fn() };
  onSignals(reactions);
  for (const [name, at] of signals) {
    clock = at;
    listeners.get(name)?.(name);
  }
  return { stopped: reactions.stop.signal.aborted, kills: reactions.kill.mock.calls.length };
}

it.each<[string, [string, number][], number]>([
  [
    'twice at once, as timeout sends it',
    [
      ['SIGTERM', 0],
      ['SIGTERM', 3],
    ],
    0,
  ],
  [
    'typed twice where nothing asks',
    [
      ['SIGINT', 0],
      ['SIGINT', 90],
    ],
    1,
  ],
  [
    'handed on as another one',
    [
      ['SIGINT', 0],
      ['SIGTERM', 3],
    ],
    0,
  ],
  [
    'once more later',
    [
      ['SIGTERM', 0],
      ['SIGTERM', 3],
      ['SIGTERM', 1500],
    ],
    1,
  ],
])('a signal %s, %j, stops a run, and kills it %i times', (_how, signals, kills) => {
  expect(react(false, signals)).toEqual({ stopped: true, kills });
});

it('Ctrl-C typed quickly on a terminal stops, and once more ends at once', () => {
  vi.mocked(askHowToEnd).mockReturnValue(new Promise(() => {}));
  expect(
    react(true, [
      ['SIGINT', 0],
      ['SIGINT', 90],
    ]),
  ).toEqual({ stopped: true, kills: 0 });
});
