import type { Problem } from '@slipway/contract';
import { note } from './workflows.ts';

/** One workflow, held against the file that is there. */
export interface ComparedWorkflow {
  path: string;
  /** What it must be. */
  text: string;
  /** `foreign`: there is a file of that name, which the generator did not write. */
  state: 'current' | 'missing' | 'edited' | 'foreign';
  /** The first line of the file, from 1, that is not as it must be; absent when there is no file to look at. */
  line?: number;
}

/** Holds workflows, by path, against the texts that were found. */
export function compareWorkflows(
  wanted: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string>>,
): ComparedWorkflow[] {
  return Object.entries(wanted).map(([path, text]) => {
    const there = found[path];
    if (there === text) return { path, text, state: 'current' };
    if (there === undefined) return { path, text, state: 'missing' };
    const state = there.startsWith(note) ? 'edited' : 'foreign';
    return { path, text, state, line: firstDifference(there, text) };
  });
}

/** What is wrong with workflows that are not as they must be. */
export function workflowProblems(compared: readonly ComparedWorkflow[]): Problem[] {
  return compared
    .filter(({ state }) => state !== 'current')
    .map((each) =>
      each.state === 'foreign'
        ? foreignWorkflow(each)
        : each.state === 'missing'
          ? missing(each)
          : edited(each),
    );
}

/** A file of somebody's own lies where a workflow belongs. */
export function foreignWorkflow({ path }: ComparedWorkflow): Problem {
  return {
    code: 'workflow-foreign',
    where: { file: path },
    message: `somebody wrote this file by hand, and the workflow of that name belongs there`,
    remedy: `rename it, then: npx nx run workflows:generate (or let it be replaced: npx nx run workflows:generate --replace)`,
  };
}

function missing({ path }: ComparedWorkflow): Problem {
  return {
    code: 'workflow-stale',
    where: { file: path },
    message: 'there is no such file',
    remedy: 'npx nx run workflows:generate',
  };
}

/** The line's content is not told: somebody may have written a secret there. */
function edited({ path, text, line = 1 }: ComparedWorkflow): Problem {
  const wanted = text.split('\n')[line - 1]?.trim();
  return {
    code: 'workflow-stale',
    where: { file: path, line },
    message: `this line was edited, or the definition changed since; it must be ${wanted ? `"${wanted}"` : 'empty, or not there'}`,
    remedy: 'npx nx run workflows:generate',
  };
}

/** Line, from 1, where one text ceases to be the other; Windows' line ends count as a difference. */
function firstDifference(found: string, wanted: string): number {
  const lines = wanted.split('\n');
  const at = found.split('\n').findIndex((line, index) => line !== lines[index]);
  return at === -1 ? found.split('\n').length : at + 1;
}
