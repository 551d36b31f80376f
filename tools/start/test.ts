import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { interruption, tryRun } from '@slipway/effects';

/**
 * All tests: lint, types and locks first, then the unit tests, then those that need the real engine, then those that
 * build with real torch. `npm test unit`, `npm test engine` and `npm test torch` run one part.
 */
const root = resolve(import.meta.dirname, '../..');
const only = process.argv[2];
const { signal } = interruption();
const counts = { passed: 0, failed: 0 };

const checks: { name: string; command: string[] }[] = [
  { name: 'lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'types', command: ['tsc', '--noEmit', '-p', 'tsconfig.json'] },
  { name: 'locks', command: ['nx', 'run', 'base-images:lock', '--check', '--output-style=static'] },
];

if (only === undefined) for (const { name, command } of checks) await check(name, command);
for (const project of only === undefined ? ['unit', 'engine', 'torch'] : [only]) await vitest(project);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = signal.aborted ? 130 : counts.failed === 0 ? 0 : 1;

async function check(name: string, [file = '', ...args]: string[]): Promise<void> {
  if (signal.aborted) return;
  console.log(`\n== ${name}`);
  const { exitCode } = await tryRun({ file, args, cwd: root, inherit: true, signal }).catch(() => ({
    exitCode: 1,
  }));
  counts[exitCode === 0 ? 'passed' : 'failed'] += 1;
}

/** Runs one of the test projects, and counts what it ran; a runner that ran nothing has failed. */
async function vitest(project: string): Promise<void> {
  if (signal.aborted) return;
  console.log(`\n== ${project} tests`);
  const folder = mkdtempSync(join(tmpdir(), 'slipway-test-'));
  const report = join(folder, 'report.json');
  const args = [
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  try {
    const { exitCode } = await tryRun({ file: 'vitest', args, cwd: root, inherit: true, signal });
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8')) as {
      numPassedTests: number;
      numFailedTests: number;
    };
    counts.passed += numPassedTests;
    counts.failed += numFailedTests;
    // Vitest also fails for what is no test: an import that breaks, a set-up that throws, no test at all.
    if (exitCode !== 0 && numFailedTests === 0) counts.failed += 1;
  } catch {
    counts.failed += 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
