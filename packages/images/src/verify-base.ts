import { join } from 'node:path';
import { Failure } from '@slipway/contract';
import { asFailure } from '@slipway/effects';
import type { Surroundings } from './build.ts';
import { type ImageRequest, isProblems, planImages, type Workspace } from './build-images.ts';
import { recordPath, type VerificationRecord, writeRecord } from './record.ts';
import { checkVerification, diskBytes, type Verification, verify } from './verification.ts';

/**
 * Proves bases again, as they are published or as they would be built now, and writes a record of each. What the builder
 * does not have any more it fetches from the registry, where a moving tag points at it.
 */
export async function verifyBases(
  workspace: Workspace,
  requests: readonly ImageRequest[],
  around: Surroundings,
): Promise<{ record: VerificationRecord; path: string }[]> {
  const planned = await planImages(workspace, requests);
  const done = [];
  // One after the other: each unpacks a whole base on the builder.
  for (const { project } of requests) {
    const started = workspace.doors.now();
    const log = recordPath(started.toISOString(), `${project}-verify.log`);
    let found: Verification | undefined;
    let problems: VerificationRecord['problems'];
    const plan = planned.get(project) ?? [];
    if (isProblems(plan)) problems = plan;
    else {
      try {
        const published = plan.state === 'current' || plan.state === 'tag';
        around.say(
          `${published ? `proving ${plan.keyTag}` : `${plan.reason}: proving what would be built`}`,
          project,
        );
        const call = plan.builds.find(({ target }) => target === 'verify');
        if (call === undefined) throw missingHelper(project, plan.reason);
        const engine = await workspace.doors.engine();
        found = await verify(call, engine, join(around.root, log), { ...around, project });
        checkVerification(plan, found);
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
      log,
      ...(problems && { problems }),
    };
    done.push({ record, path: writeRecord(around.root, `${project}-verify`, record) });
  }
  return done;
}

function missingHelper(project: string, reason: string): Failure {
  return new Failure({
    code: 'image-missing',
    message: `${project} cannot be proven: ${reason}`,
    remedy: `build it first: npx nx run ${project}:build-image`,
  });
}
