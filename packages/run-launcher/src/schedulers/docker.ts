import type { RunPlan } from '../plan/run-plan.ts';
import { containerArguments, quoted, type Start } from './container-arguments.ts';

/** Arguments of `docker` for a planned run. */
export function dockerArguments(plan: RunPlan, start: Start): string[] {
  return containerArguments(plan, start, gpuArguments(plan));
}

/** The container toolkit's hook is asked with --gpus, a CDI specification with --device. */
function gpuArguments({ gpus }: RunPlan): string[] {
  if (gpus === null) return [];
  if (gpus.access === 'cdi') {
    return [gpus.devices].flat().map((device) => `--device=nvidia.com/gpu=${device}`);
  }
  return [`--gpus=${gpus.devices === 'all' ? 'all' : quoted(`device=${gpus.devices.join(',')}`)}`];
}
