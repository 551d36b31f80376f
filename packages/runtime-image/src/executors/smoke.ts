import type { ExecutorContext } from '@nx/devkit';
import { formatProblem } from '@slipway/contract';
import { command, openWorkspace } from '@slipway/images';
import { publishedVersion } from '../publish-plan.ts';
import { smoke } from '../smoke.ts';

interface SmokeOptions {
  as?: string;
  architectures?: string[];
  timeout?: number;
}

/** `nx run runtime-image:smoke --as=v0.2.0` */
export default function smokeExecutor(
  { as, architectures, timeout: limitSeconds = 600 }: SmokeOptions,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return command(root, async (around) => {
    const workspace = await openWorkspace(around);
    const version = publishedVersion(as, workspace.inputs.pyproject);
    const { record, path } = await smoke(workspace, { version, architectures, limitSeconds }, around);
    for (const { architecture, pullSeconds, checks, problems } of record.images) {
      for (const problem of problems) console.error(formatProblem(problem));
      const seconds = checks.reduce((sum, check) => sum + check.seconds, 0);
      console.log(
        `${architecture}: ${problems.length === 0 ? 'starts as it should' : 'failed'}; ${checks.length} containers in ${seconds.toFixed(1)} s, pulled in ${pullSeconds.toFixed(1)} s`,
      );
    }
    for (const { tag, moved, why } of record.followed) {
      console.log(`${tag} ${moved ? 'moved' : 'was not moved'}: ${why}`);
    }
    console.log(`record ${path}`);
    return record.images.every(({ problems }) => problems.length === 0);
  });
}
