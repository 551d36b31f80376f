import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { homeFolder } from './home-folder.ts';
import { tryRun } from './process.ts';

export interface Credentials {
  username: string;
  password: string;
}

/**
 * Looks up the credentials of a registry where docker keeps them: `auths`, `credHelpers`, `credsStore`.
 * @param dockerConfig folder with config.json; default DOCKER_CONFIG, then ~/.docker.
 */
export async function readCredentials(
  registry: string,
  dockerConfig?: string,
): Promise<Credentials | undefined> {
  const folder = dockerConfig ?? process.env.DOCKER_CONFIG ?? join(homeFolder(), '.docker');
  const path = join(folder, 'config.json');
  if (!existsSync(path)) return undefined;
  const config = JSON.parse(readFileSync(path, 'utf8')) as {
    auths?: Record<string, { auth?: string }>;
    credHelpers?: Record<string, string>;
    credsStore?: string;
  };
  // Docker Hub is filed under the address of its first version.
  const server = registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
  const helper = config.credHelpers?.[server] ?? config.credsStore;
  if (helper !== undefined) return askHelper(helper, server);
  const auth = config.auths?.[server]?.auth ?? config.auths?.[`https://${server}`]?.auth;
  if (auth === undefined) return undefined;
  const [username = '', ...password] = Buffer.from(auth, 'base64').toString().split(':');
  return { username, password: password.join(':') };
}

async function askHelper(helper: string, server: string): Promise<Credentials | undefined> {
  const answer = await tryRun({ file: `docker-credential-${helper}`, args: ['get'], input: server });
  if (answer.exitCode !== 0) return undefined;
  const { Username, Secret } = JSON.parse(answer.stdout) as { Username: string; Secret: string };
  return { username: Username, password: Secret };
}
