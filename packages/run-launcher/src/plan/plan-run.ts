import { posix } from 'node:path';
import { Failure, readContractLabels } from '@slipway/contract';
import type { Gpu } from '@slipway/effects';
import type { RunDefinition } from '../definition/run-definition.ts';
import { distribute } from './distribute.ts';
import type { HostProfile } from './host-profile.ts';
import type { RunPlan } from './run-plan.ts';
import { handover } from './start-script.ts';

/** Facts that planning is told: nothing here is looked up by the planning itself. */
export interface RunFacts {
  id: string;
  image: Pick<RunPlan['image'], 'reference' | 'digest' | 'from' | 'bytes' | 'labels'>;
  /** What the image carries, by its label or by what is known of it. */
  application: string;
  home: string;
  /** Absolute path of the folder that this run's plan, record and log will lie in. */
  runFolder: string;
  /** Of the host that will run it. */
  gpus: readonly Gpu[];
  /** How its engine gives GPUs to a container. */
  gpuAccess: 'toolkit' | 'cdi';
  /** Updates whose refs were resolved. */
  updates: RunPlan['updates'];
  /** known_hosts of the caller; null: there is none. */
  knownHosts: string | null;
  /** Whether the rclone configuration is one file, and no folder. */
  rcloneIsFile: boolean;
  /** A free port. */
  port: number;
  profile: HostProfile;
}

/** Plans a run, or, with `shell`, a shell in its place. Pure: equal arguments give equal plans. */
export function planRun(definition: RunDefinition, facts: RunFacts, { shell = false } = {}): RunPlan {
  const { id, image, application } = facts;
  const user = definition.user === null || definition.user === 'root' ? null : definition.user;
  const places = placesFor(application, user);
  const gpus = planGpus(definition, facts);
  const count = countOf(gpus, facts);
  const processes = definition.processes ?? Math.max(1, count);
  const environment = planEnvironment(definition, facts, { user, home: places.home, count });
  const key = user === null ? '/root/.ssh/id_rsa' : handover.key;
  const output = definition.output ?? `${facts.runFolder}/output`;
  return {
    slipwayRunPlan: 2,
    id,
    scheduler: definition.scheduler,
    image,
    application,
    entrypoint: shell ? '/bin/bash' : null,
    command: shell ? [] : planCommand(definition, facts, { places, processes }),
    workingFolder:
      definition.workdir ?? image.labels['io.slipway.application.path'] ?? definition.application.path,
    mounts: [
      { source: output, target: places.output, readOnly: false },
      {
        source: definition.cache ?? `${facts.home}/.cache/${application}`,
        target: places.cache,
        readOnly: false,
      },
      ...(definition.sshKey === null ? [] : [{ source: definition.sshKey, target: key, readOnly: true }]),
      ...(definition.sshKey === null || facts.knownHosts === null
        ? []
        : [{ source: facts.knownHosts, target: handover.knownHosts, readOnly: true }]),
      ...(definition.rclone === null
        ? []
        : [
            {
              source: definition.rclone,
              target: `${places.home}/.config/rclone${facts.rcloneIsFile ? '/rclone.conf' : ''}`,
              readOnly: true,
            },
          ]),
      ...definition.data.map(({ source, target }) => ({ source, target, readOnly: true })),
    ],
    environment,
    secrets: secretsOf(definition),
    ssh:
      definition.sshKey === null
        ? null
        : { key, knownHosts: facts.knownHosts === null ? null : handover.knownHosts },
    updates: shell ? [] : facts.updates,
    shmSize: definition.shmSize ?? facts.profile.shm_size ?? '8g',
    gpus,
    processes: shell ? 1 : processes,
    user,
    // Slipway's own images bring tini along in their entry point, which a shell goes round.
    init: shell || image.labels['io.slipway.kind'] === undefined,
    terminal: shell,
    network: facts.profile.network ?? null,
    stop: { signal: 'SIGINT', seconds: definition.stopSeconds },
    labels: shell
      ? { 'io.slipway.shell': id, 'io.slipway.image': image.reference }
      : runLabels(facts, output),
    forced: [...definition.force],
    origins: originsOf(definition, facts),
  };
}

/** By these a run is found again, whatever became of its record. */
function runLabels({ id, image, runFolder }: RunFacts, output: string): Record<string, string> {
  return {
    'io.slipway.run': id,
    'io.slipway.image': image.reference,
    'io.slipway.run.folder': runFolder,
    'io.slipway.run.output': output,
  };
}

/** Where each value comes from, defaults too. */
function originsOf({ origins, application }: RunDefinition, { profile }: RunFacts): Record<string, string> {
  const defaults = {
    image: 'version and architecture',
    command: application.command === null ? "the image's label" : (origins.application ?? ''),
    output: 'default: a new folder',
    cache: 'default',
    shm_size: profile.shm_size === undefined ? 'default' : 'settings of this machine',
    gpus: 'default: all that the image can use',
    stop_seconds: 'default',
  };
  const all = { ...defaults, ...origins };
  return Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

interface Places {
  home: string;
  output: string;
  cache: string;
}

/** Root has a home in every image; another user gets one where everyone may write. */
function placesFor(application: string, user: string | null): Places {
  const home = user === null ? '/root' : '/tmp';
  return { home, output: '/output', cache: `${home}/.cache/${application}` };
}

/** The application's own command with its options, or the words that were given instead. */
function planCommand(
  definition: RunDefinition,
  facts: RunFacts,
  { places, processes }: { places: Places; processes: number },
): string[] {
  const { application, cfg, opts } = definition;
  const words = definition.command ?? application.command ?? labelledCommand(facts);
  const own = definition.command === null ? applicationOpts(definition, places) : [];
  const given = opts.filter((_, index) => index % 2 === 0);
  const kept = own.filter((_, index) => !given.includes(own[index - (index % 2)] ?? ''));
  const all = [...kept, ...opts];
  // Of a command given for this run it is not known whether it trains, unless the processes are asked for.
  const several = processes > 1 && (definition.command === null || definition.processes !== null);
  const started = several ? distribute(words, processes, facts.port) : words;
  return [...started, ...(cfg === null ? [] : ['--cfg', cfg]), ...(all.length > 0 ? ['--opts', ...all] : [])];
}

/** What every run of the application passes, and what it passes because of a variable. */
function applicationOpts({ application, environment }: RunDefinition, { output, cache }: Places): string[] {
  const because = Object.entries(application.optsWith).flatMap(([name, words]) =>
    name in environment ? words : [],
  );
  return [...application.opts, ...because].map((word) =>
    word.replaceAll('{output}', output).replaceAll('{cache}', cache),
  );
}

function labelledCommand({ image }: RunFacts): string[] {
  const label = image.labels['io.slipway.application.command'];
  if (label !== undefined) return JSON.parse(label) as string[];
  throw new Failure({
    code: 'usage',
    message: `${image.reference} does not say how its application is started`,
    remedy: 'give the command behind --, for example -- python main.py; or application.command in run.toml',
  });
}

function planGpus({ gpus }: RunDefinition, facts: RunFacts): RunPlan['gpus'] {
  const access = facts.gpuAccess;
  if (gpus === 'none') return null;
  if (gpus === null) return facts.gpus.length > 0 && mayUseGpus(facts) ? { devices: 'all', access } : null;
  if (gpus === 'all') return { devices: 'all', access };
  const devices = gpus.startsWith('device=')
    ? gpus.slice('device='.length).split(',')
    : Array.from({ length: Number(gpus) }, (_, index) => String(index));
  return { devices, access };
}

/** Of an image that Slipway did not build it is not known, and a GPU does no harm. */
function mayUseGpus({ image }: RunFacts): boolean {
  const contract = readContractLabels(image.labels);
  return contract === null || contract.computeCapabilities.length > 0;
}

function countOf(gpus: RunPlan['gpus'], facts: RunFacts): number {
  if (gpus === null) return 0;
  return gpus.devices === 'all' ? facts.gpus.length : gpus.devices.length;
}

function planEnvironment(
  { environment }: RunDefinition,
  facts: RunFacts,
  { user, home, count }: { user: string | null; home: string; count: number },
): Record<string, string> {
  const written = Object.entries(environment).flatMap(([name, source]) =>
    source.from === 'value' ? [[name, source.value] as const] : [],
  );
  return {
    SLIPWAY_RUN_ID: facts.id,
    // Without it an application may take the first GPU only (linnaeus sets it to 0 then); in the container they count from 0.
    ...(count > 0 && { CUDA_VISIBLE_DEVICES: Array.from({ length: count }, (_, index) => index).join(',') }),
    // A user id without a name in the image: programs that ask who they are find these instead.
    ...(user !== null && { HOME: home, USER: 'slipway', LOGNAME: 'slipway' }),
    ...(count > 1 && facts.profile.environment),
    ...Object.fromEntries(written),
  };
}

function secretsOf({ environment }: RunDefinition): RunPlan['secrets'] {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, source]) =>
      source.from === 'value' ? [] : [[name, source]],
    ),
  );
}

/** The folder of this host that holds what a run writes. */
export function outputOf(plan: RunPlan): string {
  return plan.mounts.find(({ target }) => target === '/output')?.source ?? posix.sep;
}
