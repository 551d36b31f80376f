import { type AST, getStaticTOMLValue, ParseError, parseTOML } from 'toml-eslint-parser';
import { Failure } from '../problem.ts';

/**
 * Every key of a TOML file under its whole path, with its value and where that stands.
 * @param file its path, for problems.
 * @throws Failure `definition-syntax`.
 */
export function* keysOf(file: string, text: string): Generator<[path: string, value: AST.TOMLContentNode]> {
  for (const entry of parsed(file, text).body[0].body) {
    if (entry.type === 'TOMLKeyValue') yield* below([], entry);
    else for (const inner of entry.body) yield* below(entry.resolvedKey, inner);
  }
}

function* below(
  table: readonly (string | number)[],
  entry: AST.TOMLKeyValue,
): Generator<[path: string, value: AST.TOMLContentNode]> {
  const path = [...table, ...getStaticTOMLValue(entry.key)];
  yield [path.join('.'), entry.value];
  if (entry.value.type === 'TOMLInlineTable') {
    for (const inner of entry.value.body) yield* below(path, inner);
  }
}

function parsed(file: string, text: string): AST.TOMLProgram {
  try {
    // A byte order mark would be an error, and a space in its place leaves every other place as it is.
    return parseTOML(text.replace(/^\uFEFF/, ' '), { tomlVersion: '1.0' });
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new Failure({
      code: 'definition-syntax',
      where: { file, line: error.lineNumber },
      message: `not TOML: ${error.message}`,
      remedy: 'Correct the line.',
    });
  }
}
