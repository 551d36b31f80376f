import { Failure } from '@slipway/contract';
import { applyEdits, type JSONPath, modify, type ParseError, parse, printParseErrorCode } from 'jsonc-parser';

/**
 * `package.json` with Slipway among its development dependencies, otherwise as it is.
 * @param text undefined: there is none. @param version range of Slipway's versions.
 * @throws Failure `definition-syntax`, `definition-invalid`.
 */
export function mergePackageJson(text: string | undefined, version: string): string {
  const file = 'package.json';
  if (text === undefined) return print({ private: true, devDependencies: { slipway: version } });
  const { dependencies, devDependencies } = read(text, file);
  for (const [name, value] of Object.entries({ dependencies, devDependencies })) {
    if (value !== undefined && !isObject(value)) throw wrongForm(file, name, 'an object');
  }
  const there = { ...(dependencies as object), ...(devDependencies as object) };
  return 'slipway' in there ? text : set(text, ['devDependencies', 'slipway'], version);
}

/**
 * `nx.json` with Slipway's plugins behind those that are there, otherwise as it is, comments too.
 * @param text undefined: there is none. @param branch what `nx affected` compares with in a new one.
 * @throws Failure `definition-syntax`, `definition-invalid`.
 */
export function mergeNxJson(text: string | undefined, branch: string): string {
  const file = 'nx.json';
  if (text === undefined) {
    return print({ $schema: './node_modules/nx/schemas/nx-schema.json', defaultBase: branch, plugins });
  }
  const there = read(text, file).plugins;
  if (there === undefined) return set(text, ['plugins'], plugins);
  if (!Array.isArray(there)) throw wrongForm(file, 'plugins', 'a list');
  const names = there.map((each) => (isObject(each) ? each.plugin : each));
  return plugins
    .filter((plugin) => !names.includes(plugin))
    .reduce((merged, plugin, index) => insert(merged, ['plugins', there.length + index], plugin), text);
}

/** What Nx finds Slipway's projects by. */
export const plugins = [
  '@slipway/base-images',
  '@slipway/runtime-image',
  '@slipway/run-launcher/plugin',
  '@slipway/release',
  '@slipway/workflows',
];

function read(text: string, file: string): Record<string, unknown> {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
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

function set(text: string, path: JSONPath, value: unknown): string {
  return applyEdits(text, modify(text, path, value, { formattingOptions: formatting(text) }));
}

function insert(text: string, path: JSONPath, value: unknown): string {
  const options = { formattingOptions: formatting(text), isArrayInsertion: true };
  return applyEdits(text, modify(text, path, value, options));
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

function print(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
