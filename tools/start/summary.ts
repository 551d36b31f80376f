import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ImageRecord, ownLayers, recordFolder } from '@slipway/images';
import { readRunRecords } from '@slipway/run-launcher';
import Table from 'cli-table3';
import prettyBytes from 'pretty-bytes';

/** The closing table of `npm start`, made from the records of what was done since `began`. */
export function summarize(
  root: string,
  began: Date,
  steps: readonly { name: string; seconds: number }[],
): string {
  const style = { head: [], border: [], compact: true };
  const images = new Table({ style, head: ['image', 'state', 'seconds', 'size (compressed)', 'record'] });
  for (const { record, path } of newestRecords(root, began)) {
    const { bytes: own } = ownLayers(record.layers);
    const tag = record.plan.movingTags[0] ?? record.plan.keyTag;
    const states = {
      current: 'built already',
      tagged: 'built already',
      built: 'built',
      kept: 'kept',
      failed: 'failed',
    };
    images.push([
      `${record.plan.repository.split('/').slice(1).join('/')}:${tag}`,
      states[record.outcome],
      record.durationSeconds.toFixed(1),
      `${record.plan.parent ? '+ ' : ''}${prettyBytes(own)}`,
      path,
    ]);
  }
  const times = new Table({ style, head: ['step', 'seconds'] });
  for (const { name, seconds } of steps) times.push([name, seconds.toFixed(1)]);
  times.push(['all', ((Date.now() - began.getTime()) / 1000).toFixed(1)]);
  return [images.toString(), times.toString(), describeRun(root)].join('\n');
}

/** Of every project the newest record with a tag, in the order in which they were made. */
function newestRecords(root: string, began: Date): { record: ImageRecord; path: string }[] {
  const folder = join(root, recordFolder);
  if (!existsSync(folder)) return [];
  const all = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({
      record: JSON.parse(readFileSync(join(folder, name), 'utf8')) as ImageRecord,
      path: join(recordFolder, name),
    }))
    // Publishes, verifications and smoke tests have records of their own.
    .filter(({ record }) => record.record === 'image' && Date.parse(record.startedAt) >= began.getTime());
  const byImage = new Map(all.map((each) => [`${each.record.plan.keyTag}`, each] as const));
  return [...byImage.values()];
}

function describeRun(root: string): string {
  const last = readRunRecords(root).records.at(-1);
  if (last === undefined) return 'no run was recorded';
  const output = last.plan.mounts.find(({ target }) => target === '/output')?.source ?? '';
  const [experiment = ''] = existsSync(output) ? readdirSync(output) : [];
  const metrics = join(output, experiment, 'metrics.json');
  const { test_accuracy: accuracy } = existsSync(metrics)
    ? (JSON.parse(readFileSync(metrics, 'utf8')) as { test_accuracy?: number })
    : {};
  const lines = {
    'test accuracy': accuracy === undefined ? 'unknown' : `${(accuracy * 100).toFixed(2)} %`,
    picture: join(output, experiment, 'learning-curve.png'),
    record: join('.slipway/runs', last.id, 'record.json'),
    'next command': `npx slipway show ${last.id}`,
  };
  return Object.entries(lines)
    .map(([name, value]) => `${name.padEnd(14)} ${value}`)
    .join('\n');
}
