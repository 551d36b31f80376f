import { Failure, parseRunValues, type RunToml } from '@slipway/contract';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { typedAs } from './place-of.ts';
import type { Layer } from './run-definition.ts';

/** The options of the command line that say what to run, as commander hands them on. */
export interface RunFlags {
  image?: string;
  version?: string;
  /** The same of Nx, which keeps `--version` to itself. */
  as?: string;
  architecture?: string;
  scheduler?: 'docker' | 'podman';
  cfg?: string;
  opts?: string[];
  output?: string;
  cache?: string;
  rclone?: string;
  sshKey?: string;
  knownHosts?: string;
  data?: string[];
  env?: string[];
  shmSize?: string;
  gpus?: string;
  processes?: number;
  user?: string;
  workdir?: string;
  update?: string[];
  stopSeconds?: number;
  force?: string[];
  file?: string;
  hostFacts?: string;
  timings?: boolean;
}

/** A flag that may be given more than once. */
export const several = (value: string, before: string[] = []): string[] => [...before, value];

/** Adds the options that `run`, `plan` and `doctor` share. */
export const addRunOptions = (command: Command): Command => addApplicationOptions(addShellOptions(command));

/** Those of them that say how the application is started. */
function addApplicationOptions(command: Command): Command {
  const number = (value: string) => {
    if (/^[1-9]\d*$/.test(value)) return Number(value);
    throw new InvalidArgumentError('It must be a whole number above 0.');
  };
  return command
    .option('--cfg <file>', "the application's configuration file")
    .option('--opts <words...>', 'KEY VALUE pairs for the application, passed on untouched')
    .option('--processes <number>', 'training processes; default: one for each GPU', number)
    .option(
      '--update <NAME[=REF]>',
      'bring in newer code first: application or a companion, at a branch, tag, commit or URL#REF',
      several,
    )
    .option(
      '--stop-seconds <seconds>',
      'how long the application may take to save when stopped; default 120',
      number,
    );
}

/** The others, which concern a shell too. */
export function addShellOptions(command: Command): Command {
  return command
    .option(
      '--file <run.toml>',
      'read the run from a file; default: run.toml of this folder, where there is one',
    )
    .option('--image <reference>', 'image to run; else the one that --version and --architecture name')
    .option('--version <vX.Y.Z>', 'published version; default: the one that the application states')
    .option('--architecture <name>', "architecture of the image; default: the one for this host's GPU")
    .addOption(
      new Option('--scheduler <name>', 'what starts the run; default docker').choices(['docker', 'podman']),
    )
    .option('--output <folder>', 'folder of this host that becomes /output; default: a new one')
    .option(
      '--cache <folder>',
      "folder of this host that becomes the application's cache; default ~/.cache/<application>",
    )
    .option('--rclone <folder>', 'rclone configuration, mounted read-only')
    .option('--ssh-key <file>', 'SSH key, mounted read-only')
    .option('--known-hosts <file>', 'host keys that SSH accepts; default ~/.ssh/known_hosts')
    .option(
      '--data <folder[:/place]>',
      'data folder, mounted read-only, at /data/<its name> by default',
      several,
    )
    .option(
      '--env <NAME[=...]>',
      'variable of this shell by its name, or NAME=file:PATH, NAME=command:WORDS; NAME=value:TEXT is recorded',
      several,
    )
    .option('--shm-size <size>', 'shared memory for data loader workers; default 8g')
    .option(
      '--gpus <devices>',
      'GPUs to use: all, none, a number, or device=0,1; default: all that the image can use',
    )
    .option('--user <uid[:gid]>', "user in the container; default: the image's own")
    .option('--workdir <folder>', "folder of the container to start in; default: the application's checkout")
    .option('--force <check>', 'start although this check refuses', several)
    .option(
      '--host-facts <file>',
      "plan for another host: its nvidia-smi's answer, or slipway doctor --json of it",
    )
    .option('--timings', 'print on stderr how long the plan took, and each probe');
}

/**
 * Facts of another host are no reason to start anything here: what they say was not looked at on this one.
 * @throws Failure `usage` when they are given to a command that starts something.
 */
export function refuseHostFacts({ hostFacts }: Pick<RunFlags, 'hostFacts'>): void {
  if (hostFacts === undefined) return;
  throw new Failure({
    code: 'usage',
    message: '--host-facts plans for another host, and this command starts something on this one',
    remedy: 'leave it out, or call slipway plan, slipway doctor or slipway run --dry-run',
  });
}

/** The flags as the uppermost layer of a run's definition, held against the same schema as a run.toml. */
export function flagLayer(flags: RunFlags, command: readonly string[], folder: string): Layer {
  const written: RunToml = {
    image: flags.image,
    version: flags.version ?? flags.as,
    architecture: flags.architecture,
    scheduler: flags.scheduler,
    command: command.length > 0 ? [...command] : undefined,
    cfg: flags.cfg,
    opts: flags.opts,
    output: flags.output,
    cache: flags.cache,
    rclone: flags.rclone,
    ssh_key: flags.sshKey,
    known_hosts: flags.knownHosts,
    data: flags.data,
    environment: flags.env,
    shm_size: flags.shmSize,
    gpus: flags.gpus,
    processes: flags.processes,
    user: flags.user,
    workdir: flags.workdir,
    update: flags.update,
    stop_seconds: flags.stopSeconds,
    force: flags.force,
  };
  const given = Object.entries(written).filter(([, value]) => value !== undefined);
  const layer = { from: 'flags', folder, ...(flags.as !== undefined && { spelled: { version: '--as' } }) };
  const place = (key: string) => typedAs(layer, key);
  return { ...layer, ...parseRunValues(Object.fromEntries(given), place) };
}
