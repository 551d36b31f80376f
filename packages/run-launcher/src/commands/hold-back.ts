type Stream = 'stdout' | 'stderr';

/** What came since something was asked on the terminal; undefined: nothing is asked. */
let held: { stream: Stream; text: string }[] | undefined;
let leftOut = 0;

/** How much of it is kept: a person may leave a question open overnight, and the log has everything. */
const most = 1000;

/** How much waits for whoever reads slowly once that is not waited for any more, in bytes. */
const mostWaiting = 1024 * 1024;

/** What nobody reads any more: each attempt to write there would cost as much as a hundred that succeed. */
const gone = new Set<Stream>();

/** Does something that has the terminal for itself, such as asking: what else is written there comes afterwards. */
export async function holdBack<T>(work: () => Promise<T>): Promise<T> {
  held = [];
  try {
    return await work();
  } finally {
    const late = held;
    held = undefined;
    tellLeftOut();
    for (const { stream, text } of late) void write(stream, text);
  }
}

/** Says how many lines were not written since the last time. */
export function tellLeftOut(): void {
  const lines = leftOut === 1 ? '1 line is' : `${leftOut} lines are`;
  if (leftOut > 0) void write('stderr', `slipway: ${lines} in the log only\n`);
  leftOut = 0;
}

/** Whether something has the terminal for itself. */
export const isHeldBack = (): boolean => held !== undefined;

/**
 * Writes to a stream of this process: to the terminal when it is free, elsewhere at once.
 * @param hurry raised when whoever reads slowly is not waited for any more.
 * @returns what to wait for before anything else is written there, or what nobody takes would pile up.
 */
export function write(stream: Stream, text: string, hurry?: AbortSignal): Promise<void> | undefined {
  if (held === undefined || !process[stream].isTTY) {
    if (hurry?.aborted && process[stream].writableLength > mostWaiting) {
      leftOut += 1;
      return undefined;
    }
    if (gone.has(stream)) return undefined;
    const taken = process[stream].write(text, (error) => {
      if ((error as NodeJS.ErrnoException | null)?.code === 'EPIPE') gone.add(stream);
    });
    return taken ? undefined : untilTaken(process[stream], hurry);
  }
  held.push({ stream, text });
  if (held.length > most) {
    held.shift();
    leftOut += 1;
  }
  return undefined;
}

/** Waits until whoever reads has taken what was written, or is gone. */
function untilTaken(stream: NodeJS.WriteStream, hurry: AbortSignal | undefined): Promise<void> | undefined {
  if (hurry?.aborted) return undefined;
  return new Promise((resolve) => {
    const go = () => {
      for (const name of ['drain', 'error', 'close']) stream.off(name, go);
      hurry?.removeEventListener('abort', go);
      resolve();
    };
    for (const name of ['drain', 'error', 'close']) stream.on(name, go);
    hurry?.addEventListener('abort', go);
  });
}
