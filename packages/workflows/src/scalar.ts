import { stringify } from 'yaml';

/** A text as one value of YAML, in quotes where a reader of YAML 1.1 or 1.2 would take it for something else. */
export function scalar(text: string): string {
  return stringify(text, { version: '1.1', lineWidth: 0 }).trim();
}
