/** A value for a file that is written, and what to say beside it when it could not be read from anywhere. */
export interface Written<T> {
  value: T;
  /** One sentence for a comment above the value; absent: it was read. */
  unread?: string;
}

/** One line of TOML, with the comment that says what is not known about its value. */
export function tomlLine(key: string, { value, unread }: Written<string | readonly string[]>): string {
  const text =
    typeof value === 'string'
      ? JSON.stringify(value)
      : `[${value.map((each) => JSON.stringify(each)).join(', ')}]`;
  return `${unread === undefined ? '' : `# ${unread}\n`}${key} = ${text}\n`;
}
