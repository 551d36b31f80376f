import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from '@slipway/effects';
import { compilePackages } from './compile.ts';
import { layOutPackage } from './lay-out.ts';
import { product, readPackages } from './packages.ts';

/**
 * Makes a tarball of every package, as it is installed elsewhere: JavaScript, with everything that is read at run time.
 * @param folder where the tarballs go; made when it is not there.
 * @param version what the packages are called; default: what their own package.json says.
 * @returns paths of the tarballs.
 * @throws Failure `command-failed` when a source cannot be compiled.
 */
export async function packPackages(folder: string, version?: string): Promise<string[]> {
  const temporary = mkdtempSync(join(tmpdir(), 'slipway-pack-'));
  try {
    const compiled = join(temporary, 'compiled');
    await compilePackages(compiled);
    mkdirSync(folder, { recursive: true });
    const tarballs: string[] = [];
    for (const each of readPackages(version)) {
      const laidOut = layOutPackage(each, join(compiled, each.folder, 'src'), join(temporary, each.folder));
      cpSync(join(product, 'LICENSE'), join(laidOut, 'LICENSE'));
      tarballs.push(await tarball(laidOut, resolve(folder)));
    }
    return tarballs;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function tarball(laidOut: string, folder: string): Promise<string> {
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await run({ file: 'npm', args, cwd: laidOut });
  return join(folder, stdout.trim().split('\n').at(-1) ?? '');
}

if (import.meta.main) {
  const [folder, version] = process.argv.slice(2);
  if (folder === undefined) {
    console.error('usage: npx node tools/pack/src/pack.ts FOLDER [VERSION]');
    process.exitCode = 2;
  } else console.log((await packPackages(folder, version)).join('\n'));
}
