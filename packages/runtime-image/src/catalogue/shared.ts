import type { CatalogueImage, CatalogueLayer } from './facts.ts';

/** A layer, and whose it is. */
export interface SharedLayer extends CatalogueLayer {
  architectures: string[];
}

/** The layers of some images, the largest first, each once. */
export function layersByUse(images: readonly CatalogueImage[]): SharedLayer[] {
  const found = new Map<string, SharedLayer>();
  for (const { architecture, layers } of images) {
    for (const layer of layers) {
      const known = found.get(layer.digest) ?? { ...layer, architectures: [] };
      if (!known.architectures.includes(architecture)) known.architectures.push(architecture);
      found.set(layer.digest, known);
    }
  }
  return [...found.values()].toSorted((a, b) => b.bytes - a.bytes);
}

/** Bytes of an image that whoever has another one does not have. */
export function newBytes(image: CatalogueImage, before: CatalogueImage | undefined): number {
  const known = new Set(before?.layers.map(({ digest }) => digest));
  return image.layers.filter(({ digest }) => !known.has(digest)).reduce((sum, { bytes }) => sum + bytes, 0);
}

export const bytesOf = (layers: readonly CatalogueLayer[]): number =>
  layers.reduce((sum, { bytes }) => sum + bytes, 0);
