import type { RunDefinition } from '../definition/run-definition.ts';
import { distributionOf } from './distribute.ts';
import type { PlannedCommand } from './plan-command.ts';
import type { RunFacts } from './plan-run.ts';
import type { RunPlan } from './run-plan.ts';

type Decided = Pick<RunPlan, 'environment' | 'network' | 'ssh' | 'user' | 'workingFolder'>;

/** Where each value of a plan comes from, defaults too. */
export function planOrigins(
  definition: RunDefinition,
  facts: RunFacts,
  decided: Decided,
  { words, ownOpts }: Pick<PlannedCommand, 'words' | 'ownOpts'>,
): Record<string, string> {
  const { origins } = definition;
  const { profile } = facts;
  const machine = 'settings of this machine';
  const defaults: Record<string, string> = {
    image: 'version and architecture',
    command: origins['application.command'] ?? "the image's label",
    scheduler: 'default',
    output: 'default: a new folder',
    cache: 'default',
    shm_size: profile.shm_size === undefined ? 'default' : machine,
    gpus: 'default: all that the image can use',
    processes: processesOrigin(words),
    user: decided.user === null ? 'default: root' : 'the image',
    workdir: workdirOrigin(decided, facts, origins),
    network: decided.network === null ? "default: the engine's" : machine,
    stop_seconds: 'default',
    ...(decided.ssh?.knownHosts && { known_hosts: 'default: ~/.ssh/known_hosts' }),
    ...optsOrigins(ownOpts, origins),
    ...environmentOrigins(decided.environment, facts),
    ...facts.origins,
  };
  const all = { ...defaults, ...origins };
  return Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function processesOrigin(words: readonly string[]): string {
  const how = {
    python: 'default: one for each GPU',
    own: 'default: the command starts them itself',
    once: 'default: the command is no Python program',
  };
  return how[distributionOf(words)];
}

function workdirOrigin(
  { workingFolder }: Decided,
  { image }: RunFacts,
  origins: RunDefinition['origins'],
): string {
  if (workingFolder === null) return 'the image';
  return image.labels['io.slipway.application.path'] === workingFolder
    ? "the image's label"
    : (origins['application.path'] ?? 'default');
}

function optsOrigins(
  own: PlannedCommand['ownOpts'],
  origins: RunDefinition['origins'],
): Record<string, string> {
  return Object.fromEntries(
    [...own].map(([key, because]) => {
      const from = origins[because === null ? 'application.opts' : 'application.opts_with'] ?? '';
      return [`opts.${key}`, because === null ? from : `${from}, because of ${because}`];
    }),
  );
}

function environmentOrigins(
  environment: RunPlan['environment'],
  { profile }: RunFacts,
): Record<string, string> {
  const reasons: Record<string, string> = {
    CUDA_VISIBLE_DEVICES: 'gpus',
    HOME: 'user',
    USER: 'user',
    LOGNAME: 'user',
  };
  return Object.fromEntries(
    Object.keys(environment).flatMap((name) => {
      const fromProfile = profile.environment !== undefined && name in profile.environment;
      const from = fromProfile ? 'settings of this machine' : reasons[name];
      return from === undefined ? [] : [[`environment.${name}`, from]];
    }),
  );
}
