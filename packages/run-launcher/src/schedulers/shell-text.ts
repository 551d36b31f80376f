import { isLocal, parseReference, quoteForShell } from '@slipway/contract';
import { userIds } from '../plan/plan-user.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import { pinned } from './container-arguments.ts';
import { startArguments } from './scheduler.ts';

/** Stands for the folder that mktemp makes, in the one argument that names it. */
const handed = '@secrets@/handed';

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
  const secrets = names.length > 0 ? handed : null;
  const args = startArguments(plan, { secrets, detached: false, remove: true });
  // Its own mount stands before the words of the command, whatever those say.
  const at =
    secrets === null
      ? -1
      : args.findIndex((argument) => argument.startsWith(`--mount=type=bind,source=${handed},`));
  const lines = [
    'set -e',
    ...plan.mounts.filter(({ readOnly }) => !readOnly).map(({ source }) => makeFolder(source, plan.user)),
    ...(names.length > 0
      ? [
          // In a folder that nobody else can enter, readable for whoever the container runs as.
          'secrets=$(mktemp -d /dev/shm/slipway.XXXXXX)',
          `trap 'rm -rf "$secrets"' EXIT`,
          'mkdir -m 777 "$secrets/handed"',
          'umask 022',
          ...names.map((name) => `${reading(plan.secrets[name])} > "$secrets/handed/${name}"`),
        ]
      : []),
    ...(plan.image.from === 'registry'
      ? [`${program} pull ${[...plain(plan), pinned(plan)].map(quoteForShell).join(' ')} >&2`]
      : []),
    [
      program,
      ...args.map((argument, index) =>
        index === at ? `"${argument.replace(handed, '$secrets/handed')}"` : quoteForShell(argument),
      ),
    ].join(' \\\n  '),
  ];
  // In a shell of their own: what is set there ends with it, and its exit code is that of the run.
  return `(\n${lines.map((line) => `  ${line}`).join('\n')}\n)\n`;
}

/** A new folder belongs to the user in the container, as a person who may give folders away would make it. */
function makeFolder(path: string, user: string | null): string {
  const folder = quoteForShell(path);
  const ids = userIds(user);
  if (ids === null || ids.uid === 0) return `mkdir -p ${folder}`;
  return `[ -e ${folder} ] || { mkdir -p ${folder} && { [ "$(id -u)" -ne 0 ] || chown ${ids.uid}:${ids.gid} ${folder}; }; }`;
}

/** Docker takes a registry on this machine for one without encryption by itself; podman has to be told. */
function plain({ scheduler, image }: RunPlan): string[] {
  const local = isLocal(parseReference(image.reference).registry);
  return scheduler === 'podman' && local ? ['--tls-verify=false'] : [];
}

/** printf is the shell's own, so that the value is no program's argument. */
function reading(source: RunPlan['secrets'][string] | undefined): string {
  if (source?.from === 'file') return `cat ${quoteForShell(source.path)}`;
  if (source?.from === 'command') return source.command.map(quoteForShell).join(' ');
  return `printf %s "\${${source?.name}:?}"`;
}
