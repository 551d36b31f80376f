import { diffRuns } from '../record/diff-runs.ts';
import { openSettled } from './settled.ts';

/** `slipway diff <id> <id>`: what is not the same in two runs. */
export async function diffCommand(
  before: string,
  after: string,
  { json }: { json?: boolean },
): Promise<void> {
  const { one } = openSettled();
  const differences = diffRuns((await one(before)).record, (await one(after)).record);
  if (json) {
    console.log(JSON.stringify(differences, null, 2));
    return;
  }
  if (differences.length === 0) console.log('nothing differs but what every run has of its own');
  for (const { path, before: old, after: young } of differences) {
    console.log(`${path}\n  - ${old ?? '(nothing)'}\n  + ${young ?? '(nothing)'}`);
  }
}
