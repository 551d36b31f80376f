import type { RunDefinition } from '../definition/run-definition.ts';
import type { RunFacts } from './plan-run.ts';
import { isRoot } from './plan-user.ts';
import type { RunPlan } from './run-plan.ts';

/** The variables that everyone may read: what was written, and what follows from GPUs, user and machine. */
export function planEnvironment(
  { environment }: RunDefinition,
  facts: RunFacts,
  { user, home, count }: { user: string | null; home: string; count: number },
): Record<string, string> {
  const written = Object.entries(environment).flatMap(([name, source]) =>
    source.from === 'value' ? [[name, source.value] as const] : [],
  );
  const all: Record<string, string> = {
    SLIPWAY_RUN_ID: facts.id,
    // Without it an application may take the first GPU only (linnaeus sets it to 0 then); in the container they count from 0.
    ...(count > 0 && { CUDA_VISIBLE_DEVICES: Array.from({ length: count }, (_, index) => index).join(',') }),
    ...(user !== null && identity(user, home)),
    ...(count > 1 && facts.profile.environment),
    ...Object.fromEntries(written),
  };
  // What is given by reference has its value in the container only.
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => (environment[name]?.from ?? 'value') === 'value'),
  );
}

/** A user id may have no name in the image: programs that ask who they are find these instead. */
function identity(user: string, home: string): Record<string, string> {
  const name = isRoot(user) ? 'root' : /^\d/.test(user) ? 'slipway' : user.replace(/:.*$/, '');
  return { HOME: home, USER: name, LOGNAME: name };
}

/** The variables whose values are read when the run starts. */
export function secretsOf({ environment }: RunDefinition): RunPlan['secrets'] {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, source]) =>
      source.from === 'value' ? [] : [[name, source]],
    ),
  );
}
