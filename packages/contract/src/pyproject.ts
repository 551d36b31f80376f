import { getStaticTOMLValue, parseTOML } from 'toml-eslint-parser';
import * as z from 'zod';
import { Failure } from './problem.ts';

const pyprojectSchema = z.object({
  project: z.object({
    name: z.string(),
    version: z.string().optional(),
    'requires-python': z.string().optional(),
    dependencies: z.array(z.string()).default([]),
    'optional-dependencies': z.record(z.string(), z.array(z.string())).default({}),
  }),
});

/** The part of an application's pyproject.toml that Slipway reads. */
export interface Pyproject {
  name: string;
  /** Null: it is dynamic. */
  version: string | null;
  /** PEP 508 requirements. */
  dependencies: readonly string[];
  optionalDependencies: Readonly<Record<string, readonly string[]>>;
}

/**
 * Reads an application's pyproject.toml.
 * @throws Failure `definition-syntax` or `definition-invalid` naming `file`.
 */
export function parsePyproject(text: string, file: string): Pyproject {
  let value: Record<string, unknown>;
  try {
    value = getStaticTOMLValue(parseTOML(text)) as Record<string, unknown>;
  } catch (error) {
    throw new Failure({
      code: 'definition-syntax',
      where: { file, line: (error as { lineNumber?: number }).lineNumber },
      message: `not TOML: ${(error as Error).message}`,
      remedy: 'correct the line',
    });
  }
  if (!('project' in value)) throw noProject(value, file);
  const parsed = pyprojectSchema.safeParse(value);
  if (!parsed.success) {
    throw new Failure(
      parsed.error.issues.map((issue) => ({
        code: 'definition-invalid' as const,
        where: { file },
        message: `${issue.path.join('.')}: ${issue.message}`,
        remedy: 'write it as https://packaging.python.org/en/latest/specifications/pyproject-toml/ says',
      })),
    );
  }
  const { project } = parsed.data;
  return {
    name: project.name,
    version: project.version ?? null,
    dependencies: project.dependencies,
    optionalDependencies: project['optional-dependencies'],
  };
}

function noProject({ tool }: { tool?: unknown }, file: string): Failure {
  const isPoetry = typeof tool === 'object' && tool !== null && 'poetry' in tool;
  return new Failure({
    code: 'definition-invalid',
    where: { file },
    message: `there is no table [project]${isPoetry ? '; what [tool.poetry] says is read by Poetry alone' : ''}`,
    remedy: isPoetry
      ? 'move name, version, requires-python and dependencies to [project], which Poetry >= 2 reads too: https://python-poetry.org/docs/pyproject/#the-project-section'
      : 'write [project] with a name and a version: https://packaging.python.org/en/latest/specifications/pyproject-toml/',
  });
}
