import type { RunDefinition } from '../definition/run-definition.ts';
import { distributionOf } from './distribute.ts';
import type { PlannedCommand } from './plan-command.ts';
import type { RunFacts } from './plan-run.ts';
import type { RunPlan } from './run-plan.ts';

type Decided = Pick<RunPlan, 'environment' | 'network' | 'ssh' | 'user' | 'workingFolder'>;

/** Where an image comes from that nobody named. */
export const byVersion = 'version and architecture';

/** Where a value comes from that `.slipway/machine.json` gives to every run. */
export const byMachine = 'settings of this machine';

/** What stands as the origin of values that nobody asked for. */
const unasked = {
  gpus: { usable: 'default: all that the image can use' },
  processes: {
    python: 'default: one for each GPU',
    own: 'default: the command starts them itself',
    once: 'default: the command is no Python program',
  },
} as const;

/** Whether a person said which GPUs the run gets, none among them, or how many processes. */
export function wasAsked({ origins }: Pick<RunPlan, 'origins'>, key: keyof typeof unasked): boolean {
  const origin = origins[key];
  const defaults: readonly string[] = Object.values(unasked[key]);
  return origin !== undefined && !defaults.includes(origin);
}

/** Where each value of a plan comes from, defaults too. */
export function planOrigins(
  definition: RunDefinition,
  facts: RunFacts,
  decided: Decided,
  { words, ownOpts }: Pick<PlannedCommand, 'words' | 'ownOpts'>,
): Record<string, string> {
  const { origins } = definition;
  const { profile } = facts;
  const defaults: Record<string, string> = {
    image: byVersion,
    'application.name': "the image's repository",
    command: origins['application.command'] ?? 'default',
    scheduler: 'default',
    output: 'default: a new folder',
    cache: 'default',
    shm_size: profile.shm_size === undefined ? 'default' : byMachine,
    gpus: unasked.gpus.usable,
    processes: unasked.processes[distributionOf(words)],
    user: decided.user === null ? 'default: root' : 'the image',
    workdir: decided.workingFolder === null ? 'the image' : (origins['application.path'] ?? 'default'),
    network: decided.network === null ? "default: the engine's" : byMachine,
    stop_seconds: 'default',
    ...(decided.ssh?.knownHosts && { known_hosts: 'default: ~/.ssh/known_hosts' }),
    ...optsOrigins(ownOpts, origins),
    ...environmentOrigins(decided.environment, facts),
    ...facts.origins,
  };
  // Those of the application's options are told under the options themselves.
  const all = Object.entries({ ...defaults, ...origins }).filter(([key]) => !/^application\.opts/.test(key));
  return Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function optsOrigins(
  own: PlannedCommand['ownOpts'],
  origins: RunDefinition['origins'],
): Record<string, string> {
  return Object.fromEntries(
    [...own].map(([key, because]) => {
      const from =
        origins[because === null ? `application.opts.${key}` : `application.opts_with.${because}`] ?? '';
      return [`opts.${key}`, because === null ? from : `${from}, because of ${because}`];
    }),
  );
}

function environmentOrigins(
  environment: RunPlan['environment'],
  { profile }: RunFacts,
): Record<string, string> {
  const reasons: Record<string, string> = {
    SLIPWAY_RUN_ID: 'the id of the run',
    CUDA_VISIBLE_DEVICES: 'gpus',
    HOME: 'user',
    USER: 'user',
    LOGNAME: 'user',
  };
  return Object.fromEntries(
    Object.keys(environment).flatMap((name) => {
      const fromProfile = profile.environment !== undefined && name in profile.environment;
      const from = fromProfile ? byMachine : reasons[name];
      return from === undefined ? [] : [[`environment.${name}`, from]];
    }),
  );
}
