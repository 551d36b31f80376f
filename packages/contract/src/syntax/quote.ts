import { maskLogins } from './url-logins.ts';

/** A piece of a definition as a message shows it: one line, not too long, and without the password of a URL. */
export function quote(written: string): string {
  const line = maskLogins(written.replace(/\s+/g, ' '));
  return line.length <= 80 ? line : `${line.slice(0, 77)}...`;
}

/** A value as TOML, for the examples in remedies. */
export function toToml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toToml).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, entry]) => `${key} = ${toToml(entry)}`);
    return `{ ${entries.join(', ')} }`;
  }
  return JSON.stringify(value);
}
