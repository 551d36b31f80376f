import { parseTree } from 'jsonc-parser';
import { getStaticTOMLValue } from 'toml-eslint-parser';
import { Failure } from './problem.ts';
import { quote } from './syntax/quote.ts';
import { keysOf } from './syntax/toml-keys.ts';

/**
 * Changes the one line that states a file's version, and nothing else: comments, quotes, spacing and line endings stay.
 * For `*.toml` that is `version` of `[project]`, else of `[tool.poetry]`; for `*.py` `__version__`; for `*.json` the
 * topmost `"version"`; for `VERSION` and `*.txt` the only line.
 * @param file its path, which says how it is read, and appears in problems.
 * @throws Failure `version-missing` when it states none, or several, or works it out from elsewhere.
 */
export function replaceVersion(file: string, text: string, version: string): string {
  const { start, end } = versionPlace(file, text);
  return `${text.slice(0, start)}${version}${text.slice(end)}`;
}

/** The version that a file states, as it is written there. @throws as `replaceVersion`. */
export function statedVersion(file: string, text: string): string {
  const { start, end } = versionPlace(file, text);
  return text.slice(start, end);
}

/** Where a version stands in a text, without its quotes; `end` is the place after it. */
interface Place {
  start: number;
  end: number;
}

function versionPlace(file: string, text: string): Place {
  const name = file.split('/').at(-1) ?? '';
  if (name.endsWith('.toml')) return inToml(file, text);
  if (name.endsWith('.py')) return inPython(file, text);
  if (name.endsWith('.json')) return inJson(file, text);
  if (name === 'VERSION' || name.endsWith('.txt')) return inPlainText(file, text);
  throw missing(
    file,
    'no version is read from a file of this name',
    'Only *.toml, *.py, *.json, *.txt and VERSION can be',
  );
}

function inToml(file: string, text: string): Place {
  const entries = [...keysOf(file, text)];
  const find = (path: string) => entries.find(([key]) => key === path)?.[1];
  // Poetry keeps its own table beside a [project] that calls the version dynamic.
  const value = find('project.version') ?? find('tool.poetry.version');
  if (value?.type === 'TOMLValue' && value.kind === 'string' && !value.multiline) return within(value.range);
  if (value !== undefined) {
    throw missing(
      file,
      `version = ${quote(text.slice(...value.range))} is no text on one line`,
      inQuotes('version'),
    );
  }
  const dynamic = find('project.dynamic');
  const names = dynamic === undefined ? [] : getStaticTOMLValue(dynamic);
  if (Array.isArray(names) && names.includes('version')) {
    const remedy = `${inQuotes('version')} under [project], without "version" in dynamic`;
    throw missing(file, 'the version is dynamic, so no line states it', remedy, dynamic?.loc.start.line);
  }
  throw missing(file, 'there is no version under [project]', `${inQuotes('version')} under [project]`);
}

function inPython(file: string, text: string): Place {
  const stated = [...topLevelLines(text)].filter(({ line }) => /^__version__\b/.test(line));
  const [first, ...others] = stated;
  if (first === undefined) throw missing(file, 'there is no __version__', inQuotes('__version__'));
  if (others.length > 0) {
    throw missing(
      file,
      `__version__ is assigned ${stated.length} times`,
      'Leave one of them, with the version in quotes',
    );
  }
  const assigned = /^(__version__\s*(?::[^=]*)?=\s*(["']))([^"'\\]*)\2\s*(?:#.*)?$/.exec(first.line);
  const [, before, , version] = assigned ?? [];
  if (before === undefined || version === undefined || version === '') {
    throw missing(file, `${quote(first.line)} is no text in quotes`, inQuotes('__version__'));
  }
  const start = first.start + before.length;
  return { start, end: start + version.length };
}

/** The lines of a Python file that begin a statement at the outermost level, and where each of them begins. */
function* topLevelLines(text: string): Generator<{ line: string; start: number }> {
  // In one pass, since only so is it known what stands in a text of several lines.
  const token =
    /#[^\r\n]*|[rbuf]{0,2}("""|''')(?:\\[\s\S]|(?!\1)[\s\S])*\1|(["'])(?:\\[\s\S]|(?!\2)[^\r\n\\])*\2|\r\n|\r|\n/gi;
  const longTexts: Place[] = [];
  for (const found of text.matchAll(token)) {
    if (found[1] !== undefined) longTexts.push({ start: found.index, end: found.index + found[0].length });
  }
  for (const found of text.matchAll(/^[^\s#].*/gm)) {
    const inText = longTexts.some(({ start, end }) => start < found.index && found.index < end);
    if (!inText) yield { line: found[0].replace(/\r$/, ''), start: found.index };
  }
}

function inJson(file: string, text: string): Place {
  const entries = parseTree(text)?.children ?? [];
  // As JSON.parse does, the last of several counts.
  const value = entries.findLast(
    (entry) => entry.type === 'property' && entry.children?.[0]?.value === 'version',
  )?.children?.[1];
  if (value?.type !== 'string') {
    throw missing(file, 'there is no "version" at the outermost level', 'Write "version": "0.1.0"');
  }
  return within([value.offset, value.offset + value.length]);
}

function inPlainText(file: string, text: string): Place {
  const [, before = '', version] = /^([\s\uFEFF]*)(\S+)\s*$/.exec(text) ?? [];
  if (version === undefined) {
    throw missing(
      file,
      'the file is not one line with a version',
      'Write the version, for example 0.1.0, and nothing else',
    );
  }
  return { start: before.length, end: before.length + version.length };
}

/** What stands between the quotes of a value. */
function within([start, end]: readonly [number, number]): Place {
  return { start: start + 1, end: end - 1 };
}

function inQuotes(key: string): string {
  return `Write ${key} = "0.1.0"`;
}

function missing(file: string, message: string, remedy: string, line?: number): Failure {
  return new Failure({
    code: 'version-missing',
    where: { file, line },
    message,
    remedy: `${remedy}; or take the file out of release.version_files in slipway.toml.`,
  });
}
