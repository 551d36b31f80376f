import { Failure } from '@slipway/contract';
import {
  applyEdits,
  findNodeAtLocation,
  type JSONPath,
  modify,
  type ParseError,
  parse,
  printParseErrorCode,
} from 'jsonc-parser';
import { insertJson } from './insert-json.ts';

/**
 * `package.json` with Slipway among its development dependencies, otherwise as it is.
 * @param text undefined: there is none. @param version range of Slipway's versions.
 * @throws Failure `definition-syntax`, `definition-invalid`.
 */
export function mergePackageJson(text: string | undefined, version: string): string {
  const file = 'package.json';
  if (text === undefined) return print({ private: true, devDependencies: { slipway: version } });
  const { dependencies, devDependencies } = read(text, file, false);
  for (const [name, value] of Object.entries({ dependencies, devDependencies })) {
    if (value !== undefined && !isObject(value)) throw wrongForm(file, name, 'an object');
  }
  const there = { ...(dependencies as object), ...(devDependencies as object) };
  return 'slipway' in there ? text : set(text, ['devDependencies', 'slipway'], version);
}

/**
 * `nx.json` with Slipway's plugins behind those that are there and an answer to what Nx would stop to ask, otherwise as it
 * is, comments too. A new one besides keeps to plain output and to this machine.
 * @param text undefined: there is none. @param branch what `nx affected` compares with in a new one.
 * @throws Failure `definition-syntax`, `definition-invalid`.
 */
export function mergeNxJson(text: string | undefined, branch: string): string {
  const file = 'nx.json';
  if (text === undefined) {
    return print({
      $schema: './node_modules/nx/schemas/nx-schema.json',
      defaultBase: branch,
      analytics: false,
      neverConnectToCloud: true,
      tui: { enabled: false },
      plugins,
    });
  }
  const { analytics, plugins: there } = read(text, file);
  const merged = mergePlugins(text, there, file);
  return analytics === undefined ? set(merged, ['analytics'], false) : merged;
}

function mergePlugins(text: string, there: unknown, file: string): string {
  if (there === undefined) return set(text, ['plugins'], plugins);
  if (!Array.isArray(there)) throw wrongForm(file, 'plugins', 'a list');
  const names = there.map((each) => (isObject(each) ? each.plugin : each));
  return plugins
    .filter((plugin) => !names.includes(plugin))
    .reduce((merged, plugin) => insert(merged, ['plugins'], plugin), text);
}

/** What Nx finds Slipway's projects by. */
export const plugins = [
  '@slipway/base-images',
  '@slipway/runtime-image',
  '@slipway/run-launcher/plugin',
  '@slipway/release',
  '@slipway/workflows',
];

/** @param lenient whether comments and a comma behind the last entry are allowed, as Nx does and npm does not. */
function read(text: string, file: string, lenient = true): Record<string, unknown> {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, {
    allowTrailingComma: lenient,
    disallowComments: !lenient,
  });
  const [error] = errors;
  if (error !== undefined) {
    throw new Failure({
      code: 'definition-syntax',
      where: { file, line: text.slice(0, error.offset).split('\n').length },
      message: `not JSON: ${printParseErrorCode(error.error)}`,
      remedy: `correct ${file}, or move it away: a new one is written then`,
    });
  }
  if (!isObject(value)) throw wrongForm(file, 'it', 'an object');
  return value;
}

function wrongForm(file: string, what: string, form: string): Failure {
  return new Failure({
    code: 'definition-invalid',
    where: { file },
    message: `${what} is not ${form}`,
    remedy: `write it as ${form}`,
  });
}

/** A value that is not there yet. */
function set(text: string, path: JSONPath, value: unknown): string {
  const above = path.slice(0, -1);
  const name = path.at(-1) ?? '';
  const holder = parsed(text, above);
  if (holder === undefined) return set(text, above, { [name]: value });
  if (isObject(holder) && Object.keys(holder).length > 0) {
    const entry = `${JSON.stringify(name)}: ${print(value, text, path.length).trim()}`;
    return insertJson(text, (root) => findNodeAtLocation(root, above), entry);
  }
  return applyEdits(text, modify(text, path, value, { formattingOptions: formatting(text) }));
}

/** One more element of a list. */
function insert(text: string, path: JSONPath, value: string): string {
  const list = parsed(text, path) as unknown[];
  if (list.length > 0) {
    return insertJson(text, (root) => findNodeAtLocation(root, path), JSON.stringify(value));
  }
  return applyEdits(text, modify(text, path, [value], { formattingOptions: formatting(text) }));
}

/** The value at a path; undefined: there is none. */
function parsed(text: string, path: JSONPath): unknown {
  const root: unknown = parse(text, [], { allowTrailingComma: true });
  return path.reduce((value: unknown, key) => (isObject(value) ? value[key] : undefined), root);
}

/** As the file is indented already. */
function formatting(text: string) {
  const [, indent = '  '] = /^([ \t]+)\S/m.exec(text) ?? [];
  return {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @param text whose indentation to follow, `depth` levels deep. */
function print(value: unknown, text = '', depth = 0): string {
  const { insertSpaces, tabSize, eol } = formatting(text);
  const indent = insertSpaces ? ' '.repeat(tabSize) : '\t'.repeat(tabSize);
  return `${JSON.stringify(value, null, indent).replaceAll('\n', `${eol}${indent.repeat(depth)}`)}${eol}`;
}
