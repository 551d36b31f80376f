import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { tryRun } from '@slipway/effects';

/** The machine's own Docker engine, when it answers. */
export interface SystemEngine {
  docker: string;
  host: string;
  /** The person's own DOCKER_CONFIG, left as it is. */
  config: string;
  version: string;
  buildx: string;
  /** Why it can't be used, in words; undefined when it can. */
  unfit?: string;
}

/**
 * Asks whichever engine the `docker` on PATH points at. Undefined when there is none, when it does not answer, or when
 * it is the sandbox's own (a person may have its address in DOCKER_HOST).
 */
export async function findSystemEngine(ownHost: string): Promise<SystemEngine | undefined> {
  const ask = async (...args: string[]) => {
    const asked = await tryRun({ file: 'docker', args, timeoutMs: 10_000 }).catch(() => undefined);
    return asked?.exitCode === 0 ? asked.stdout.trim() : undefined;
  };
  const version = await ask('version', '--format', '{{.Server.Version}}');
  if (!version) return undefined;
  const host =
    process.env.DOCKER_HOST || (await ask('context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'));
  if (host === ownHost) return undefined;
  const buildx = await ask('buildx', 'version');
  return judge({ version, buildx, host });
}

/** Pure: whether an engine with these answers will do. */
export function judge(answers: {
  version: string;
  buildx: string | undefined;
  host: string | undefined;
}): SystemEngine {
  const { version, buildx, host = 'unix:///var/run/docker.sock' } = answers;
  const engine = {
    docker: onPath('docker'),
    host,
    config: process.env.DOCKER_CONFIG ?? '',
    version,
    buildx: buildx ?? '',
  };
  const unfit = [
    Number.parseInt(version, 10) < 24 && `its version is ${version}, and at least 24 is needed`,
    buildx === undefined && 'it has no buildx',
    // A registry on 127.0.0.1 is not the same address for an engine elsewhere.
    !host.startsWith('unix://') && `it is not on this machine (${host})`,
  ].filter((reason) => reason !== false);
  return unfit.length === 0 ? engine : { ...engine, unfit: unfit.join('; ') };
}

/** Others call it from elsewhere and with another PATH. */
function onPath(name: string): string {
  const found = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  return found.find((path) => existsSync(path)) ?? name;
}
