import type { Problem } from '@slipway/contract';
import { isOurs, otherChecksPath, ownChecksPath, workflowPaths } from './paths.ts';

/** One workflow, held against the file that is there. */
export interface ComparedWorkflow {
  path: string;
  /** What it must be; null: it must not be there. */
  text: string | null;
  /**
   * `foreign`: there is a file of that name, which the generator did not write. `leftover`: there is one that it wrote,
   * and does not any more.
   */
  state: 'current' | 'missing' | 'edited' | 'foreign' | 'leftover';
  /** The first line of the file, from 1, that is not as it must be; absent when there is no file to look at. */
  line?: number;
  /** Nothing differs but that the file ends before its end. */
  endsEarly?: boolean;
}

/** Holds workflows, by path, against the texts that were found. */
export function compareWorkflows(
  wanted: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string>>,
): ComparedWorkflow[] {
  return [
    ...Object.entries(wanted).map(([path, text]) => compareOne(path, text, found[path])),
    ...workflowPaths.filter((path) => !(path in wanted)).flatMap((path) => unwanted(path, found[path])),
  ];
}

function compareOne(path: string, text: string, there: string | undefined): ComparedWorkflow {
  if (there === text) return { path, text, state: 'current' };
  if (there === undefined) return { path, text, state: 'missing' };
  const state = isOurs(there) ? 'edited' : 'foreign';
  return { path, text, state, line: firstDifference(there, text), endsEarly: text.startsWith(there) };
}

/** What lies where no workflow of ours belongs now: the checks have two places. */
function unwanted(path: string, there: string | undefined): ComparedWorkflow[] {
  if (there === undefined) return [];
  if (isOurs(there)) return [{ path, text: null, state: 'leftover' }];
  return path === ownChecksPath ? [{ path, text: null, state: 'foreign' }] : [];
}

/** What is wrong with workflows that are not as they must be. Somebody's own are nothing wrong, but for one that is called. */
export function workflowProblems(compared: readonly ComparedWorkflow[]): Problem[] {
  return compared.flatMap((each) => problemOf(each) ?? []);
}

function problemOf(each: ComparedWorkflow): Problem | undefined {
  switch (each.state) {
    case 'current':
      return undefined;
    case 'missing':
      return missing(each);
    case 'edited':
      return edited(each);
    case 'leftover':
      return leftover(each);
    case 'foreign':
      return each.path === otherChecksPath ? blocked(each) : undefined;
  }
}

/** What to know of files that somebody wrote where workflows belong, one sentence each: they stay. */
export function foreignNotes(compared: readonly ComparedWorkflow[]): string[] {
  return compared.flatMap(({ path, state }) =>
    state === 'foreign' ? [`${path} is one of your own and stays. ${consequence(path)}`] : [],
  );
}

function consequence(path: string): string {
  const name = path.split('/').at(-1) ?? '';
  switch (name) {
    case 'ci.yml':
      return `Slipway's checks are in ${otherChecksPath}, and release.yml waits for those alone: to have releases wait for yours too, let the branch take only commits that passed it`;
    case 'build-runtime.yml':
      return `release.yml starts it for each version, with the input tag: it must have workflow_dispatch, and publish. ${take}`;
    default:
      return take;
  }
}

const take = "To have Slipway's: rename it, then npx nx run workflows:generate";

/** A file of somebody's own lies in the last place that is left. */
function blocked({ path }: ComparedWorkflow): Problem {
  return {
    code: 'workflow-foreign',
    where: { file: path },
    message: `somebody wrote this file by hand, and release.yml calls the workflow of that name`,
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

function leftover({ path }: ComparedWorkflow): Problem {
  return {
    code: 'workflow-stale',
    where: { file: path },
    message: 'it was generated, and what it does is in another file now',
    remedy: 'npx nx run workflows:generate',
  };
}

/** The line's content is not told: somebody may have written a secret there. */
function edited({ path, text, line = 1, endsEarly }: ComparedWorkflow): Problem {
  const wanted = text?.split('\n')[line - 1]?.trim();
  const must = `this line was edited, or the definition changed since; it must be ${wanted ? `"${wanted}"` : 'empty, or not there'}`;
  return {
    code: 'workflow-stale',
    where: { file: path, line },
    message: endsEarly
      ? 'the file ends too early: what follows this line, or its line end, is not there'
      : must,
    remedy: 'npx nx run workflows:generate',
  };
}

/** Line, from 1, where one text ceases to be the other; Windows' line ends count as a difference. */
function firstDifference(found: string, wanted: string): number {
  const lines = wanted.split('\n');
  const at = found.split('\n').findIndex((line, index) => line !== lines[index]);
  return at === -1 ? found.split('\n').length : at + 1;
}
