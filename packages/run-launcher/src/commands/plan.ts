import type { RunFlags } from '../definition/flags.ts';
import { shellText } from '../schedulers/shell-text.ts';
import { tellWarnings } from './say.ts';
import { withPlan } from './with-plan.ts';

/** `slipway plan`: prints what `slipway run` would start, as JSON or as commands to paste, and starts nothing. */
export async function planCommand(
  command: readonly string[],
  { shell, ...flags }: RunFlags & { plan?: string; shell?: boolean },
): Promise<void> {
  await withPlan(
    flags,
    command,
    async ({ plan, engine, findings }) => {
      tellWarnings(findings);
      process.stdout.write(shell ? shellText(plan, engine.typed) : `${JSON.stringify(plan, null, 2)}\n`);
    },
    { dry: true },
  );
}
