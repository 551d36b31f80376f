import { gpuAccess, type HostFacts } from '../facts/host-facts.ts';
import type { RunPlan } from './run-plan.ts';

/**
 * The plan of a run once more: the same image, commits and everything else, under a new id. An output folder that was the
 * run's own is a new one again; one that was named stays.
 * @param output another folder for what it writes; null: as it was.
 */
export function planAgain(
  plan: RunPlan,
  { id, runFolder, output }: { id: string; runFolder: string; output: string | null },
): RunPlan {
  const before = plan.labels['io.slipway.run.folder'] ?? '';
  const moved = (path: string) =>
    before !== '' && path.startsWith(`${before}/`) ? path.replace(before, runFolder) : path;
  const mounts = plan.mounts.map((mount) => ({
    ...mount,
    source: mount.target === '/output' ? (output ?? moved(mount.source)) : moved(mount.source),
  }));
  return {
    ...plan,
    id,
    mounts,
    environment: { ...plan.environment, SLIPWAY_RUN_ID: id },
    labels: {
      ...plan.labels,
      'io.slipway.run': id,
      'io.slipway.run.folder': runFolder,
      'io.slipway.run.output': mounts.find(({ target }) => target === '/output')?.source ?? '',
    },
    origins: { ...plan.origins, rerun: plan.id },
  };
}

/** The same plan, which asks for GPUs as the engine of this host gives them now. */
export function withAccessOf(plan: RunPlan, host: HostFacts): RunPlan {
  // Of a host without GPU, the engine was not asked how it gives them.
  if (plan.gpus === null || host.engine === null || host.brief) return plan;
  return { ...plan, gpus: { ...plan.gpus, access: gpuAccess(plan.scheduler, host) } };
}
