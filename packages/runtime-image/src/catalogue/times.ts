import type { CataloguePublish } from './facts.ts';
import { type Html, html } from './html.ts';

const [width, height] = [1000, 260];
const [left, right, top, bottom] = [64, 16, 28, 44];

/** Seconds of each publish, the oldest first, with the limit of the definition as a line. */
export function publishChart(publishes: readonly CataloguePublish[], limitSeconds: number): Html {
  const slowest = Math.max(...publishes.map(({ seconds }) => seconds), 0.1);
  // A limit far above would leave nothing to see of the times themselves.
  const withLimit = limitSeconds < slowest * 4;
  const most = niceCeiling(withLimit ? Math.max(slowest, limitSeconds) : slowest);
  const y = (seconds: number) => top + (1 - seconds / most) * (height - top - bottom);
  const step = (width - left - right) / publishes.length;
  const bar = Math.min(step * 0.62, 64);
  const every = Math.ceil(publishes.length / 12);
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="Seconds of ${publishes.length} publishes, ${slowest.toFixed(1)} at most">
    ${[0, 0.25, 0.5, 0.75, 1].map(
      (
        part,
      ) => html`<line class="grid" x1="${left}" x2="${width - right}" y1="${y(part * most)}" y2="${y(part * most)}"></line>
    <text class="axis" x="${left - 10}" y="${y(part * most) + 4}" text-anchor="end">${round(part * most)} s</text>`,
    )}
    ${publishes.map(({ version, seconds, succeeded, images, startedAt }, index) => {
      const x = left + step * (index + 0.5);
      return html`<rect class="publish ${succeeded ? 'good' : 'bad'}" x="${(x - bar / 2).toFixed(1)}" width="${bar.toFixed(1)}" y="${y(seconds).toFixed(1)}" height="${Math.max(height - bottom - y(seconds), 1).toFixed(1)}" rx="3"><title>${version}, ${startedAt.slice(0, 16).replace('T', ' ')}: ${seconds.toFixed(1)} s for ${images} image${images === 1 ? '' : 's'}${succeeded ? '' : ', failed'}</title></rect>
      ${!succeeded && html`<text class="failed" x="${x.toFixed(1)}" y="${(y(seconds) - 6).toFixed(1)}" text-anchor="middle">failed</text>`}
      ${index % every === 0 && html`<text class="axis" x="${x.toFixed(1)}" y="${height - bottom + 22}" text-anchor="middle">${version}</text>`}`;
    })}
    ${
      withLimit &&
      html`<line class="limit" x1="${left}" x2="${width - right}" y1="${y(limitSeconds)}" y2="${y(limitSeconds)}"></line>
    <text class="limit-label" x="${width - right}" y="${y(limitSeconds) - 6}" text-anchor="end">publish_time allows ${limitSeconds} s</text>`
    }
  </svg>`;
}

/** The next of 1, 2, 5, 10, 20, ... */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

const round = (seconds: number): string => String(Number(seconds.toPrecision(3)));
