import { Failure, parseReference } from '@slipway/contract';
import type { Registry } from '@slipway/effects';
import { type ImagePlan, isLoaded, type RegistryAnswers } from './plan.ts';
import { questions, settle } from './settle.ts';

/**
 * Asks the registries everything that some plans need to know, each reference once and all at the same time, and
 * settles the plans: first the images that stand on none of the others, then the ones that stand on those.
 */
export async function settlePlans(plans: readonly ImagePlan[], registry: Registry): Promise<ImagePlan[]> {
  const answers: RegistryAnswers = {};
  // Whoever only works here needs no log-in: what one would be needed for counts as not there.
  const spared = new Set(plans.filter(isLoaded).flatMap(questions));
  const ask = async (references: string[]) => {
    const open = [...new Set(references)].filter((reference) => !(reference in answers));
    await Promise.all(
      open.map(async (reference) => {
        const asked = registry.digest(parseReference(reference));
        const answer = spared.has(reference) ? asked.catch(absentWhenDenied) : asked;
        answers[reference] = (await answer) ?? null;
      }),
    );
  };
  await ask(plans.flatMap(questions));
  const first = plans.map((plan) => settle(plan, answers));
  // A runtime image's key tag is only known once its parents' digests are.
  await ask(first.flatMap(questions));
  return first.map((plan) => settle(plan, answers));
}

function absentWhenDenied(error: unknown): undefined {
  if (error instanceof Failure && error.problems[0]?.code === 'registry-denied') return undefined;
  throw error;
}
