import { findArchitecture, formatVersion, type Version } from '@slipway/contract';
import { openWorkspace, settlePlans } from '@slipway/images';
import {
  planPublish,
  publishedVersion,
  takenVersions,
} from '../../packages/runtime-image/src/publish-plan.ts';

/**
 * The version that the application states or, when that was published with other content before, the next candidate
 * that is free: whoever changes the application and starts again gets a new version, as a release would give it.
 */
export async function freeVersion(root: string, name: string, say: (line: string) => void): Promise<string> {
  const { definition, inputs, doors } = await openWorkspace({ root, say });
  const architecture = findArchitecture(definition, name);
  const isFree = async (version: Version) => {
    const plans = await settlePlans(planPublish(inputs, [architecture], version), doors.registry);
    return takenVersions(plans).length === 0;
  };
  const stated = publishedVersion(undefined, inputs.pyproject);
  if (await isFree(stated)) return formatVersion(stated);
  for (let rc = 1; ; rc += 1) {
    const candidate = { ...stated, patch: stated.patch + 1, rc };
    if (await isFree(candidate)) return formatVersion(candidate);
  }
}
