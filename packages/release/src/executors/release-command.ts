import { readDefinition } from '@slipway/effects';
import { command } from '@slipway/images';
import { describeReleased } from '../describe-release.ts';
import { askRegistry } from '../in-registry.ts';
import { previewRelease, type ReleaseRequest } from '../make-release.ts';
import { recordRelease } from '../record-release.ts';
import { writeOutputs } from '../write-outputs.ts';

/** What a person gives. */
export interface ReleaseOptions extends Omit<ReleaseRequest, 'kind'> {
  dryRun?: boolean;
  json?: boolean;
}

/** What the executors `candidate` and `promote` do. */
export function releaseCommand(
  kind: ReleaseRequest['kind'],
  { dryRun, json, ...request }: ReleaseOptions,
  root: string,
): Promise<{ success: boolean }> {
  return command(root, async (surroundings) => {
    const definition = readDefinition(root);
    const around = { ...surroundings, inRegistry: askRegistry(root, definition) };
    if (dryRun) {
      console.log(JSON.stringify(await previewRelease({ kind, ...request }, definition, around), null, 2));
      return true;
    }
    const { released, path } = await recordRelease({ kind, ...request }, definition, around);
    writeOutputs(released);
    console.log(json ? JSON.stringify(released, null, 2) : `${describeReleased(released)}\nrecord ${path}`);
    return true;
  });
}
