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

/** The layers that an image consists of; none where its registry does not say: they only serve to tell the time. */
export async function layersOfImage(reference: string, dockerConfig?: string): Promise<LayerSize[]> {
  const registry = openRegistry({ dockerConfig });
  return await readLayers(registry, parseReference(reference), ownPlatform).catch(() => []);
}
