import type { CatalogueImage, CatalogueLayer, CatalogueVersion } from './facts.ts';

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
  return bytesOf(image.layers.filter(({ digest }) => !known.has(digest)));
}

/** What the images of a version have in common with those of the ones before it. */
export interface VersionShare {
  version: string;
  /** Bytes of its images, each layer once. */
  bytes: number;
  /** Bytes of those that no image of an earlier version has. */
  freshBytes: number;
}

/** What each version added to the registry. @param versions the highest first. */
export function sharesOf(versions: readonly CatalogueVersion[]): VersionShare[] {
  const layersIn = (some: readonly CatalogueVersion[]) =>
    some.flatMap(({ images }) => images.flatMap(({ layers }) => layers));
  return versions.map((each, index) => {
    const known = new Set(layersIn(versions.slice(index + 1)).map(({ digest }) => digest));
    const layers = layersIn([each]);
    const fresh = layers.filter(({ digest }) => !known.has(digest));
    return { version: each.version, bytes: bytesOf(layers), freshBytes: bytesOf(fresh) };
  });
}

/** Bytes of layers, each once: an image may have the same one twice, and it is stored and pulled once. */
export const bytesOf = (layers: readonly CatalogueLayer[]): number =>
  [...new Map(layers.map(({ digest, bytes }) => [digest, bytes])).values()].reduce(
    (sum, bytes) => sum + bytes,
    0,
  );

/** Layers that hold something: a stage that had nothing to do leaves one of some hundred bytes. */
export const withContent = <T extends CatalogueLayer>(layers: readonly T[]): T[] =>
  layers.filter(({ bytes }) => bytes >= 1000);
