import { formatProblem } from '@slipway/contract';
import prettyBytes from 'pretty-bytes';
import type { ImageOutcome } from './build-images.ts';
import { imageCall, isLoaded } from './plan.ts';
import { type ImageRecord, ownLayers } from './record.ts';

/**
 * What came of an image, in a few lines for a person.
 * @param docker the program of the engine that an image was built for, as one types it.
 */
export function describeOutcome(outcome: ImageOutcome, docker = 'docker'): string {
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
  if (isLoaded(plan)) return describeLoaded(record, recordPath, docker);
  const verify = record.steps.find(({ name }) => name === 'verify');
  const size = plan.parent
    ? `${prettyBytes(own)} on ${prettyBytes(bytes - own)} of its base`
    : prettyBytes(bytes);
  return [
    `${plan.project}: ${words[record.outcome]} in ${record.durationSeconds.toFixed(1)} s`,
    `  image   ${plan.repository}:${plan.movingTags[0] ?? plan.keyTag}`,
    `  key tag ${plan.keyTag}`,
    `  digest  ${record.digest}`,
    `  size    ${size} (compressed)${record.verification ? `, ${prettyBytes(record.verification.diskBytes)} on disk` : ''}`,
    ...describeNew(record),
    ...(verify ? [`  verify  ${verify.seconds.toFixed(1)} s`] : []),
    `  record  ${recordPath}`,
  ].join('\n');
}

/** An image that is in the engine of this machine, and how one starts it: a registry may have another one of its name. */
function describeLoaded(
  { plan, digest, durationSeconds }: ImageRecord,
  recordPath: string,
  docker: string,
): string {
  const { load: [name = '', ...more] = [], labels = {} } = imageCall(plan) ?? {};
  const hasGpus = (labels['io.slipway.gpu.compute-capabilities'] ?? '') !== '';
  return [
    `${plan.project}: built for the engine of this machine in ${durationSeconds.toFixed(1)} s`,
    `  image   ${[name, ...more].join(', ')}`,
    `  digest  ${digest}`,
    `  start   ${docker} run ${hasGpus ? '--gpus all ' : ''}-it --rm ${name}`,
    `  record  ${recordPath}`,
  ].join('\n');
}

/** How many bytes of an image are its own, against what others have already. */
function describeNew({ newBytes }: ImageRecord): string[] {
  if (newBytes === undefined) return [];
  const { againstPrevious: previous, againstOthers: others } = newBytes;
  const parts = [
    ...(previous === null ? [] : [`${prettyBytes(previous)} against the one before it`]),
    ...(others === null ? [] : [`${prettyBytes(others)} against the other architectures`]),
  ];
  return parts.length === 0 ? [] : [`  new     ${parts.join(', ')}`];
}
