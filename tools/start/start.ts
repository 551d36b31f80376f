import { resolve } from 'node:path';
import { Failure, formatProblem } from '@slipway/contract';
import { interruption, run } from '@slipway/effects';
import { hold } from '@slipway/sandbox';
import { freeVersion } from './free-version.ts';
import { summarize } from './summary.ts';

/** The main job, from nothing to a trained model: engine, base image, runtime image, publish, a run, its record. */
const root = resolve(import.meta.dirname, '../..');
const architecture = 'cpu';
const { signal, dispose } = interruption();
const steps: { name: string; seconds: number }[] = [];
const began = new Date();

try {
  const sandbox = await step('engine and registry', () =>
    hold(root, { onProgress: (line) => console.error(line), signal }),
  );
  try {
    await step('base and runtime image', () =>
      call('nx', [
        'run-many',
        '-t',
        'build-image',
        '-p',
        `base-${architecture},runtime-${architecture}`,
        '--output-style=static',
      ]),
    );
    const version = await freeVersion(root, architecture, (line) => console.error(line));
    await step(`publish ${version}`, () =>
      call('nx', [
        ...['run', 'runtime-image:publish', `--architectures=${architecture}`, `--as=${version}`],
        '--output-style=static',
      ]),
    );
    await step('training run', () =>
      call('slipway', [
        ...['run', '--architecture', architecture, '--version', version, '--cfg', 'configs/default.yaml'],
      ]),
    );
  } finally {
    await sandbox.release();
  }
  console.log(summarize(root, began, steps));
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(error.problems.map(formatProblem).join('\n'));
  process.exitCode = signal.aborted ? 130 : 1;
} finally {
  dispose();
}

async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  console.error(`\n== ${name}`);
  const before = Date.now();
  const result = await work();
  steps.push({ name, seconds: (Date.now() - before) / 1000 });
  return result;
}

/** Calls one of the commands that a person calls, on the same terminal. */
async function call(file: string, args: string[]): Promise<void> {
  // A run may take two minutes to save.
  await run({ file, args, cwd: root, inherit: true, signal, patienceMs: 150_000 });
}
