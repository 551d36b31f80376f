import { nearest, type Problem } from '@slipway/contract';
import type { RunPlan } from '../plan/run-plan.ts';
import type { Check, CheckFacts, Finding } from './check.ts';
import { data } from './data.ts';
import { disk } from './disk.ts';
import { driver } from './driver.ts';
import { gpu } from './gpu.ts';
import { host } from './host.ts';
import { image } from './image.ts';
import { options } from './options.ts';
import { output } from './output.ts';
import { outputBusy } from './output-busy.ts';
import { processes } from './processes.ts';
import { rclone } from './rclone.ts';
import { record } from './record.ts';
import { resume } from './resume.ts';
import { secrets } from './secrets.ts';
import { shm } from './shm.ts';
import { sshKey } from './ssh-key.ts';
import { toolkit } from './toolkit.ts';
import { updates } from './updates.ts';
import { user } from './user.ts';
import { yank } from './yank.ts';

/** Every check, in the order in which their findings are told. */
export const checks: readonly Check[] = [
  host,
  image,
  yank,
  gpu,
  driver,
  toolkit,
  disk,
  processes,
  record,
  output,
  outputBusy,
  resume,
  sshKey,
  rclone,
  data,
  shm,
  secrets,
  options,
  updates,
  user,
];

/**
 * Looks at everything. A refusal of a check that the plan overrules becomes a warning.
 * @param image false: the plan's image could not be found, and checks of it look at the host alone.
 */
export function lookAtAll(plan: RunPlan | null, facts: CheckFacts, { image: known = true } = {}): Finding[] {
  return checks.flatMap((check) =>
    check.look(check.needsImage && !known ? null : plan, facts).map((finding) => ({
      check: check.name,
      ...finding,
      severity:
        finding.severity === 'error' && check.forcible && plan?.forced.includes(check.name)
          ? ('warning' as const)
          : finding.severity,
    })),
  );
}

/** What is wrong with names given with --force, held against the checks that can be overruled; each with the nearest one. */
export function unforcible(names: readonly string[]): Problem[] {
  const known = checks.filter(({ forcible }) => forcible).map(({ name }) => name);
  return names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = nearest(name, known);
      return {
        code: 'usage' as const,
        message: `--force ${name}: ${checks.some((check) => check.name === name) ? 'this check cannot be overruled' : 'there is no such check'}`,
        remedy: near ? `--force ${near}` : `it can be one of ${known.join(', ')}`,
      };
    });
}
