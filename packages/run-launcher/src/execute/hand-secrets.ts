import { setTimeout as sleep } from 'node:timers/promises';
import { secretsTaken, takeSecretsBack, writeSecrets } from '@slipway/effects';
import type { RunPlan } from '../plan/run-plan.ts';

/**
 * Lays the secrets out for the container. Of a shell, no log is ever to be masked.
 * @returns the folder to hand over; null: there are none.
 */
export function handSecrets(
  { id, terminal }: Pick<RunPlan, 'id' | 'terminal'>,
  secrets: Readonly<Record<string, string>>,
): string | null {
  return Object.keys(secrets).length === 0 ? null : writeSecrets(id, secrets, { marked: !terminal });
}

/** Takes the values away as soon as the container has them, not only when it ends. */
export async function takeSecretsAway(
  plan: Pick<RunPlan, 'id' | 'secrets'>,
  over: () => boolean,
): Promise<void> {
  if (Object.keys(plan.secrets).length === 0) return;
  await sleep(50);
  while (!over() && !secretsTaken(plan.id)) await sleep(50);
  takeSecretsBack(plan.id);
}
