import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readToml } from '@slipway/contract';
import { firstThere, packageSettings } from '@slipway/effects';

/**
 * Files of this machine that builds need and no layer may hold: its certificates, and where it gets Python packages
 * from, for uv and for pip.
 * @param folder a private folder of the build, for a file that has to be written.
 * @returns secret id -> file.
 */
export function machineSecrets(folder: string): Record<string, string> {
  const { env } = process;
  const ca = firstThere([env.SSL_CERT_FILE, env.NODE_EXTRA_CA_CERTS, '/etc/ssl/certs/ca-certificates.crt']);
  const { uv, pip } = packageSettings();
  // One who set uv up alone means both.
  const settings = uv !== undefined && pip === undefined ? pipSettings(readFileSync(uv, 'utf8')) : undefined;
  const written = join(folder, 'pip.conf');
  if (settings !== undefined) writeFileSync(written, settings, { mode: 0o600 });
  return {
    ...(ca && { ca }),
    ...(uv && { uv }),
    ...(pip ? { pip } : settings !== undefined && { pip: written }),
  };
}

/**
 * The package indexes of uv's settings (https://docs.astral.sh/uv/reference/settings/) as pip's
 * (https://pip.pypa.io/en/stable/topics/configuration/); undefined when they name none.
 */
export function pipSettings(uvToml: string): string | undefined {
  const settings = readToml(uvToml) as {
    index?: { url?: string; default?: boolean; explicit?: boolean }[];
    'index-url'?: string;
    'extra-index-url'?: string[];
    'find-links'?: string[];
  };
  // One that is explicit is only for packages that are pinned to it, which pip cannot say.
  const index = (settings.index ?? []).filter(({ explicit }) => !explicit);
  const main = index.find((each) => each.default)?.url ?? settings['index-url'];
  const more = [
    ...index.filter((each) => !each.default).flatMap(({ url }) => url ?? []),
    ...(settings['extra-index-url'] ?? []),
  ];
  const lines = [
    ...(main ? [`index-url = ${main}`] : []),
    ...(more.length > 0 ? [`extra-index-url = ${more.join(' ')}`] : []),
    ...(settings['find-links']?.length ? [`find-links = ${settings['find-links'].join(' ')}`] : []),
  ];
  return lines.length === 0 ? undefined : `[global]\n${lines.join('\n')}\n`;
}
