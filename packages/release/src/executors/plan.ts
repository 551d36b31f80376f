import type { ExecutorContext } from '@nx/devkit';
import { Failure, formatProblem, type Problem } from '@slipway/contract';
import { readDefinition } from '@slipway/effects';
import { command } from '@slipway/images';
import { describePlan } from '../describe-release.ts';
import { describeImages, explainVersions } from '../explain-versions.ts';
import { askRegistry } from '../in-registry.ts';
import { previewRelease, type ReleaseRequest } from '../make-release.ts';
import type { ReleasePlan } from '../plan.ts';

/** `nx run release:plan` */
export default function planExecutor(
  { json, commit, ...request }: Omit<ReleaseRequest, 'kind'> & { json?: boolean },
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return command(root, async (surroundings) => {
    const definition = readDefinition(root);
    const around = { ...surroundings, inRegistry: askRegistry(root, definition) };
    const [candidate, promotion] = await Promise.all([
      problemsOr(previewRelease({ kind: 'candidate', commit, ...request }, definition, around)),
      problemsOr(previewRelease({ kind: 'promotion', ...request }, definition, around)),
    ]);
    const versions = [candidate, promotion].map((planned) =>
      'outcome' in planned && planned.outcome === 'released' ? planned.version : null,
    );
    const images = await explainVersions(versions, around);
    if (json) {
      console.log(JSON.stringify({ candidate, promotion, images }, null, 2));
    } else {
      // What keeps both from being planned, such as a remote that does not answer, is told once.
      const told = [
        `${await describe(candidate)}${describeImages(images, versions[0])}`,
        `${await describe(promotion)}${describeImages(images, versions[1])}`,
      ];
      console.log([...new Set(told)].join('\n\n'));
    }
    return [candidate, promotion].every((planned) => !('problems' in planned) || isRefusal(planned.problems));
  });
}

type Planned = ReleasePlan | { problems: readonly Problem[] };

async function problemsOr(plan: Promise<ReleasePlan>): Promise<Planned> {
  try {
    return await plan;
  } catch (error) {
    if (error instanceof Failure) return { problems: error.problems };
    throw error;
  }
}

function describe(planned: Planned): string | Promise<string> {
  return 'problems' in planned ? planned.problems.map(formatProblem).join('\n') : describePlan(planned);
}

/** That the newest candidate is not to be promoted now is what was asked, and no failure of asking. */
function isRefusal(problems: readonly Problem[]): boolean {
  return problems.every(({ code }) => code === 'promotion-refused');
}
