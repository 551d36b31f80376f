import type { ExecutorContext } from '@nx/devkit';
import { readDefinition } from '@slipway/effects';
import { command } from '@slipway/images';
import type { ReleaseRequest } from '../make-release.ts';
import { verifyReleaseTag } from '../read-release-tag.ts';

type VerifyOptions = Pick<ReleaseRequest, 'remote' | 'branch'> & { as: string };

/** `nx run release:verify v0.2.0`: whether a tag may be published, whoever made it. */
export default function verifyExecutor(
  { as: tag, ...request }: VerifyOptions,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return command(root, async (around) => {
    const { version, commit } = await verifyReleaseTag(tag, request, readDefinition(root), around);
    console.log(
      `${version} may be published: annotated, on its branch, and stated by its commit ${commit.slice(0, 10)}`,
    );
    return true;
  });
}
