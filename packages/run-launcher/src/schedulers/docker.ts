import type { RunPlan } from '../run-plan.ts';

/** Arguments of `docker create` for a planned run. */
export function dockerArguments(plan: RunPlan): string[] {
  const pairs = (flag: string, values: Record<string, string>) =>
    Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  return [
    'create',
    `--name=${containerName(plan.id)}`,
    ...pairs('--label', plan.labels),
    ...plan.mounts.flatMap(({ source, target, readOnly }) => [
      '--mount',
      `type=bind,${quoted(`source=${source}`)},${quoted(`target=${target}`)}${readOnly ? ',readonly' : ''}`,
    ]),
    ...pairs('--env', plan.environment),
    `--shm-size=${plan.shmSize}`,
    ...(plan.gpus === null ? [] : [`--gpus=${quoted(plan.gpus)}`]),
    `--workdir=${plan.workingFolder}`,
    `--stop-signal=${plan.stop.signal}`,
    `--stop-timeout=${plan.stop.seconds}`,
    pinned(plan),
    ...plan.command,
  ];
}

/** A field of --mount, which docker reads as CSV: a folder's name may hold a comma or a quotation mark. */
const quoted = (field: string): string => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);

/** The image by digest, which no one can move between plan and start. */
export function pinned({ image }: RunPlan): string {
  const name = image.reference.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  return `${name}@${image.digest}`;
}

/** The container of a run is found by this name, without any list kept elsewhere. */
export const containerName = (id: string): string => `slipway-${id}`;
