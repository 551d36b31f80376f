import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { Failure, type Problem } from '@slipway/contract';
import { maskPlan } from './dockerfile-secrets.ts';
import type { ImagePlan } from './plan.ts';

/** Version of the plan's form; a saved plan of another version is refused. */
const planVersion = 4;

/** The text that `--dry-run` prints: a document of its own, from a line `{` to a line `}`. */
export function printPlan(
  images: readonly ImagePlan[],
  release?: { version: string; notes: readonly string[] },
): string {
  const written = images.map(maskPlan);
  return JSON.stringify({ slipwayPlan: planVersion, ...(release && { release }), images: written }, null, 2);
}

/**
 * Reads a saved plan back. What Nx prints around it is passed over, and several documents in one file are taken
 * together, so that the output of any `--dry-run` can be handed back as it was printed.
 * @throws Failure `plan-unreadable`.
 */
export function readPlan(path: string): ImagePlan[] {
  const refuse = (why: string) =>
    new Failure({
      code: 'plan-unreadable',
      where: { file: path },
      message: why,
      remedy: 'save one with --dry-run, for example: npx nx run base-cpu:build-image --dry-run > plan.json',
    });
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw refuse((error as Error).message);
  }
  // Nx puts the project before each line of a task that it streams, in colours even where they cannot be seen.
  text = stripVTControlCharacters(text).replace(/^[\w.-]+: (?=[\s{}])/gm, '');
  const documents = [...text.matchAll(/^\{\n[\s\S]*?^\}$/gm)].map(([document]) => document);
  if (documents.length === 0) throw refuse('the file holds no plan');
  return documents.flatMap((document) => {
    let plan: { slipwayPlan?: number; images?: ImagePlan[] };
    try {
      plan = JSON.parse(document) as typeof plan;
    } catch (error) {
      throw refuse((error as Error).message);
    }
    if (plan.slipwayPlan !== planVersion) throw refuse(`not a plan of version ${planVersion}`);
    const images = Array.isArray(plan.images) ? plan.images : [];
    const missing = [...new Set(images.flatMap(lacking))];
    if (missing.length > 0) throw refuse(`an image of the plan lacks ${missing.join(', ')}`);
    return images;
  });
}

/** What keeps a saved plan from being carried out: a parent was built anew since, and another image would come out. */
export function keyProblem(saved: ImagePlan, settled: ImagePlan): Problem | undefined {
  if (saved.key === null || saved.key === settled.key) return undefined;
  return {
    code: 'plan-outdated',
    message: `${saved.project}: what the plan stands on has changed in the registry since it was made`,
    remedy: 'make the plan again',
  };
}

/** Names of what a plan must hold to be carried out, and this one does not. */
function lacking(image: Partial<ImagePlan> | null): string[] {
  const lists = ['builds', 'movingTags', 'siblings'] as const;
  const objects = ['components', 'tagDigests', 'machine'] as const;
  const texts = ['project', 'kind', 'architecture', 'state', 'repository'] as const;
  return [
    ...lists.filter((name) => !Array.isArray(image?.[name])),
    ...(typeof image?.limit === 'object' ? [] : ['limit']),
    ...objects.filter((name) => typeof image?.[name] !== 'object' || image[name] === null),
    ...texts.filter((name) => typeof image?.[name] !== 'string'),
  ];
}
