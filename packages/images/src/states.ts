import { Failure, parseReference } from '@slipway/contract';
import type { Registry } from '@slipway/effects';
import { type ImagePlan, isLoaded, type RegistryAnswers } from './plan.ts';
import { questions, settle } from './settle.ts';

/**
 * Asks the registries everything that some plans need to know, each reference once and all at the same time, and
 * settles the plans: first the images that stand on none of the others, then the ones that stand on those.
 * @param options.guess for whoever only wants to see plans: what may not be read counts as not there, and the plan says
 *   so. Registries refuse what does not exist yet to whoever has no log-in.
 */
export async function settlePlans(
  plans: readonly ImagePlan[],
  registry: Registry,
  { guess = false }: { guess?: boolean } = {},
): Promise<ImagePlan[]> {
  const answers: RegistryAnswers = {};
  const refused = new Map<string, string>();
  // Whoever only works here needs no log-in: what one would be needed for counts as not there.
  const spared = new Set(plans.filter(isLoaded).flatMap(questions));
  const ask = async (references: string[]) => {
    const open = [...new Set(references)].filter((reference) => !(reference in answers));
    await Promise.all(
      open.map(async (reference) => {
        const asked = registry.digest(parseReference(reference));
        const answer = asked.catch((error: unknown) => {
          const why = refusal(error);
          if (why === undefined || !(guess || spared.has(reference))) throw error;
          if (!spared.has(reference)) refused.set(reference, why);
        });
        answers[reference] = (await answer) ?? null;
      }),
    );
  };
  await ask(plans.flatMap(questions));
  const first = plans.map((plan) => settle(plan, answers));
  // A runtime image's key tag is only known once its parents' digests are.
  await ask(first.flatMap(questions));
  return first.map((plan) => untold(settle(plan, answers), refused));
}

/** What the registry said when it refused an answer; undefined for anything else. */
function refusal(error: unknown): string | undefined {
  const problem = error instanceof Failure ? error.problems[0] : undefined;
  return problem?.code === 'registry-denied' ? problem.message : undefined;
}

/** A plan that says what is only guessed in it, and does not hold that tags are free which nobody could see. */
function untold(plan: ImagePlan, refused: ReadonlyMap<string, string>): ImagePlan {
  const why = questions(plan).flatMap((reference) => refused.get(reference) ?? []);
  if (why.length === 0) return plan;
  const seen = Object.entries(plan.tagDigests).filter(([tag]) => !refused.has(`${plan.repository}:${tag}`));
  return {
    ...plan,
    tagDigests: Object.fromEntries(seen),
    reason: `cannot be told, so it counts as not there: ${[...new Set(why)].join('; ')}`,
  };
}
