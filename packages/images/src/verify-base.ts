import { join } from 'node:path';
import { Failure } from '@slipway/contract';
import { asFailure, type Registry } from '@slipway/effects';
import type { Surroundings } from './build.ts';
import { readFactsOf, writeBuildFacts } from './build-facts.ts';
import { type ImageRequest, isProblems, planImages, type Workspace } from './build-images.ts';
import type { BuildCall, ImagePlan } from './plan.ts';
import { newRecordPlace, type VerificationRecord, writeRecord } from './record.ts';
import { checkVerification, diskBytes, type Verification, verify } from './verification.ts';

/**
 * Proves bases again, as they are published or as they would be built now, and writes a record of each. What the builder
 * does not have any more it fetches from the registry. What a published one's verification found is kept again where it
 * was lost.
 * @param unbuilt whether one that is not published is to be made for it, which may take hours; otherwise it is passed over.
 */
export async function verifyBases(
  workspace: Workspace,
  requests: readonly ImageRequest[],
  around: Surroundings,
  { unbuilt }: { unbuilt: boolean },
): Promise<{ record: VerificationRecord; path: string }[]> {
  const planned = await planImages(workspace, requests);
  const done = [];
  // One after the other: each unpacks a whole base on the builder.
  for (const { project } of requests) {
    const started = workspace.doors.now();
    const place = newRecordPlace(started, `${project}-verify`);
    let found: Verification | undefined;
    let problems: VerificationRecord['problems'];
    const plan = planned.get(project) ?? [];
    if (!isProblems(plan) && !isPublished(plan) && !unbuilt) {
      around.say(`not published, so not proven (${plan.reason}): npx nx run ${project}:build-image`, project);
      continue;
    }
    if (isProblems(plan)) problems = plan;
    else {
      try {
        const published = isPublished(plan);
        around.say(
          `${published ? `proving ${plan.keyTag}` : `${plan.reason}: proving what would be built`}`,
          project,
        );
        const call = plan.builds.find(({ target }) => target === 'verify');
        if (call === undefined) throw missingHelper(project, plan.reason);
        const engine = await workspace.doors.engine();
        const proven = published ? fromPublished(call, plan) : call;
        found = await verify(proven, engine, join(around.root, place.log), { ...around, project });
        checkVerification(plan, found);
        if (published && (await keepAgain(plan, found, workspace.doors.registry))) {
          around.say(`kept again what it found, which was lost: ${plan.keyTag}.build`, project);
        }
      } catch (error) {
        problems = asFailure(error).problems;
      }
    }
    const record: VerificationRecord = {
      record: 'verification',
      project,
      keyTag: isProblems(plan) ? null : plan.keyTag,
      startedAt: started.toISOString(),
      endedAt: workspace.doors.now().toISOString(),
      ...(found && { verification: { ...found, diskBytes: diskBytes(found) } }),
      log: place.log,
      ...(problems && { problems }),
    };
    done.push({ record, path: writeRecord(around.root, place, record) });
  }
  return done;
}

const isPublished = ({ state }: ImagePlan): boolean => state === 'current' || state === 'tag';

/** The layers of the image itself, whatever a moving tag points at. */
const fromPublished = (call: BuildCall, { repository, keyTag }: ImagePlan): BuildCall => ({
  ...call,
  cacheFrom: [`${repository}:${keyTag}`, ...call.cacheFrom],
});

/** What lists of a base's packages are made from, and nobody can tell who only has the image. */
async function keepAgain(plan: ImagePlan, found: Verification, registry: Registry): Promise<boolean> {
  const kept = await readFactsOf(plan.repository, plan.keyTag ?? '', registry);
  // Of bases that were proven before, what was found then may lack the packages' sources, which advisories go by.
  const tellsSources = ({ system }: Pick<Verification, 'system'>) =>
    system?.packages.some(({ source }) => source !== undefined) ?? false;
  const whole = kept?.packages !== undefined && (tellsSources(kept) || !tellsSources(found));
  if (whole && kept.key === plan.key) return false;
  await writeBuildFacts(plan, registry, found);
  return true;
}

function missingHelper(project: string, reason: string): Failure {
  return new Failure({
    code: 'image-missing',
    message: `${project} cannot be proven: ${reason}`,
    remedy: `build it first: npx nx run ${project}:build-image`,
  });
}
