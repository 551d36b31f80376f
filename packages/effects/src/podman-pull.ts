import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isLocal, parseReference, readJson } from '@slipway/contract';
import type { ContainerEngine, PullProgress } from './container-engine.ts';
import { notPulled } from './docker-pull.ts';
import type { LayerSize } from './image-facts.ts';
import { tryRun } from './process.ts';
import { knowingLayers } from './pull-progress.ts';
import { watchDownloads } from './watch-downloads.ts';

/** Where podman keeps images, as its `info` says. */
export interface PodmanStore {
  graphRoot?: string;
  graphDriverName?: string;
}

/** Podman says nothing of how far it is: what it has fetched is counted in its own files. */
export async function pullWithPodman(
  command: ContainerEngine['command'],
  reference: string,
  {
    store = {},
    onProgress,
    signal,
  }: { store?: PodmanStore; onProgress: (progress: PullProgress) => void; signal?: AbortSignal },
): Promise<void> {
  // As docker does by itself: a registry on this machine speaks plain HTTP.
  const plain = isLocal(parseReference(reference).registry) ? ['--tls-verify=false'] : [];
  const held = heldLayers(store);
  await knowingLayers(reference, undefined, async (layers) => {
    const watch = await watchDownloads(store.graphRoot, (fetchedBytes) =>
      onProgress({ fetchedBytes, totalBytes: bytesBeside(held, layers()) }),
    );
    try {
      // A Ctrl-C on the terminal may mean something else, which `signal` knows.
      const options = { signal, env: watch.env, detached: true };
      const { exitCode, stderr } = await tryRun(command(['pull', '--quiet', ...plain, reference], options));
      if (exitCode !== 0) throw notPulled('podman', reference, stderr.trim());
    } finally {
      watch.end();
    }
  });
}

/** How much of an image is to be fetched; null where its layers are not known. */
function bytesBeside(held: ReadonlySet<string>, layers: readonly LayerSize[]): number | null {
  if (layers.length === 0) return null;
  const missing = layers.filter(({ digest }) => !held.has(digest));
  return missing.reduce((sum, { size }) => sum + size, 0);
}

/** Digests of the layers that are in podman's store, as they are fetched; none where it cannot be read. */
function heldLayers({ graphRoot, graphDriverName }: PodmanStore): Set<string> {
  try {
    const list = join(graphRoot ?? '', `${graphDriverName}-layers`, 'layers.json');
    const layers = readJson(readFileSync(list, 'utf8')) as { 'compressed-diff-digest'?: string }[];
    return new Set(layers.flatMap((layer) => layer['compressed-diff-digest'] ?? []));
  } catch {
    return new Set();
  }
}
