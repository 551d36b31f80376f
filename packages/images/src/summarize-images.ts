import type { Problem } from '@slipway/contract';
import prettyBytes from 'pretty-bytes';
import { type ImageOutcome, isProblems } from './build-images.ts';
import { describeDifference } from './explain.ts';
import type { ImagePlan } from './plan.ts';
import { ownLayers } from './record.ts';
import { summarizeProblems, summarizeTable } from './step-summary.ts';

/** What came of images, for the summary page of a CI job: what was built, why, its key, and what it cost. */
export function summarizeOutcomes(outcomes: readonly ImageOutcome[]): string[] {
  const rows = outcomes.map((outcome) => ('problems' in outcome ? failedRow(outcome.project) : row(outcome)));
  const problems = outcomes.flatMap((outcome) => ('problems' in outcome ? outcome.problems : []));
  return ['### Images', '', ...summarizeTable(rows), '', ...summarizeProblems(problems)];
}

/** What would be done, for the same page. */
export function summarizePlans(
  planned: ReadonlyMap<string, Pick<ImagePlan, 'state' | 'reason'> | readonly Problem[]>,
): string[] {
  const all = [...planned];
  const rows = all.map(([image, plan]) =>
    isProblems(plan) ? { image, state: 'failed', why: '' } : { image, state: plan.state, why: plan.reason },
  );
  const problems = all.flatMap(([, plan]) => (isProblems(plan) ? plan : []));
  return ['### Images that would be built', '', ...summarizeTable(rows), '', ...summarizeProblems(problems)];
}

function row({ project, plan, record }: Extract<ImageOutcome, { record: unknown }>): Record<string, string> {
  const { outcome, differences = [], layers = [], durationSeconds } = record;
  // The first three say enough of what is told in full by `explain`.
  const why = differences.slice(0, 3).map(describeDifference).join('; ');
  const bytes = layers.reduce((sum, layer) => sum + layer.bytes, 0);
  return {
    image: project,
    outcome: outcome === 'current' ? 'built already' : outcome,
    why: why || plan.reason,
    'key tag': plan.keyTag ?? '-',
    seconds: durationSeconds.toFixed(1),
    compressed: prettyBytes(bytes),
    'of its own': prettyBytes(ownLayers(layers).bytes),
  };
}

const failedRow = (image: string): Record<string, string> => ({
  image,
  outcome: 'failed',
  why: 'see below',
  'key tag': '-',
  seconds: '-',
  compressed: '-',
  'of its own': '-',
});
