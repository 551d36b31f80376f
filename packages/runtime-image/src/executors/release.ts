import type { ExecutorContext } from '@nx/devkit';
import { placedRepository } from '@slipway/contract';
import { command, openWorkspace } from '@slipway/images';
import prettyBytes from 'pretty-bytes';
import { publishedVersion } from '../publish-plan.ts';
import { requireRelease } from '../smoke.ts';

interface ReleaseOptions {
  as?: string;
  json?: boolean;
}

/** `nx run runtime-image:release --as=v0.2.0`: what a published version consists of, read back from the registry. */
export default function releaseExecutor(
  { as, json }: ReleaseOptions,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return command(root, async (around) => {
    const workspace = await openWorkspace(around);
    const { definition, inputs } = workspace;
    const version = publishedVersion(as, inputs.pyproject);
    const repository = placedRepository(definition.repositories.runtime, inputs.machine);
    const release = await requireRelease(workspace, repository, version);
    if (json) {
      console.log(JSON.stringify(release, null, 2));
      return true;
    }
    console.log(`${release.application} ${release.version}${release.commit ? ` (${release.commit})` : ''}`);
    for (const [name, { digest, bytes, base, contract }] of Object.entries(release.architectures)) {
      const gpus = contract['io.slipway.gpu.compute-capabilities'] || 'none';
      console.log(`  ${repository}:${name}-${release.version}`);
      console.log(`    ${digest}, ${prettyBytes(bytes)} on ${base.keyTag}, GPUs: ${gpus}`);
    }
    return true;
  });
}
