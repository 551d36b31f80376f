import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '@slipway/contract';
import getPort from 'get-port';
import { readText, writeJson } from '../files.ts';
import { alive, startDaemon } from '../process/daemon.ts';
import { endProcesses } from '../process/ours.ts';
import { registryConfig } from './config.ts';

export interface RegistryOptions {
  /** The program `docker-registry`. */
  binary: string;
  /** Data goes to `<folder>/registry`, the access log to `<folder>/logs/registry.log`. */
  folder: string;
  /** Taken when it is free, otherwise another one is chosen. */
  port?: number;
}

export interface Registry {
  url: string;
  port: number;
  pid: number;
  log: string;
  stop(): Promise<void>;
}

/** Starts a registry on 127.0.0.1 and waits until it answers. */
export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  const { binary, folder } = options;
  const log = join(folder, 'logs', 'registry.log');
  const data = join(folder, 'registry');
  const mark = registryMark(folder);
  mkdirSync(data, { recursive: true });
  await stopRegistry(folder);
  // Another program can take the port between our look and the registry's start: then look again.
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const port = await getPort({
      host: '127.0.0.1',
      ...(options.port !== undefined && { port: options.port }),
    });
    const file = join(folder, 'registry.yml');
    // JSON is YAML as well.
    writeJson(file, registryConfig({ data, port }));
    const pid = await startDaemon({ file: binary, args: ['serve', file], log, mark });
    for (const deadline = Date.now() + 15_000; alive(mark, pid) && Date.now() < deadline; await sleep(50)) {
      if (await registryAnswers(port)) {
        return { url: `127.0.0.1:${port}`, port, pid, log, stop: () => stopRegistry(folder) };
      }
    }
    await stopRegistry(folder);
  }
  throw new Failure({
    code: 'sandbox-failed',
    message: `the registry does not start; its last lines:\n  | ${readText(log).trim().split('\n').slice(-5).join('\n  | ')}`,
    remedy: `read its log ${log}`,
  });
}

/** Ends the registry of a folder. Its data and its log stay. */
export async function stopRegistry(folder: string): Promise<void> {
  await endProcesses({ mark: registryMark(folder) }, [], 5000);
}

export async function registryAnswers(port: number): Promise<boolean> {
  return await fetch(`http://127.0.0.1:${port}/v2/`, { signal: AbortSignal.timeout(2000) }).then(
    (response) => response.ok,
    () => false,
  );
}

export function registryMark(folder: string): string {
  return `registry:${folder}`;
}
