import { Failure } from './problem.ts';
import { toJsonSchema } from './schema/json-schemas.ts';
import { type RunToml, runSchema } from './schema/run-schema.ts';
import { schemaProblems } from './syntax/schema-problems.ts';
import { readToml } from './syntax/toml-document.ts';

/**
 * Reads a `run.toml`.
 * @param file its path, for messages.
 * @throws Failure `definition-syntax` or `definition-invalid` with the line of everything that is wrong.
 */
export function parseRunFile(file: string, text: string): RunToml {
  const document = readToml(file, text);
  if ('code' in document) throw new Failure(document);
  const result = runSchema.safeParse(document.value);
  if (result.success) return result.data;
  throw new Failure(schemaProblems(document, toJsonSchema(runSchema), result.error.issues));
}
