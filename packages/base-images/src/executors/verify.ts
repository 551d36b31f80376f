import type { ExecutorContext } from '@nx/devkit';
import { formatProblem } from '@slipway/contract';
import { command, openWorkspace, projectPrefix, requestsFor, verifyBases } from '@slipway/images';
import prettyBytes from 'pretty-bytes';

interface VerifyOptions {
  architectures?: string[];
  builder?: string;
}

/** `nx run base-images:verify`, `nx run base-turing:verify` */
export default function verify(
  { architectures, builder }: VerifyOptions,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return command(
    root,
    async (around) => {
      const workspace = await openWorkspace(around);
      const requests = requestsFor(workspace, 'base', architectures);
      // Whoever names a base wants to know what it would be, whatever that takes.
      const done = await verifyBases(workspace, requests, around, { unbuilt: architectures !== undefined });
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
      return done.every(({ record }) => record.problems === undefined);
    },
    builder,
  );
}
