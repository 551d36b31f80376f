import type { Definition } from './definition.ts';
import type { Problem } from './problem.ts';
import type { Rule } from './rules/contradiction.ts';
import * as cuda from './rules/cuda.ts';
import * as flashAttention from './rules/flash-attention.ts';
import * as limits from './rules/limits.ts';
import * as lists from './rules/lists.ts';
import * as names from './rules/names.ts';
import * as tags from './rules/tags.ts';
import * as torch from './rules/torch.ts';

/** Every rule across fields, by its name. */
export const rules: Readonly<Record<string, Rule>> = {
  ...names,
  ...tags,
  ...lists,
  ...limits,
  ...cuda,
  ...torch,
  ...flashAttention,
};

/** All values that contradict each other or a fact about GPUs, CUDA or wheels, in the order of files and lines. */
export function checkRules(definition: Definition): Problem[] {
  const problems = Object.values(rules).flatMap((rule) => rule(definition));
  const files = Object.keys(definition.lines);
  const rank = ({ where }: Problem) => files.indexOf(where?.file ?? '') * 1e6 + (where?.line ?? 0);
  return problems.toSorted((a, b) => rank(a) - rank(b));
}
