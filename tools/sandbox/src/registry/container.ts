import { join } from 'node:path';
import { run, tryRun } from '@slipway/effects';
import { writeWhole } from '../files.ts';
import { type Places, shortId } from '../places.ts';

/**
 * A program that behaves like `docker-registry serve CONFIG` where that can't be had: the registry's public image on
 * the machine's own engine. It runs in the foreground, so it is started, logged and ended like the program itself.
 */
export async function containerRegistry(
  place: Places,
  engine: { docker: string; host: string },
): Promise<string> {
  const have = await tryRun({ file: engine.docker, args: ['image', 'inspect', image] });
  if (have.exitCode !== 0) {
    const remedy = `give ${engine.host} an image called ${image}, or run this as root on Debian or Ubuntu`;
    await run({ file: engine.docker, args: ['pull', image] }, { code: 'sandbox-impossible', remedy });
  }

  const path = join(place.bin, 'docker-registry-container');
  const name = `slipway-registry-${shortId(place.folder)}`;
  writeWhole(
    path,
    [
      '#!/bin/sh',
      '# Written by tools/sandbox. $1 is "serve", $2 the configuration file.',
      `docker='${engine.docker}' name='${name}' data='${join(place.folder, 'registry')}'`,
      `export DOCKER_HOST='${engine.host}'`,
      '"$docker" rm -f "$name" >/dev/null 2>&1',
      'trap \'"$docker" rm -f "$name" >/dev/null 2>&1; exit 0\' TERM INT',
      '"$docker" run --rm --name "$name" --network host -v "$data:$data" -v "$2:/etc/slipway.yml:ro" \\',
      `  --entrypoint registry ${image} serve /etc/slipway.yml &`,
      'wait $!',
      '',
    ].join('\n'),
    0o755,
  );
  return path;
}

const image = 'registry:2';
