import { existsSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeWhole } from '../files.ts';
import type { Places } from '../places.ts';
import type { Program } from './provide.ts';

/** Programs that lie beside another one and are called by name. */
const companions = ['containerd-shim-runc-v2', 'docker-proxy', 'ctr'];

/** Fills `bin/` and the private DOCKER_CONFIG: links, and small scripts where libraries of ours are needed. */
export function writeBin(place: Places, programs: readonly Program[]): void {
  mkdirSync(place.bin, { recursive: true });
  for (const program of programs) {
    if (program.name === 'docker-buildx')
      link(program.file, join(place.dockerConfig, 'cli-plugins/docker-buildx'));
    else if (program.name === 'iptables') writeIptables(place, program);
    else if (program.libraries !== undefined) wrap(place, program.name, program, []);
    else link(program.file, join(place.bin, program.name));
    for (const name of readdirSync(dirname(program.file))) {
      if (companions.includes(name)) link(join(dirname(program.file), name), join(place.bin, name));
    }
  }
}

/** Both kinds, `iptables-nft` and `iptables-legacy`: the kernel decides which of them works. */
function writeIptables(place: Places, program: Program): void {
  for (const kind of ['nft', 'legacy']) {
    const file = join(dirname(program.file), `xtables-${kind}-multi`);
    if (!existsSync(file)) continue;
    wrap(place, `iptables-${kind}`, { ...program, file }, ['iptables']);
    wrap(place, `ip6tables-${kind}`, { ...program, file }, ['ip6tables']);
  }
}

function wrap(place: Places, name: string, program: Program, args: readonly string[]): void {
  const libraries = program.libraries ?? '';
  const plugins = libraries.split(':').map((path) => join(path, 'xtables'));
  writeWhole(
    join(place.bin, name),
    [
      '#!/bin/sh',
      '# Written by tools/sandbox: the program with the libraries that were unpacked beside it.',
      `export LD_LIBRARY_PATH=${quote(libraries)}`,
      `export XTABLES_LIBDIR=${quote(plugins.find((path) => existsSync(path)) ?? '')}`,
      `exec ${[program.file, ...args].map(quote).join(' ')} "$@"`,
      '',
    ].join('\n'),
    0o755,
  );
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Whoever calls a program at this moment finds it: a link is left as it is, or exchanged as a whole. */
function link(target: string, path: string): void {
  if (targetOf(path) === target) return;
  mkdirSync(dirname(path), { recursive: true });
  const beside = `${path}.${process.pid}`;
  rmSync(beside, { force: true });
  symlinkSync(target, beside);
  renameSync(beside, path);
}

function targetOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
