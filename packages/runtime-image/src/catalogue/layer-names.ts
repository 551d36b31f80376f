import type { ImageConfiguration } from '@slipway/effects';

/**
 * Names the layers of an image by the stages that they were copied from. The last instructions of our images only copy,
 * so the last COPYs of the history are theirs, in their order.
 * @param dockerfile instructions, as build facts keep them.
 * @param count layers that the image has.
 * @returns names, lowest first; empty where the history does not fit.
 */
export function layerNames(
  dockerfile: readonly string[],
  { history = [] }: Pick<ImageConfiguration, 'history'>,
  count: number,
): string[] {
  const last = dockerfile.findLastIndex((line) => /^FROM\s/i.test(line));
  const copied = dockerfile.slice(last + 1).flatMap((line) => /^COPY\s.*--from=(\S+)/i.exec(line)?.[1] ?? []);
  const below = /^FROM\s+(\S+)/i.exec(dockerfile[last] ?? '')?.[1] ?? '';
  const entries = history.map(({ empty_layer }) => ({ stage: below, empty: empty_layer === true }));
  const copies = history.flatMap(({ created_by = '' }, index) => (/^COPY /.test(created_by) ? [index] : []));
  for (const [index, at] of copies.slice(-copied.length).entries()) {
    const entry = entries[at];
    if (entry && copied.length > 0) entry.stage = copied[index] ?? below;
  }
  const names = entries.filter(({ empty }) => !empty).map(({ stage }) => stage);
  return names.length === count ? names : [];
}
