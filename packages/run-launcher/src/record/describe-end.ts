import type { RunRecord } from './run-record.ts';

/** How a run ended, or that it has not, in the words that every command has for it. */
export function describeEnd({ outcome, exitCode }: Pick<RunRecord, 'outcome' | 'exitCode'>): string {
  if (outcome === 'running') return outcome;
  const code = `${outcome}, exit code ${exitCode ?? 'unknown'}`;
  // SIGKILL: the time that it had for saving was over, or somebody asked for that at once.
  return outcome === 'stopped' && exitCode === 137 ? `${code}: it was killed before it had saved` : code;
}
