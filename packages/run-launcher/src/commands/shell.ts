import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readSecrets, removeSecrets, runOnTerminal } from '@slipway/effects';
import { type RunFlags, refuseHostFacts } from '../definition/flags.ts';
import { handSecrets, takeSecretsAway } from '../execute/hand-secrets.ts';
import { prepareFolders } from '../execute/prepare-folders.ts';
import { pullImage } from '../execute/pull.ts';
import { runFolder } from '../record/run-record.ts';
import { containerName } from '../schedulers/container-arguments.ts';
import { startArguments } from '../schedulers/scheduler.ts';
import { openProgress, say, tellWarnings } from './say.ts';
import { type Planned, withPlan } from './with-plan.ts';

/** `slipway shell`: bash in the image, with the folders, GPUs and secrets of a run. @returns its exit code. */
export async function shellCommand(
  command: readonly string[],
  flags: RunFlags & { plan?: string },
): Promise<number> {
  refuseHostFacts(flags);
  return await withPlan(flags, command, openShell, { shell: true });
}

async function openShell({ root, plan, engine, facts, findings }: Planned): Promise<number> {
  tellWarnings(findings);
  const secrets = await readSecrets(plan.secrets, process.env);
  prepareFolders(plan);
  await pullImage(plan, engine, {
    present: facts.imagePresent,
    say,
    progress: openProgress(),
    interrupted: new AbortController().signal,
  });
  // Without a terminal, as in a pipe, an engine refuses to make one.
  const planned = { ...plan, terminal: plan.terminal && Boolean(process.stdin.isTTY) };
  const folder = handSecrets(plan, secrets);
  let over = false;
  // Ctrl-C is the shell's.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  // Nobody sits in front of it any more: it would go on with its GPUs.
  const leave = () => void engine.remove(containerName(plan.id)).catch(() => undefined);
  for (const name of ['SIGHUP', 'SIGTERM'] as const) process.on(name, leave);
  try {
    void takeSecretsAway(plan, () => over);
    const args = startArguments(planned, { secrets: folder, detached: false, remove: true });
    const withInput = planned.terminal ? args : [args[0] ?? 'run', '--interactive', ...args.slice(1)];
    return await runOnTerminal(engine.command(withInput));
  } finally {
    over = true;
    process.off('SIGINT', ignore);
    for (const name of ['SIGHUP', 'SIGTERM'] as const) process.off(name, leave);
    removeSecrets(plan.id);
    removeIfEmpty(runFolder(root, plan.id));
  }
}

/** The output folder of a shell that was given none, unless something was written there. */
function removeIfEmpty(folder: string): void {
  const output = join(folder, 'output');
  if (!existsSync(output) || readdirSync(output).length > 0) return;
  rmSync(folder, { recursive: true });
}
