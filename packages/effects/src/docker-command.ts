import type { MachineSettings } from '@slipway/contract';
import type { Command } from './process.ts';

/** Makes a command line of the docker program, addressed to an engine. */
export type DockerCommand = (args: readonly string[], options?: Omit<Command, 'file' | 'args'>) => Command;

/** Builds command lines for the docker program that the machine's settings name. */
export function dockerCommand(machine: MachineSettings): DockerCommand {
  const { docker = 'docker', host, config } = machine.engine ?? {};
  const env = { ...(host && { DOCKER_HOST: host }), ...(config && { DOCKER_CONFIG: config }) };
  return (args, options = {}) => ({ ...options, file: docker, args, env: { ...env, ...options.env } });
}
