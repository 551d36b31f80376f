import { parseReference } from '@slipway/contract';
import { splitEntryPoint } from '../plan/entry-point.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import { handover, startScript } from '../plan/start-script.ts';

/** How a planned container is started this time; the plan itself is the same. */
export interface Start {
  /** The host's folder with the secrets, one file each; null: there are none. */
  secrets: string | null;
  /** Whether the engine's program returns at once. */
  detached: boolean;
  /** Whether the container is removed by the engine when it ends. */
  remove?: boolean;
  /** Whether signals to the engine's program stay away from the container, which the launcher stops in its own way. */
  aloof?: boolean;
}

/**
 * Arguments of the engine's program for a planned run, as docker and podman both read them.
 * @param gpuArguments how this engine is asked for the planned GPUs.
 */
export function containerArguments(plan: RunPlan, start: Start, gpuArguments: readonly string[]): string[] {
  const pairs = (flag: string, values: Record<string, string>) =>
    Object.entries(values).map(([name, value]) => `${flag}=${name}=${value}`);
  const { entrypoint, words } = commandOf(plan);
  const handed =
    start.secrets === null ? [] : [{ source: start.secrets, target: handover.secrets, readOnly: false }];
  return [
    'run',
    `--name=${containerName(plan.id)}`,
    // The image was pulled already, with progress; another one must not come in its place.
    '--pull=never',
    ...(start.detached ? ['--detach'] : []),
    ...(start.remove ? ['--rm'] : []),
    ...(start.aloof ? ['--sig-proxy=false'] : []),
    ...(plan.terminal ? ['--interactive', '--tty'] : []),
    ...(plan.init ? ['--init'] : []),
    ...pairs('--label', plan.labels),
    // Extensions of torch are compiled into such a folder, and loaded from there.
    ...plan.tmpfs.map((folder) => `--tmpfs=${folder}:exec,mode=1777`),
    ...[...plan.mounts, ...handed].map(mountArgument),
    ...pairs('--env', plan.environment),
    `--shm-size=${plan.shmSize}`,
    ...gpuArguments,
    ...(plan.network === null ? [] : [`--network=${plan.network}`]),
    ...(plan.user === null ? [] : [`--user=${plan.user}`]),
    ...(plan.workingFolder === null ? [] : [`--workdir=${plan.workingFolder}`]),
    `--stop-signal=${plan.stop.signal}`,
    `--stop-timeout=${plan.stop.seconds}`,
    ...(entrypoint === null ? [] : [`--entrypoint=${entrypoint}`]),
    pinned(plan),
    ...words,
  ];
}

function mountArgument({ source, target, readOnly }: RunPlan['mounts'][number]): string {
  const fields = ['type=bind', quoted(`source=${source}`), quoted(`target=${target}`)];
  return `--mount=${[...fields, ...(readOnly ? ['readonly'] : [])].join(',')}`;
}

/**
 * The command below its start script, where it needs one. An entry point of the image's own belongs to the command, while
 * an init process stays the first one: only such a one hands on a signal that comes while the script is at work.
 */
function commandOf(plan: RunPlan): { entrypoint: string | null; words: string[] } {
  const script = startScript(plan);
  if (script === null) return { entrypoint: plan.entrypoint, words: plan.command };
  const { init, own } =
    plan.entrypoint === null ? splitEntryPoint(plan.image.entrypoint) : { init: [], own: [plan.entrypoint] };
  const start = ['/bin/sh', '-c', script, 'slipway-start', ...own, ...plan.command];
  if (own.length === 0) return { entrypoint: null, words: start };
  const [entrypoint = '', ...words] = [...init, ...start];
  return { entrypoint, words };
}

/** A field of --mount or --gpus, which are read as CSV: a folder's name may hold a comma or a quotation mark. */
export const quoted = (field: string): string =>
  /[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;

/**
 * The image by digest, which no one can move between plan and start; one of the engine's store by its id. With its
 * registry, as it was asked there: podman guesses none.
 */
export function pinned({ image }: Pick<RunPlan, 'image'>): string {
  if (image.from === 'engine') return image.digest;
  const { registry, repository } = parseReference(image.reference);
  return `${registry}/${repository}@${image.digest}`;
}

/** The container of a run is found by this name, without any list kept elsewhere. */
export const containerName = (id: string): string => `slipway-${id}`;
