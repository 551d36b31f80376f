import {
  type Definition,
  Failure,
  findArchitecture,
  formatVersion,
  type MachineSettings,
  parseVersion,
  placedRepository,
} from '@slipway/contract';
import { describeGpu } from '../checks/gpu.ts';
import type { RunDefinition } from '../definition/run-definition.ts';
import { chooseArchitecture } from './choose-architecture.ts';
import type { HostFacts } from './host-facts.ts';
import { requireWorkspace, statedVersion } from './workspace.ts';

/** An image, and where its version and architecture come from, where nobody wrote them. */
export interface ChosenImage {
  reference: string;
  origins: Record<string, string>;
}

/**
 * The image that was named, or the published one of a version: the one asked for, else the one that the application's
 * pyproject.toml states, for the architecture of the host's GPU.
 * @throws Failure `definition-missing`, `version-missing`, `architecture-unknown` or `driver-too-old`.
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
    host: Promise<Pick<HostFacts, 'gpus' | 'oldDriver'>>;
  },
): Promise<ChosenImage> {
  if (definition.image !== null) return { reference: definition.image, origins: {} };
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
    const { gpus, oldDriver } = await host;
    if (oldDriver) throw cannotTell(oldDriver);
    architecture = chooseArchitecture(defined.architectures, gpus);
    origins.architecture = gpus[0] ? `this host's GPU: ${describeGpu(gpus[0])}` : 'this host has no GPU';
  } else architecture = findArchitecture(defined, definition.architecture).name;
  return { reference: `${repository}:${architecture}-${formatVersion(parseVersion(version))}`, origins };
}

/** Without this, such a host would train on its CPU and nobody would know why. */
function cannotTell({ version, gpus }: NonNullable<HostFacts['oldDriver']>): Failure {
  return new Failure({
    code: 'driver-too-old',
    message: `the driver of this host is ${version}, which lists ${gpus.join(', ')} and cannot tell which architecture that is: it takes 510 or later`,
    remedy: 'update the driver, or choose with --architecture',
  });
}
