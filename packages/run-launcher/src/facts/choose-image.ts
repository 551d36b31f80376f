import {
  type Definition,
  Failure,
  findArchitecture,
  formatVersion,
  type MachineSettings,
  parseVersion,
  placedRepository,
  requireReference,
} from '@slipway/contract';
import type { Gpu } from '@slipway/effects';
import { describeGpu } from '../checks/describe-gpu.ts';
import { unseenRemedy } from '../checks/unseen-gpus.ts';
import type { RunDefinition } from '../definition/run-definition.ts';
import { askedDevices, findDevices } from '../plan/find-devices.ts';
import { chooseArchitecture } from './choose-architecture.ts';
import type { HostFacts } from './host-facts.ts';
import { requireWorkspace, statedVersion } from './workspace.ts';

type SeenGpus = Pick<HostFacts, 'gpus' | 'oldDriver' | 'failure'>;

/** An image, and where its version and architecture come from, where nobody wrote them. */
export interface ChosenImage {
  reference: string;
  origins: Record<string, string>;
}

/**
 * The image that was named, or the published one of a version: the one asked for, else the one that the application's
 * pyproject.toml states, for the architecture of the GPUs that the run gets.
 * @throws Failure `usage` for a text that names no image, `definition-missing`, `version-missing`, `architecture-unknown`,
 *   `gpu-unknown` or `driver-too-old`.
 */
export async function chooseImage(
  definition: RunDefinition,
  {
    root,
    workspace,
    machine,
    host,
  }: {
    root: string;
    workspace: Definition | null;
    machine: MachineSettings;
    host: Promise<SeenGpus>;
  },
): Promise<ChosenImage> {
  if (definition.image !== null) {
    requireReference(definition.image);
    return { reference: definition.image, origins: {} };
  }
  const defined = requireWorkspace(workspace, root);
  const repository = placedRepository(defined.repositories.runtime, machine);
  const origins: Record<string, string> = {};
  let { version } = definition;
  if (version === null) {
    const stated = statedVersion(defined, root);
    version = stated.version;
    origins.version = stated.file;
  }
  let architecture: string;
  if (definition.architecture === null) {
    const chosen = chooseArchitecture(defined.architectures, gpusFor(definition.gpus, await host));
    architecture = chosen.name;
    const kinds = [...new Set(chosen.gpus.map(describeGpu))].join(', ');
    const without = definition.gpus === 'none' ? 'the run gets no GPU' : 'this host has no GPU';
    origins.architecture = kinds ? `this host's GPU: ${kinds}` : without;
  } else architecture = findArchitecture(defined, definition.architecture).name;
  return { reference: `${repository}:${architecture}-${formatVersion(parseVersion(version))}`, origins };
}

/** The GPUs that a run gets; where they cannot be told, it would else train on the CPU, and nobody would know why. */
function gpusFor(asked: string | null, { gpus, oldDriver, failure }: SeenGpus): readonly Gpu[] {
  const devices = asked === null ? 'all' : askedDevices(asked, gpus);
  if (devices === null) return [];
  if (oldDriver) throw tooOldToTell(oldDriver);
  if (gpus.length === 0 && failure) throw unknown(failure, unseenRemedy(failure));
  const found = findDevices(devices, gpus).flatMap((each) => each.gpus);
  // That a device is not there is told by a check, which takes a plan.
  const given = found.length > 0 ? [...new Set(found)] : gpus;
  const told = given.filter(({ computeCapability }) => computeCapability !== null);
  if (told.length > 0 || given.length === 0) return told;
  throw unknown(`nvidia-smi lists ${given.map(describeGpu).join(', ')}`, 'update the driver');
}

function unknown(why: string, remedy: string): Failure {
  return new Failure({
    code: 'gpu-unknown',
    message: `which architecture this host takes cannot be told: ${why}`,
    remedy: `${remedy}; or choose with --architecture, or run without a GPU: --gpus none`,
  });
}

function tooOldToTell({ version, gpus }: NonNullable<HostFacts['oldDriver']>): Failure {
  return new Failure({
    code: 'driver-too-old',
    message: `the driver of this host is ${version}, which lists ${gpus.join(', ')} and cannot tell which architecture that is: it takes 510 or later`,
    remedy: 'update the driver, or choose with --architecture',
  });
}
