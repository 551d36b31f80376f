import { existsSync, mkdirSync, statfsSync } from 'node:fs';
import { Failure } from '@slipway/contract';
import type { Places } from './places.ts';

/** Bytes that the sandbox needs: all of it when it has to be fetched, room to work when it is there. */
const needs = { first: 3e9, later: 500e6 };

/** @throws Failure `disk-full` with both figures. */
export function requireDisk(place: Places): void {
  mkdirSync(place.folder, { recursive: true });
  const { bavail, bsize } = statfsSync(place.folder);
  const problem = diskProblem(
    place.folder,
    bavail * bsize,
    existsSync(place.rootfs) ? needs.later : needs.first,
  );
  if (problem !== undefined) throw problem;
}

/** Pure: the failure for a file system with so many bytes free. */
export function diskProblem(folder: string, free: number, needed: number): Failure | undefined {
  if (free >= needed) return undefined;
  return new Failure({
    code: 'disk-full',
    message: `the sandbox needs ${gigabytes(needed)} GB in ${folder}, and ${gigabytes(free)} GB are free there`,
    remedy: 'free some space, or make .slipway a link to a folder on a larger disk',
  });
}

/** What to install where a private engine is out of the question. */
export function impossible(why: string): Failure {
  return new Failure({
    code: 'sandbox-impossible',
    message: `no usable Docker engine answers, and a private one can't be brought up: ${why}`,
    remedy: 'install Docker Engine >= 24 with buildx (https://docs.docker.com/engine/install/) and start it',
  });
}

/** @throws Failure `sandbox-impossible` where there is no /proc, no abstract socket and no mount to work with. */
export function requireLinux(platform = process.platform): void {
  if (platform !== 'linux') throw impossible(`it needs Linux, and this is ${platform}`);
}

/** @throws Failure `sandbox-impossible` when these can't make bridges and mounts. */
export function requireRoot(unfit?: string): void {
  if (process.getuid?.() === 0) return;
  throw impossible(
    `this user is not root${unfit === undefined ? '' : ` (the engine that answers: ${unfit})`}`,
  );
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
