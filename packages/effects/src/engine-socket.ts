import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineSettings } from '@slipway/contract';
import { homeFolder } from './home-folder.ts';

/**
 * The socket of the docker engine that the docker program would talk to; undefined where that is anything else than a
 * socket of this machine: then the program itself has to be asked, which takes a tenth of a second each time.
 */
export function engineSocket(
  machine: MachineSettings,
  environment: Record<string, string | undefined> = process.env,
): string | undefined {
  const named = machine.engine?.host ?? (environment.DOCKER_CONTEXT ? 'context' : environment.DOCKER_HOST);
  if (named) return named.startsWith('unix://') ? named.slice('unix://'.length) : undefined;
  const folder = machine.engine?.config ?? environment.DOCKER_CONFIG ?? join(homeFolder(), '.docker');
  if (![undefined, 'default'].includes(currentContext(join(folder, 'config.json')))) return undefined;
  return existsSync('/var/run/docker.sock') ? '/var/run/docker.sock' : undefined;
}

function currentContext(file: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { currentContext?: string }).currentContext;
  } catch {
    return undefined;
  }
}
