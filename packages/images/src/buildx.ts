import { join } from 'node:path';
import type { BuildCall } from './plan.ts';

/** Where a call's files were laid out, and what the machine adds to it: nothing of this is part of the plan's result. */
export interface CallPlaces {
  dockerfile: string;
  contexts: Record<string, string>;
  /** Secret id -> file; a secret is mounted while a step runs and is in no layer. */
  secrets: Record<string, string>;
  /** Folder that receives the files of the target, instead of an image being pushed. */
  product?: string;
  /** File that receives what the builder says of the product, its digest among it. */
  metadata: string;
  builder: readonly string[];
}

/** Arguments of `docker buildx build` for a planned call. */
export function buildxArguments(call: BuildCall, places: CallPlaces): string[] {
  const pairs = (flag: string, values: Record<string, string>) =>
    Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  const { main = '.', ...named } = places.contexts;
  const output = [
    'type=image',
    'push=true',
    ...compression(call),
    // Rewriting goes through every byte again at each export: for layers of gigabytes the stages set the times themselves.
    ...(call.lazy ? ['rewrite-timestamp=true'] : []),
    // Nothing is unpacked or kept in the engine's image store: what is pushed is the only product.
    'unpack=false',
    'store=false',
    ...Object.entries(call.annotations).map(([name, value]) => csvField(`annotation.${name}=${value}`)),
  ];
  return [
    'buildx',
    'build',
    ...places.builder,
    '--progress=rawjson',
    '--provenance=false',
    '--sbom=false',
    `--file=${places.dockerfile}`,
    `--target=${call.target}`,
    `--platform=${call.platform}`,
    ...pairs('--build-arg', call.arguments),
    ...pairs(
      '--build-context',
      Object.fromEntries(Object.entries(call.images).map(([name, at]) => [name, `docker-image://${at}`])),
    ),
    ...pairs('--build-context', named),
    ...pairs('--label', call.labels),
    ...Object.entries(places.secrets).flatMap(([id, file]) => ['--secret', `id=${id},src=${file}`]),
    ...call.cacheFrom.map((reference) => `--cache-from=type=registry,ref=${reference}`),
    ...call.fresh.map((stage) => `--no-cache-filter=${stage}`),
    ...(call.inlineCache ? ['--cache-to=type=inline'] : []),
    ...product(call, places, output),
    main,
  ];
}

function product(call: BuildCall, places: CallPlaces, output: string[]): string[] {
  if (places.product !== undefined) return [`--output=type=local,dest=${places.product}`];
  const metadata = `--metadata-file=${places.metadata}`;
  // Whatever the builder is, what it made comes into the engine that `docker run` asks.
  if (call.load !== undefined) {
    // As what is pushed, though nobody fetches it: as a layer is first exported, so BuildKit gives it to every image with
    // that layer, and a base made afterwards would be pushed uncompressed.
    return [
      `--output=type=docker,${compression(call).join(',')}`,
      ...call.load.map((name) => `--tag=${name}`),
      metadata,
    ];
  }
  if (call.push === null) return ['--output=type=cacheonly'];
  return [`--output=${output.join(',')}`, `--tag=${call.push}`, metadata];
}

const compression = ({ compressionLevel }: BuildCall): string[] => [
  'oci-mediatypes=true',
  'compression=zstd',
  `compression-level=${compressionLevel}`,
];

/** buildx reads what stands after `--output=` as a line of CSV. */
const csvField = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Places of a call's files under a temporary folder. */
export function placesUnder(
  folder: string,
  call: BuildCall,
  builder: readonly string[],
  secrets: Record<string, string>,
): CallPlaces {
  return {
    dockerfile: join(folder, 'Dockerfile'),
    metadata: join(folder, 'metadata.json'),
    contexts: Object.fromEntries(
      Object.keys(call.contexts).map((name) => [name, join(folder, 'contexts', name)]),
    ),
    secrets,
    builder,
  };
}
