/** `12.6` -> `cu126`, as torch's versions and the tags of images spell it. */
export function cudaSuffix(cuda: string): string {
  return `cu${cuda.replace('.', '')}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(words: readonly string[], last = 'and'): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
}
