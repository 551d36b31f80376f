type Stream = 'stdout' | 'stderr';

/** What came since something was asked on the terminal; undefined: nothing is asked. */
let held: { stream: Stream; text: string }[] | undefined;
let leftOut = 0;

/** How much of it is kept: a person may leave a question open overnight, and the log has everything. */
const most = 1000;

/** Does something that has the terminal for itself, such as asking: what else is written there comes afterwards. */
export async function holdBack<T>(work: () => Promise<T>): Promise<T> {
  held = [];
  try {
    return await work();
  } finally {
    const late = held;
    held = undefined;
    if (leftOut > 0) write('stderr', `slipway: ${leftOut} lines of meanwhile are in the log only\n`);
    leftOut = 0;
    for (const { stream, text } of late) write(stream, text);
  }
}

/** Whether something has the terminal for itself. */
export const isHeldBack = (): boolean => held !== undefined;

/** Writes to a stream of this process: to the terminal when it is free, elsewhere at once. */
export function write(stream: Stream, text: string): void {
  if (held === undefined || !process[stream].isTTY) {
    process[stream].write(text);
    return;
  }
  held.push({ stream, text });
  if (held.length <= most) return;
  held.shift();
  leftOut += 1;
}
