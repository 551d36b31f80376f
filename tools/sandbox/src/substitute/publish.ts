import { join } from 'node:path';
import { run, tryRun } from '@slipway/effects';
import { writeJson } from '../files.ts';
import { stepResult } from '../steps.ts';
import type { Work } from '../work.ts';

/** The image that stands in for `ubuntu:24.04`. */
const repository = 'slipway/substitute-debian';
const tag = '13';

/** The engine through which an image gets into the registry. */
interface Through {
  docker: string;
  host: string;
  config: string;
}

/** Imports the root file system and pushes it, unless the registry has it. Returns `<repository>:<tag>@<digest>`. */
export async function publishSubstitute(engine: Through, port: number, work: Work): Promise<string> {
  const before = stepResult<{ digest: string }>(work.place, 'substitute')?.digest;
  const digest =
    before !== undefined && (await registryHas(port, before))
      ? before
      : await importAndPush(engine, port, work);
  writeJson(join(work.place.done, 'substitute.json'), { digest });
  return `127.0.0.1:${port}/${repository}:${tag}@${digest}`;
}

async function importAndPush(engine: Through, port: number, work: Work): Promise<string> {
  work.progress('sandbox: putting the debian 13 image into the registry ...');
  const reference = `127.0.0.1:${port}/${repository}:${tag}`;
  const docker = (...args: string[]) =>
    run(
      {
        ...work.command(engine.docker, ['--host', engine.host, ...args]),
        env: { ...work.env, DOCKER_CONFIG: engine.config, DOCKER_HOST: undefined, DOCKER_CONTEXT: undefined },
      },
      { code: 'sandbox-failed' },
    );
  await docker(
    'import',
    '--change',
    'CMD ["/bin/bash"]',
    '--change',
    'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    '--change',
    // What Debian 13 installs as python3: prebuilt wheels are held against it.
    'LABEL io.slipway.python=3.13',
    work.place.rootfs,
    reference,
  );
  const pushed = await docker('push', reference);
  const digest = /digest: (sha256:[0-9a-f]{64})/.exec(pushed.stdout)?.[1];
  if (digest !== undefined) return digest;
  const { stdout } = await docker('image', 'inspect', '--format', '{{json .RepoDigests}}', reference);
  return /sha256:[0-9a-f]{64}/.exec(stdout)?.[0] ?? '';
}

async function registryHas(port: number, digest: string): Promise<boolean> {
  const url = `http://127.0.0.1:${port}/v2/${repository}/manifests/${digest}`;
  const accept =
    'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json';
  return await fetch(url, { method: 'HEAD', headers: { accept }, signal: AbortSignal.timeout(5000) }).then(
    (response) => response.ok,
    () => false,
  );
}

/** Whether an engine can get a foreign image by itself; asked with a short time-out. */
export async function canPull(engine: Through, image: string): Promise<boolean> {
  const asked = await tryRun({
    file: engine.docker,
    args: ['--host', engine.host, 'buildx', 'imagetools', 'inspect', '--raw', image],
    env: engine.config === '' ? {} : { DOCKER_CONFIG: engine.config },
    timeoutMs: 15_000,
  }).catch(() => undefined);
  return asked?.exitCode === 0;
}
