import type { ExecutorContext } from '@nx/devkit';
import { Failure, formatProblem } from '@slipway/contract';
import { command, openWorkspace, projectPrefix, requestsFor, verifyBases } from '@slipway/images';
import prettyBytes from 'pretty-bytes';

interface VerifyOptions {
  architectures?: string[];
  unbuilt?: boolean;
  builder?: string;
}

/** `nx run base-images:verify`, `nx run base-turing:verify` */
export default function verify(
  { architectures, unbuilt = false, builder }: VerifyOptions,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return command(
    root,
    async (around) => {
      const workspace = await openWorkspace(around);
      const requests = requestsFor(workspace, 'base', architectures);
      const done = await verifyBases(workspace, requests, around, { unbuilt });
      for (const { record, path } of done) {
        const { verification, problems = [] } = record;
        for (const problem of problems) console.error(formatProblem(problem));
        console.log(
          `${projectPrefix(record.project)}${problems.length === 0 ? 'holds what it promises' : 'failed'}`,
        );
        for (const [check, seconds] of Object.entries(verification?.seconds ?? {})) {
          console.log(`  ${check.padEnd(15)} ${seconds.toFixed(1)} s`);
        }
        if (verification) console.log(`  on disk         ${prettyBytes(verification.diskBytes)}`);
        console.log(`  record          ${path}`);
      }
      if (done.length === 0) {
        throw new Failure({
          code: 'image-missing',
          message: 'none of these bases is published, so nothing was proven',
          remedy:
            'npx nx run base-images:build-image builds and proves them; --unbuilt proves what would be built',
        });
      }
      return done.every(({ record }) => record.problems === undefined);
    },
    builder,
  );
}
