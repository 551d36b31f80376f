import { type Definition, Failure, type Problem } from '@slipway/contract';
import { newRecordPlace, writeRecord } from '@slipway/images';
import { stepper } from './execute-release.ts';
import { makeRelease, type Released, type ReleaseRequest, type ReleaseSurroundings } from './make-release.ts';

/** What happened when a release was asked for. */
export interface ReleaseRecord extends Partial<Released> {
  record: 'release';
  kind: ReleaseRequest['kind'];
  startedAt: string;
  endedAt: string;
  problems?: readonly Problem[];
}

/**
 * Makes a release as `makeRelease` does, and writes a record of it, also of one that failed.
 * @returns what came of it, and the record's path relative to the workspace. @throws as `makeRelease`.
 */
export async function recordRelease(
  request: ReleaseRequest,
  definition: Pick<Definition, 'release'>,
  around: ReleaseSurroundings,
): Promise<{ released: Released; path: string }> {
  const started = new Date();
  const place = newRecordPlace(started, `release-${request.kind}`);
  const write = (more: Partial<ReleaseRecord>) =>
    writeRecord(around.root, place, {
      record: 'release',
      kind: request.kind,
      startedAt: started.toISOString(),
      endedAt: new Date().toISOString(),
      ...more,
    });
  try {
    const released = await makeRelease(request, definition, around);
    const path = await stepper(around.at)('record', async () => write(released));
    return { released, path };
  } catch (error) {
    if (error instanceof Failure) write({ problems: error.problems });
    throw error;
  }
}
