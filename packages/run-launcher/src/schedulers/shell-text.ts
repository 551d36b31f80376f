import { isLocal, parseReference } from '@slipway/contract';
import type { RunPlan } from '../plan/run-plan.ts';
import { quoteForShell } from '../plan/start-script.ts';
import { pinned } from './container-arguments.ts';
import { startArguments } from './scheduler.ts';

/** Stands for the folder that mktemp makes, until it is replaced by the variable. */
const secretsMark = '@secrets@';

/**
 * The commands that a person can paste to do what `slipway run` does with this plan, record, log and masking aside.
 * Values of secrets are read where the plan says, by the shell itself: they are in no argument either way.
 */
export function shellText(
  plan: RunPlan,
  typed: { program: string; environment: Record<string, string> },
): string {
  const names = Object.keys(plan.secrets);
  const program = [
    ...Object.entries(typed.environment).map(([name, value]) => `${name}=${quoteForShell(value)}`),
    quoteForShell(typed.program),
  ].join(' ');
  const folders = plan.mounts.filter(({ readOnly }) => !readOnly).map(({ source }) => quoteForShell(source));
  const secrets = names.length > 0 ? secretsMark : null;
  const args = startArguments(plan, { secrets, detached: false, remove: true });
  return [
    ...(folders.length > 0 ? [`mkdir -p ${folders.join(' ')}`] : []),
    ...(names.length > 0
      ? [
          `secrets=$(mktemp -d "\${XDG_RUNTIME_DIR:-/dev/shm}/slipway.XXXXXX")`,
          ...names.map((name) => `(umask 077; ${reading(plan.secrets[name])} > "$secrets/${name}")`),
        ]
      : []),
    ...(plan.image.from === 'registry'
      ? [`${program} pull ${[...plain(plan), pinned(plan)].map(quoteForShell).join(' ')}`]
      : []),
    [program, ...args.map(word)].join(' \\\n  '),
    ...(names.length > 0 ? ['rm -r "$secrets"'] : []),
    '',
  ].join('\n');
}

/** Docker takes a registry on this machine for one without encryption by itself; podman has to be told. */
function plain({ scheduler, image }: RunPlan): string[] {
  const local = isLocal(parseReference(image.reference).registry);
  return scheduler === 'podman' && local ? ['--tls-verify=false'] : [];
}

function word(argument: string): string {
  return argument.includes(secretsMark)
    ? `"${argument.replace(secretsMark, '$secrets')}"`
    : quoteForShell(argument);
}

/** printf is the shell's own, so that the value is no program's argument. */
function reading(source: RunPlan['secrets'][string] | undefined): string {
  if (source?.from === 'file') return `cat ${quoteForShell(source.path)}`;
  if (source?.from === 'command') return source.command.map(quoteForShell).join(' ');
  return `printf %s "$${source?.name}"`;
}
