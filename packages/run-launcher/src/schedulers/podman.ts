import type { RunPlan } from '../plan/run-plan.ts';
import { containerArguments, type Start } from './container-arguments.ts';

/** Arguments of `podman` for a planned run. Its --gpus has been an option without effect: GPUs come through CDI alone. */
export function podmanArguments(plan: RunPlan, start: Start): string[] {
  const devices = plan.gpus === null ? [] : [plan.gpus.devices].flat();
  return containerArguments(
    plan,
    start,
    devices.map((device) => `--device=nvidia.com/gpu=${device}`),
  );
}
