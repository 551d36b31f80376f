import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Failure } from '@slipway/contract';
import pRetry, { AbortError } from 'p-retry';
import { homeFolder } from './home-folder.ts';

/** A file that is fetched by address and known by its hash. */
export interface RemoteFile {
  url: string;
  /** 64 hexadecimal digits. */
  sha256: string;
  /** A file of this machine that holds the same bytes. */
  mirror?: string;
}

/**
 * Brings a file to this machine, unless it is here already, and refuses it when its hash is another.
 * @returns the path of a file that is only to be read.
 * @throws Failure `download-failed` or `hash-mismatch`.
 */
export async function fetchFile({ url, sha256, mirror }: RemoteFile): Promise<string> {
  if (mirror !== undefined) {
    if (!existsSync(mirror)) throw failed(url, `its mirror ${mirror} does not exist`);
    await check(mirror, mirror, sha256);
    return mirror;
  }
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homeFolder(), '.cache'), 'slipway/downloads');
  const path = join(folder, sha256);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const part = `${path}.${process.pid}.part`;
  try {
    await pRetry(() => download(url, part), { retries: 3, minTimeout: 500 });
    await check(part, url, sha256);
    renameSync(part, path);
  } finally {
    rmSync(part, { force: true });
  }
  return path;
}

async function download(url: string, path: string): Promise<void> {
  const response = await fetch(url).catch((error: Error) => {
    throw failed(url, (error.cause as Error | undefined)?.message ?? error.message);
  });
  if (response.status >= 400 && response.status < 500)
    throw new AbortError(failed(url, `HTTP ${response.status}`));
  if (!response.ok || response.body === null) throw failed(url, `HTTP ${response.status}`);
  await pipeline(Readable.fromWeb(response.body as never), createWriteStream(path));
}

async function check(path: string, name: string, wanted: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const found = hash.digest('hex');
  if (found === wanted) return;
  throw new Failure({
    code: 'hash-mismatch',
    message: `${name} has the SHA-256 ${found}, the definition says ${wanted}`,
    remedy: 'do not use it before you know why; correct the definition if the new file is the right one',
  });
}

function failed(url: string, why: string): Failure {
  return new Failure({
    code: 'download-failed',
    message: `${url} cannot be fetched: ${why}`,
    remedy:
      'check the address, or name a file that holds the same bytes under mirrors in .slipway/machine.json',
  });
}
