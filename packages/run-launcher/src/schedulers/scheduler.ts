import type { RunPlan } from '../plan/run-plan.ts';
import type { Start } from './container-arguments.ts';
import { dockerArguments } from './docker.ts';
import { podmanArguments } from './podman.ts';

/** Arguments of the engine's program that start a planned run on its scheduler. */
export function startArguments(plan: RunPlan, start: Start): string[] {
  return { docker: dockerArguments, podman: podmanArguments }[plan.scheduler](plan, start);
}
