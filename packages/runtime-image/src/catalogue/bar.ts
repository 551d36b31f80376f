import prettyBytes from 'pretty-bytes';
import type { CatalogueLayer } from './facts.ts';
import { type Html, html } from './html.ts';
import { layerKind } from './kinds.ts';

const width = 1000;
const height = 34;
/** A layer of a few kB is there too, and can be pointed at. */
const narrowest = 5;

/**
 * An image as a bar of its layers, lowest first, drawn to scale.
 * @param scale bytes of the whole width.
 * @param label what a person who cannot see it is told.
 */
export function layerBar(layers: readonly CatalogueLayer[], scale: number, label: string): Html {
  const gaps = layers.length - 1;
  const widths = layers.map(({ bytes }) =>
    Math.max(narrowest, (bytes / scale) * (width - 2 * gaps - narrowest * layers.length)),
  );
  const starts = widths.map((_, index) => widths.slice(0, index).reduce((sum, each) => sum + each + 2, 0));
  return html`<svg class="bar" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${label}">
    <rect class="track" width="${width}" height="${height}" rx="4"></rect>
    ${layers.map(
      ({ stage, bytes, digest }, index) =>
        html`<rect class="layer ${layerKind(stage).kind}" x="${(starts[index] ?? 0).toFixed(1)}" width="${(widths[index] ?? 0).toFixed(1)}" height="${height}" rx="3"><title>${stage || 'layer'}: ${prettyBytes(bytes)} (${digest.slice(0, 19)})</title></rect>`,
    )}
  </svg>`;
}
