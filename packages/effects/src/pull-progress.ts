import { parseReference } from '@slipway/contract';
import type { PullProgress } from './container-engine.ts';
import { type LayerSize, ownPlatform, readLayers } from './image-facts.ts';
import { openRegistry } from './registry.ts';

/** What docker says of a layer while it pulls, over its socket or through its program. */
export interface LayerEvent {
  /** The first twelve digits of its digest. */
  id?: string;
  status?: string;
  progressDetail?: { current?: number; total?: number };
}

/**
 * Adds up what docker says of each layer. One that it has is not told of at all, or as there already: it is not counted.
 * @returns what takes the next event, with the sizes where they are known by then; it returns nothing for one that is not
 *   about a layer.
 */
export function countLayers(): (event: LayerEvent, sizes: readonly LayerSize[]) => PullProgress | undefined {
  const layers = new Map<string, { current: number; fetched: boolean; total: number | undefined }>();
  const held = new Set<string>();
  return ({ id, status = '', progressDetail: { current = 0, total } = {} }, sizes) => {
    if (id === undefined || held.has(id)) return undefined;
    if (status === 'Already exists') {
      held.add(id);
      layers.delete(id);
    } else if (status === 'Downloading') layers.set(id, { current, total, fetched: false });
    else if (waiting.has(status)) layers.set(id, { current: 0, total: undefined, fetched: false });
    else if (fetched.has(status)) {
      layers.set(id, { current: 0, total: undefined, ...layers.get(id), fetched: true });
    } else return undefined;
    const counted = [...layers].map(([name, layer]) => {
      const size = sizes.find(({ digest }) => digest.startsWith(`sha256:${name}`))?.size ?? layer.total;
      return { size, bytes: layer.fetched ? (size ?? layer.current) : layer.current };
    });
    return {
      fetchedBytes: counted.reduce((sum, { bytes }) => sum + bytes, 0),
      totalBytes: counted.every(({ size }) => size !== undefined)
        ? counted.reduce((sum, { size = 0 }) => sum + size, 0)
        : null,
    };
  };
}

const waiting = new Set(['Pulling fs layer', 'Waiting']);
const fetched = new Set(['Verifying Checksum', 'Download complete', 'Extracting', 'Pull complete']);

/**
 * Pulls an image while its registry is asked which layers it consists of. That only serves to tell the time: a registry that
 * hangs keeps nobody waiting once the pull is over.
 * @param config docker's own folder of settings, where another one than its default is used.
 * @param pull gets what tells the layers; none as long as they are not known.
 */
export async function knowingLayers(
  reference: string,
  config: string | undefined,
  pull: (layers: () => readonly LayerSize[]) => Promise<void>,
): Promise<void> {
  const over = new AbortController();
  const registry = openRegistry({ dockerConfig: config, signal: over.signal });
  let layers: readonly LayerSize[] = [];
  readLayers(registry, parseReference(reference), ownPlatform).then(
    (found) => {
      layers = found;
    },
    () => {},
  );
  try {
    await pull(() => layers);
  } finally {
    over.abort();
  }
}
