import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Finished, tryRun } from '@slipway/effects';

/** What decides over a clean bill; raise it together with what its new audits ask for. */
const version = '1.32.0';
const folder = resolve(import.meta.dirname, '../../.slipway/tools', `zizmor-${version}`);
const program = join(folder, 'bin/zizmor');

/**
 * Audits workflows, files or folders of them, without asking any host, with https://zizmor.sh, a program that comes as a Python
 * wheel. It is installed once, below `.slipway`.
 * @returns why not, where Python or the package cannot be had.
 */
export async function zizmor(...paths: string[]): Promise<Finished | string> {
  const why = existsSync(program) ? undefined : await install();
  return why ?? tryRun({ file: program, args: ['--offline', '--no-progress', '--color=never', ...paths] });
}

async function install(): Promise<string | undefined> {
  const python = (...args: string[]) =>
    tryRun({ file: 'python3', args: ['-m', ...args], timeoutMs: 300_000 }).catch((error: Error) => ({
      exitCode: 127,
      stderr: error.message,
    }));
  const made = await python('venv', '--clear', folder);
  if (made.exitCode !== 0) return `no Python environment could be made for zizmor: ${made.stderr}`;
  const pip = await tryRun({
    file: join(folder, 'bin/pip'),
    args: ['install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:', `zizmor==${version}`],
    timeoutMs: 300_000,
  });
  return pip.exitCode === 0 ? undefined : `zizmor ${version} could not be installed: ${pip.stderr}`;
}
