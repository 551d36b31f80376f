import type * as z from 'zod';
import { checkRules } from './check-rules.ts';
import { completeDefinition } from './complete-definition.ts';
import type { Definition } from './definition.ts';
import { architectureFilePattern, slipwayFile, type WrittenFile } from './definition-files.ts';
import { Failure, type Problem } from './problem.ts';
import { architectureSchema } from './schema/architecture-schema.ts';
import { toJsonSchema } from './schema/json-schemas.ts';
import { slipwaySchema } from './schema/slipway-schema.ts';
import { schemaProblems } from './syntax/schema-problems.ts';
import { readToml } from './syntax/toml-document.ts';

export interface ParseOptions {
  /** False: stop after the syntax, to look at a definition whose values contradict each other. Default: true. */
  rules?: boolean;
}

/**
 * Reads a definition from the content of its files, keyed by their path from the workspace root; other files are
 * passed over. First the syntax of every file, then the rules across fields; what a host can do is `checkHost`.
 * Throws Failure with all problems of the first step that has any: `definition-missing`, `definition-syntax`,
 * `definition-invalid`, or `definition-rule`.
 */
export function parseDefinition(
  files: Readonly<Record<string, string>>,
  options: ParseOptions = {},
): Definition {
  const problems: Problem[] = [];
  const slipway = readFile(slipwayFile, files[slipwayFile], slipwaySchema, problems);
  const architectures = Object.keys(files)
    .filter((file) => architectureFilePattern.test(file))
    .sort()
    .map((file) => readFile(file, files[file], architectureSchema, problems));
  if (architectures.length === 0) problems.push(noArchitecture);

  const read = architectures.filter((file) => file !== undefined);
  if (problems.length > 0 || slipway === undefined) throw new Failure(problems);
  const definition = completeDefinition(slipway, read);

  const contradictions = options.rules === false ? [] : checkRules(definition);
  if (contradictions.length > 0) throw new Failure(contradictions);
  return definition;
}

function readFile<T>(
  file: string,
  content: string | undefined,
  schema: z.ZodType<T>,
  problems: Problem[],
): WrittenFile<T> | undefined {
  if (content === undefined) {
    problems.push(missing(file));
    return undefined;
  }
  const document = readToml(file, content);
  if ('code' in document) {
    problems.push(document);
    return undefined;
  }
  const result = schema.safeParse(document.value);
  if (result.success) return { document, written: result.data };
  problems.push(...schemaProblems(document, toJsonSchema(schema), result.error.issues));
  return undefined;
}

function missing(file: string): Problem {
  return {
    code: 'definition-missing',
    message: `there is no ${file} in the workspace root`,
    remedy: `Write ${file} with the tables [application] and [repositories], or go to the folder that has one.`,
    where: { file },
  };
}

const noArchitecture: Problem = {
  code: 'definition-missing',
  message: 'no architecture is defined: there is no architectures/<name>/architecture.toml',
  remedy: 'Write one for the first GPU family, for example architectures/ampere/architecture.toml.',
  where: { file: 'architectures' },
};
