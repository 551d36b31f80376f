import type * as z from 'zod';
import { nearest } from '../nearest.ts';
import type { Problem } from '../problem.ts';
import type { JsonSchema } from '../schema/json-schemas.ts';
import { toToml } from './quote.ts';
import type { KeyPath, TomlDocument } from './toml-document.ts';

type Issue = z.core.$ZodIssue;

/** Each complaint of zod about a document as a problem at the line of the key, with a remedy that can be typed. */
export function schemaProblems(
  document: TomlDocument,
  schema: JsonSchema,
  issues: readonly Issue[],
): Problem[] {
  const problems = issues.flatMap((issue) => problemsOf(document, schema, issue));
  return problems.sort((a, b) => (a.where?.line ?? 0) - (b.where?.line ?? 0));
}

function problemsOf(document: TomlDocument, schema: JsonSchema, issue: Issue): Problem[] {
  const path = issue.path as KeyPath;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(document, schema, path, key));
  }
  if (issue.code === 'invalid_union') return unionProblems(document, schema, issue);
  if (valueAt(document.value, path) === undefined) return [missingKey(document, schema, path)];

  const written = document.textOf(path) ?? tableName(path);
  const key = keyName(path);
  const message = `${key}: ${written} ${complaint(issue)}`;
  return [problem(document, path, message, writeInstead(schema, path))];
}

/** What is wrong with a value that is there, as the end of the sentence that the value begins. */
export function complaint(issue: Exclude<Issue, { code: 'unrecognized_keys' | 'invalid_union' }>): string {
  switch (issue.code) {
    case 'custom':
      return `is not ${issue.message}`;
    case 'invalid_type':
      return `is not ${typeNouns[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `is not ${issue.values.map((value) => toToml(value)).join(' or ')}`;
    case 'too_small':
      if (issue.origin === 'number' || issue.origin === 'int') return `is below ${issue.minimum}`;
      return issue.origin === 'array' ? 'has no element' : 'is empty';
    case 'too_big':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `is above ${issue.maximum}`
        : 'is too long';
    case 'invalid_format':
      return 'is malformed';
    case 'invalid_key':
      return 'stands under a malformed name';
    default:
      return `is not right: ${issue.message}`;
  }
}

const typeNouns: Record<string, string> = {
  string: 'text in quotes',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list in brackets',
  object: 'a table',
};

/** A union is reported as the one member whose shape was meant; as itself when the value has the shape of none. */
function unionProblems(
  document: TomlDocument,
  schema: JsonSchema,
  issue: Extract<Issue, { code: 'invalid_union' }>,
): Problem[] {
  const path = issue.path as KeyPath;
  const meant = issue.errors.find((errors) =>
    errors.every((error) => error.path.length > 0 || error.code === 'unrecognized_keys'),
  );
  if (meant !== undefined) {
    return meant.flatMap((error) =>
      problemsOf(document, schema, { ...error, path: [...issue.path, ...error.path] }),
    );
  }
  const message = `${keyName(path)}: ${document.textOf(path) ?? tableName(path)} is none of its forms`;
  const forms = (schemaAt(schema, path)?.anyOf ?? []).map((form) => toToml(exampleOf(form)));
  const key = lastName(path);
  return [problem(document, path, message, `Write ${forms.map((form) => `${key} = ${form}`).join(' or ')}.`)];
}

function unknownKey(document: TomlDocument, schema: JsonSchema, table: KeyPath, key: string): Problem {
  const known = Object.keys(propertiesOf(schemaAt(schema, table)));
  const there = Object.keys((valueAt(document.value, table) as object | undefined) ?? {});
  const meant = nearest(
    key,
    known.filter((name) => !there.includes(name)),
  );
  const belongsToTop = table.length > 0 && schema.properties?.[key] !== undefined;
  const remedy = belongsToTop
    ? `Move ${key} above the first [table]: below a heading it belongs to that table.`
    : meant !== undefined
      ? `Rename it to ${meant}.`
      : `Remove it; ${tableName(table)} knows ${known.join(', ')}.`;
  return problem(document, [...table, key], `${tableName(table)} has the unknown key "${key}"`, remedy);
}

function missingKey(document: TomlDocument, schema: JsonSchema, path: KeyPath): Problem {
  const table = path.slice(0, -1);
  const wanted = schemaAt(schema, path);
  const key = lastName(path);
  const purpose = wanted?.description === undefined ? '' : ` (${wanted.description.replace(/\.$/, '')})`;
  if (wanted?.properties !== undefined) {
    const remedy = `Add the table ${tableName(path)} with ${(wanted.required ?? []).join(', ')}.`;
    return problem(document, path, `the table ${tableName(path)} is missing${purpose}`, remedy);
  }
  const remedy = `Add ${key} = ${toToml(exampleOf(wanted))} to ${tableName(table)}.`;
  return problem(document, path, `${tableName(table)} has no ${key}${purpose}`, remedy);
}

function writeInstead(schema: JsonSchema, path: KeyPath): string {
  // An element is best shown in its list.
  const own = path.slice(0, path.findLastIndex((part) => typeof part === 'string') + 1);
  const wanted = schemaAt(schema, own);
  if (wanted?.properties !== undefined) {
    return `Write it as a table ${tableName(own)} with ${Object.keys(wanted.properties).join(', ')}.`;
  }
  const examples = wanted?.examples ?? [exampleOf(wanted)];
  return `Write it like ${examples.map((example) => `${lastName(own)} = ${toToml(example)}`).join(' or ')}.`;
}

function exampleOf(schema: JsonSchema | undefined): unknown {
  if (schema === undefined) return '...';
  if (schema.examples?.[0] !== undefined) return schema.examples[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.enum?.[0] !== undefined) return schema.enum[0];
  if (schema.items !== undefined) return [exampleOf(schema.items)];
  if (schema.properties !== undefined) {
    return Object.fromEntries(
      Object.entries(schema.properties).map(([key, entry]) => [key, exampleOf(entry)]),
    );
  }
  return '...';
}

function propertiesOf(schema: JsonSchema | undefined): Record<string, JsonSchema> {
  const forms = [schema, ...(schema?.anyOf ?? [])];
  return forms.find((form) => form?.properties !== undefined)?.properties ?? {};
}

function schemaAt(schema: JsonSchema, path: KeyPath): JsonSchema | undefined {
  return path.reduce<JsonSchema | undefined>((current, part) => {
    return typeof part === 'number' ? current?.items : propertiesOf(current)[part];
  }, schema);
}

function valueAt(value: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (current, part) => (current as Record<string | number, unknown>)?.[part],
    value,
  );
}

function keyName(path: KeyPath): string {
  return path.reduce<string>(
    (name, part) => (typeof part === 'number' ? `${name}[${part}]` : name === '' ? part : `${name}.${part}`),
    '',
  );
}

function lastName(path: KeyPath): string {
  return String(path.findLast((part) => typeof part === 'string') ?? '');
}

function tableName(path: KeyPath): string {
  const names = path.filter((part) => typeof part === 'string').join('.');
  if (names === '') return 'the top of the file';
  return typeof path.at(-1) === 'number' ? `[[${names}]]` : `[${names}]`;
}

function problem(document: TomlDocument, path: KeyPath, message: string, remedy: string): Problem {
  return {
    code: 'definition-invalid',
    message,
    remedy,
    where: { file: document.file, line: document.lineOf(path) },
  };
}
