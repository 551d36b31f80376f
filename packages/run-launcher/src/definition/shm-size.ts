const units = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 } as const;

/** What a size of shared memory looks like, as engines read it: without a unit it is bytes. */
export const shmSizePattern = /^(\d+(?:\.\d+)?)([bkmg]?)$/i;

/** Engines count in 64 bits, and hold no size of less than a page; below 1 MiB, a unit was forgotten. */
const [smallest, tooLarge] = [2 ** 20, 2 ** 63];

/** Bytes of a size such as `8g`; undefined where the text is none. */
export function bytesOfShmSize(text: string): number | undefined {
  const [, digits, unit = ''] = shmSizePattern.exec(text) ?? [];
  return digits === undefined
    ? undefined
    : Number(digits) * units[(unit.toLowerCase() || 'b') as keyof typeof units];
}

/** What is wrong with a size, as messages say it behind the place of a value, and what to do; null: nothing. */
export function wrongShmSize(text: string): { message: string; remedy: string } | null {
  const bytes = bytesOfShmSize(text);
  if (bytes === undefined) {
    return { message: `"${text}" is no size such as 8g or 512m`, remedy: 'did you mean 8g?' };
  }
  if (bytes < smallest) {
    const message = `${text} is ${bytes} bytes, and a run takes 1m or more`;
    return { message, remedy: remedyOfFew(text) };
  }
  return bytes < tooLarge
    ? null
    : { message: `${text} is more than an engine can count`, remedy: 'did you mean 8g?' };
}

/** Up to some hundreds, gigabytes were meant; of more, nobody can tell. */
function remedyOfFew(text: string): string {
  if (!/^\d+$/.test(text) || Number(text) === 0) return 'did you mean 8g?';
  return Number(text) < 1024 ? `did you mean ${text}g?` : 'a unit is missing: 8g, 512m';
}
