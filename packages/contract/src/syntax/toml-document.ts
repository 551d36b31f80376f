import { type AST, getStaticTOMLValue, ParseError, parseTOML } from 'toml-eslint-parser';
import type { Problem } from '../problem.ts';
import { quote } from './quote.ts';

/** A key's path in a document: table names, keys, and numbers for the elements of arrays. */
export type KeyPath = readonly (string | number)[];

/** A TOML file that could be read. */
export interface TomlDocument {
  file: string;
  value: Record<string, unknown>;
  /** The key's path, joined with dots, to its line from 1. */
  lines: Record<string, number>;
  /** The line of a key; of the nearest table that is there when the key is not. */
  lineOf(path: KeyPath): number;
  /** A value as it is written, on one line; undefined for a table or a key that is not there. */
  textOf(path: KeyPath): string | undefined;
}

/** Reads one TOML file; its first error, with the line, when it is none. */
export function readToml(file: string, content: string): TomlDocument | Problem {
  // A byte order mark is what some editors on Windows put before the first key.
  const text = content.replace(/^\uFEFF/, '');
  try {
    return documentOf(file, text, parseTOML(text, { tomlVersion: '1.0' }));
  } catch (error) {
    if (error instanceof ParseError) return syntaxProblem(file, text, error);
    throw error;
  }
}

function documentOf(file: string, text: string, program: AST.TOMLProgram): TomlDocument {
  const lines = new Map<string, number>();
  const texts = new Map<string, string>();

  const note = (path: KeyPath, node: AST.TOMLNode) => {
    // A dotted key or a table heading also names the tables above it; the first mention is where those begin.
    for (let length = 1; length <= path.length; length++) {
      const key = path.slice(0, length).join('.');
      if (!lines.has(key)) lines.set(key, node.loc.start.line);
    }
  };
  const walkValue = (path: KeyPath, node: AST.TOMLContentNode) => {
    note(path, node);
    texts.set(path.join('.'), text.slice(...node.range));
    if (node.type === 'TOMLArray') {
      for (const [index, element] of node.elements.entries()) walkValue([...path, index], element);
    }
    if (node.type === 'TOMLInlineTable') walkKeys(path, node.body);
  };
  const walkKeys = (table: KeyPath, entries: readonly AST.TOMLKeyValue[]) => {
    for (const entry of entries) {
      const path = [...table, ...getStaticTOMLValue(entry.key)];
      note(path, entry);
      walkValue(path, entry.value);
    }
  };
  for (const entry of program.body[0].body) {
    if (entry.type === 'TOMLKeyValue') {
      walkKeys([], [entry]);
    } else {
      note(entry.resolvedKey, entry);
      walkKeys(entry.resolvedKey, entry.body);
    }
  }

  return {
    file,
    value: getStaticTOMLValue(program) as Record<string, unknown>,
    lines: Object.fromEntries(lines),
    lineOf: (path) => {
      const known = path.map((_, index) => lines.get(path.slice(0, path.length - index).join('.')));
      return known.find((line) => line !== undefined) ?? 1;
    },
    textOf: (path) => {
      const written = texts.get(path.join('.'));
      return written === undefined ? undefined : quote(written);
    },
  };
}

function syntaxProblem(file: string, text: string, error: ParseError): Problem {
  const lines = text.split(/\r?\n/);
  const line = lineOfError(lines, error);
  const written = lines[line - 1]?.trim() ?? '';
  const reason = error.message.charAt(0).toLowerCase() + error.message.slice(1);
  return {
    code: 'definition-syntax',
    message: `${written === '' ? 'the file' : quote(written)} is not TOML: ${reason}`,
    remedy: reason.includes('multiple times')
      ? 'Keep one of the two.'
      : 'Write key = value, text in "quotes", lists in [brackets]; see https://toml.io.',
    where: { file, line },
  };
}

/** The parser notices at the start of a line that an earlier one was not finished; that one is to be corrected. */
function lineOfError(lines: readonly string[], error: ParseError): number {
  if (error.column !== 0) return error.lineNumber;
  const before = lines.slice(0, error.lineNumber - 1).findLastIndex((line) => line.trim() !== '');
  return /=\s*$|^\s*\[[^\]]*$/.test(lines[before] ?? '') ? before + 1 : error.lineNumber;
}
