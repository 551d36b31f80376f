import type { ExecutorContext } from '@nx/devkit';
import { command, openWorkspace } from '@slipway/images';
import { outdated } from '../outdated.ts';
import { describeFinding } from '../outdated-plan.ts';

interface OutdatedOptions {
  advisories?: string;
  json?: boolean;
}

/** `nx run base-images:outdated`: one line for each thing that is older than it could be, with what to do. */
export default function outdatedExecutor(
  { advisories: folder, json }: OutdatedOptions,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return command(root, async (around) => {
    const findings = await outdated(await openWorkspace(around), { root, folder });
    if (json) console.log(JSON.stringify(findings, null, 2));
    else {
      for (const finding of findings) console.log(describeFinding(finding));
      if (findings.length === 0) console.log('nothing is outdated');
    }
    return true;
  });
}
