import type { Command, ContainerEngine } from '@slipway/effects';
import type { RunPlan } from '../plan/run-plan.ts';
import { stopWasRequested } from '../record/stop-request.ts';
import { containerName } from '../schedulers/container-arguments.ts';

type OnLine = NonNullable<Command['onLine']>;

/**
 * Takes what the application prints; a promise is waited for before the next line. The last parameter is raised when whoever
 * reads slowly is not waited for any more.
 */
export type Print = (...line: [...Parameters<OnLine>, hurry: AbortSignal]) => unknown;

/** How often it is looked whether they are to be waited for any more, in milliseconds. */
const everyMs = 1000;

/**
 * Has whoever reads slowly waited for, and the application with them: until it is to save and end, whoever asked for that,
 * or is left, or is over.
 */
export function waitForReaders(
  { id }: Pick<RunPlan, 'id'>,
  {
    root,
    engine,
    print,
    interrupted,
    detached,
  }: {
    root: string;
    engine: ContainerEngine;
    print: Print;
    interrupted: AbortSignal;
    detached: AbortSignal;
  },
): { print: OnLine; stop: () => void } {
  const enough = new AbortController();
  const stopped = new AbortController();
  const hurry = AbortSignal.any([interrupted, detached, enough.signal]);
  let waiting = 0;
  let looking = false;
  const look = async () => {
    if (stopWasRequested(root, id)) enough.abort();
    // The engine is asked only where it matters.
    if (hurry.aborted || waiting === 0 || looking) return;
    looking = true;
    const over = await isOver(engine, id, stopped.signal).finally(() => (looking = false));
    if (over) enough.abort();
  };
  const timer = setInterval(() => void look(), everyMs).unref();
  return {
    print: (line, stream, end) => {
      const taken = print(line, stream, end, hurry);
      if (!(taken instanceof Promise)) return taken;
      waiting += 1;
      return taken.finally(() => (waiting -= 1));
    },
    stop: () => {
      clearInterval(timer);
      stopped.abort();
    },
  };
}

/** Whether the container has ended or is gone; false where the engine does not say. */
const isOver = (engine: ContainerEngine, id: string, signal: AbortSignal): Promise<boolean> =>
  engine.inspect(containerName(id), { signal }).then(
    (state) => state === undefined || state.status === 'exited',
    () => false,
  );
