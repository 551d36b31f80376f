import { formatProblem } from '@slipway/contract';
import prettyBytes from 'pretty-bytes';
import type { ImageOutcome } from './build-images.ts';
import { ownLayers } from './record.ts';

/** What came of an image, in a few lines for a person. */
export function describeOutcome(outcome: ImageOutcome): string {
  if ('problems' in outcome) return outcome.problems.map(formatProblem).join('\n');
  const { record, plan, recordPath } = outcome;
  const layers = record.layers ?? [];
  const bytes = layers.reduce((sum, layer) => sum + layer.bytes, 0);
  const { bytes: own } = ownLayers(layers);
  const words = {
    current: 'built already',
    tagged: 'built already, tag moved',
    built: 'built and pushed',
    kept: 'kept under its key tag, no other tag was written',
    failed: 'failed',
  };
  const size = plan.parent
    ? `${prettyBytes(own)} on ${prettyBytes(bytes - own)} of its base`
    : prettyBytes(bytes);
  return [
    `${plan.project}: ${words[record.outcome]} in ${record.durationSeconds.toFixed(1)} s`,
    `  image   ${plan.repository}:${plan.movingTags[0] ?? plan.keyTag}`,
    `  key tag ${plan.keyTag}`,
    `  digest  ${record.digest}`,
    `  size    ${size} (compressed)`,
    `  record  ${recordPath}`,
  ].join('\n');
}
