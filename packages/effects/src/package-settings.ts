import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { homeFolder } from './home-folder.ts';

/** Where this machine says which package indexes uv and pip ask: the settings that are there, of each the first found. */
export function packageSettings(): { uv: string | undefined; pip: string | undefined } {
  const { env } = process;
  return {
    uv: firstThere([env.UV_CONFIG_FILE, join(homeFolder(), '.config/uv/uv.toml'), '/etc/uv/uv.toml']),
    pip: firstThere([
      env.PIP_CONFIG_FILE,
      join(homeFolder(), '.config/pip/pip.conf'),
      join(homeFolder(), '.pip/pip.conf'),
      '/etc/pip.conf',
    ]),
  };
}

/** The first of some paths at which something is. */
export function firstThere(paths: (string | undefined)[]): string | undefined {
  return paths.find((path) => path !== undefined && path !== '' && existsSync(path));
}
