import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { isAttended, isInBackground } from '../terminal.ts';
import { askHowToEnd } from './ask.ts';
import { onSignals } from './on-signals.ts';
import { say } from './say.ts';

vi.mock('./ask.ts');
vi.mock('./say.ts');
vi.mock('../terminal.ts');

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
afterEach(() => vi.restoreAllMocks());

/** Sends signals, each at its time in milliseconds. */
function react(onTerminal: boolean, signals: readonly [name: string, at: number][]) {
  vi.mocked(isAttended).mockReturnValue(onTerminal);
  const reactions = { stop: new AbortController(), leave: new AbortController(), kill: vi.fn() };
  onSignals(reactions);
  for (const [name, at] of signals) {
    clock = at;
    listeners.get(name)?.(name);
  }
  const { stop, leave, kill } = reactions;
  return { stopped: stop.signal.aborted, left: leave.signal.aborted, kills: kill.mock.calls.length };
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
  expect(react(false, signals)).toEqual({ stopped: true, left: false, kills });
});

it('Ctrl-backslash leaves the run to itself, on a terminal and elsewhere', () => {
  for (const onTerminal of [true, false])
    expect(react(onTerminal, [['SIGQUIT', 0]])).toEqual({ stopped: false, left: true, kills: 0 });
});

it('says once that it detaches', () => {
  vi.mocked(say).mockClear();
  const quit = [0, 2000].map((at): [string, number] => ['SIGQUIT', at]);
  expect(react(true, quit)).toEqual({ stopped: false, left: true, kills: 0 });
  expect(say).toHaveBeenCalledOnce();
});

it('says that it goes on, whatever word was typed for that', async () => {
  vi.mocked(askHowToEnd).mockResolvedValueOnce('go on');
  expect(react(true, [['SIGINT', 0]])).toMatchObject({ stopped: false, left: false });
  await vi.waitFor(() => expect(say).toHaveBeenLastCalledWith('going on'), { timeout: 30_000 });
});

it('asks nothing where another job has the terminal', () => {
  vi.mocked(isInBackground).mockReturnValueOnce(true);
  expect(react(true, [['SIGINT', 0]])).toMatchObject({ stopped: true });
  expect(askHowToEnd).not.toHaveBeenCalled();
});

it('Ctrl-C typed quickly on a terminal stops, and once more ends at once', () => {
  vi.mocked(askHowToEnd).mockReturnValue(new Promise(() => {}));
  expect(
    react(true, [
      ['SIGINT', 0],
      ['SIGINT', 90],
    ]),
  ).toEqual({ stopped: true, left: false, kills: 0 });
});
