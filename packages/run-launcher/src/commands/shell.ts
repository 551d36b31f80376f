import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '@slipway/contract';
import { type ContainerEngine, claim, readSecrets, removeSecrets, runOnTerminal } from '@slipway/effects';
import { type RunFlags, refuseHostFacts } from '../definition/flags.ts';
import { runClaim } from '../execute/claim-run.ts';
import { handSecrets, takeSecretsAway } from '../execute/hand-secrets.ts';
import { prepareFolders } from '../execute/prepare-folders.ts';
import { pullImage } from '../execute/pull.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import { runFolder } from '../record/run-record.ts';
import { containerName } from '../schedulers/container-arguments.ts';
import { startArguments } from '../schedulers/scheduler.ts';
import { isAttended } from '../terminal.ts';
import { openProgress, say, tellWarnings } from './say.ts';
import { type Planned, withPlan } from './with-plan.ts';

/** `slipway shell`: bash in the image, with the folders, GPUs and secrets of a run. @returns its exit code. */
export async function shellCommand(flags: RunFlags): Promise<number> {
  refuseHostFacts(flags);
  return await withPlan(flags, [], openShell, { shell: true });
}

async function openShell({ root, plan, engine, facts, findings }: Planned): Promise<number> {
  tellWarnings(findings);
  // Without a terminal, as in a pipe, an engine refuses to make one.
  const terminal = plan.terminal && Boolean(process.stdin.isTTY);
  let open = false;
  // Asked now: a terminal that was closed is none any more.
  const attended = isAttended();
  const { signal, dispose } = watchSignals(
    (name) => (name === 'SIGINT' && open && !terminal) || (name === 'SIGHUP' && !attended),
  );
  // Until it ends, gc leaves its secrets alone.
  const release = await claim(runClaim(plan));
  try {
    const secrets = await readSecrets(plan.secrets, process.env, { signal });
    const progress = openProgress();
    await pullImage(plan, engine, { present: facts.imagePresent, say, progress, interrupted: signal });
    if (signal.aborted) throw interrupted();
    prepareFolders(plan);
    open = true;
    const { exitCode, said } = await callEngine({ ...plan, terminal }, engine, secrets, signal);
    if (signal.aborted || goneBefore.test(said)) {
      // An engine whose program is ended on the way may leave a container that was never started.
      await engine.remove(containerName(plan.id)).catch(() => undefined);
      throw interrupted();
    }
    process.stderr.write(said);
    return exitCode;
  } finally {
    dispose();
    removeSecrets(plan.id);
    release?.();
    removeIfEmpty(runFolder(root, plan.id));
  }
}

/** What an engine says of a Ctrl-C that it handed on to a shell on its way: there is no process of it left to be started. */
const goneBefore = /cannot start a stopped process|\/proc\/\d+\/ns\/\S+.*no such file/;

/**
 * Whether this program was told to end. Ctrl-C is the shell's: on a terminal, one that comes here was too early for that.
 * @param spares says whether a signal is not for this program: for what reads a script from a pipe, or for nobody, as with
 *   nohup.
 */
function watchSignals(spares: (name: string) => boolean): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  const onSignal = (name: string) => {
    if (!spares(name)) controller.abort();
  };
  const names = ['SIGINT', 'SIGHUP', 'SIGTERM'] as const;
  for (const name of names) process.on(name, onSignal);
  const dispose = () => {
    for (const name of names) process.off(name, onSignal);
  };
  return { signal: controller.signal, dispose };
}

/** @returns its exit code, and what the engine itself had to say. */
async function callEngine(
  plan: RunPlan,
  engine: ContainerEngine,
  secrets: Record<string, string>,
  signal: AbortSignal,
): Promise<{ exitCode: number; said: string }> {
  const folder = handSecrets(plan, secrets);
  const args = startArguments(plan, { secrets: folder, detached: false, remove: true });
  let said = '';
  let over = false;
  void takeSecretsAway(plan, () => over);
  const leave = async () => {
    // Nobody sits in front of it any more: it would go on with its GPUs. It may be on its way only.
    for (; !over; await sleep(200)) await engine.remove(containerName(plan.id)).catch(() => undefined);
  };
  signal.addEventListener('abort', () => void leave(), { once: true });
  try {
    // What is printed in the shell comes by the terminal; without one, standard error is the shell's too.
    const exitCode = plan.terminal
      ? await runOnTerminal(engine.command(args), (text) => (said += text))
      : await runOnTerminal(engine.command([args[0] ?? 'run', '--interactive', ...args.slice(1)]));
    return { exitCode, said };
  } finally {
    over = true;
  }
}

function interrupted(): Failure {
  return new Failure({
    code: 'interrupted',
    message: 'the shell was interrupted',
    remedy: 'start the same command again; what was finished is kept',
  });
}

/** The output folder of a shell that was given none, unless something was written there. */
function removeIfEmpty(folder: string): void {
  const output = join(folder, 'output');
  if (!existsSync(output) || readdirSync(output).length > 0) return;
  rmSync(folder, { recursive: true });
}
