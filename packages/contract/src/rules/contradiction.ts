import type { Definition } from '../definition.ts';
import type { Problem } from '../problem.ts';

/** A rule across fields: all its problems with a definition whose syntax is right. */
export type Rule = (definition: Definition) => Problem[];

/** A problem at a key of a definition's file. `path` is the key's path with dots; the nearest one there is taken. */
export function contradiction(
  definition: Pick<Definition, 'lines'>,
  place: { file: string; path: string },
  message: string,
  remedy: string,
): Problem {
  return { code: 'definition-rule', message, remedy, where: whereIs(definition, place) };
}

/** The file and line of a key, or of the nearest table around it. */
export function whereIs(
  definition: Pick<Definition, 'lines'>,
  place: { file: string; path: string },
): { file: string; line?: number } {
  const lines = definition.lines[place.file] ?? {};
  const parts = place.path.split('.');
  const line = parts
    .map((_, index) => lines[parts.slice(0, parts.length - index).join('.')])
    .find((candidate) => candidate !== undefined);
  return { file: place.file, line: line ?? 1 };
}

/** Elements that stand in a list a second time, with their index. */
export function repeated<T>(values: readonly T[]): { value: T; index: number }[] {
  return values
    .map((value, index) => ({ value, index }))
    .filter(({ value, index }) => values.indexOf(value) !== index);
}
