import { Failure } from '@slipway/contract';
import { z } from 'zod';

/** What a person asks for: one training run. */
export const runDefinitionSchema = z.strictObject({
  /** An image by reference; else `version` and `architecture` name one of the workspace. */
  image: z.string().optional(),
  version: z.string().optional(),
  architecture: z.string().optional(),
  /** Host folder that becomes /output; default: a new one in the folder of the run. */
  output: z.string().optional(),
  /** Host folder that becomes the application's cache, so that downloads and prepared data outlive the container. */
  cache: z.string().optional(),
  shmSize: z
    .string()
    .regex(/^\d+(\.\d+)?[bkmg]?$/i, 'a size such as 8g or 512m')
    .default('8g'),
  cfg: z.string().optional(),
  /** KEY VALUE pairs, passed on untouched. */
  opts: z
    .array(z.string())
    .refine((words) => words.length % 2 === 0, 'KEY VALUE pairs: the number of words is odd')
    .default([]),
  /** Program and arguments that run instead of the application's own command. */
  command: z.array(z.string()).default([]),
  gpus: z.string().optional(),
});

export type RunDefinition = z.infer<typeof runDefinitionSchema>;

/**
 * Checks what was asked for.
 * @throws Failure `usage` with all its problems.
 */
export function parseRunDefinition(value: unknown): RunDefinition {
  const parsed = runDefinitionSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Failure(
    parsed.error.issues.map((issue) => ({
      code: 'usage' as const,
      message: `--${issue.path.join('.').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}: ${issue.message}`,
      remedy: 'see slipway run --help',
    })),
  );
}
