import type { ReleaseStage } from '@slipway/effects';
import { type PlannedCommit, type Release, releaseCommit } from './plan.ts';

/** The steps of a release that leave something behind, in the order in which they are taken. */
export const releaseSteps = ['fetch', 'ask', 'commit', 'tag', 'push', 'record'] as const;
export type ReleaseStep = (typeof releaseSteps)[number];

/** Told before and after each step; whatever it throws is thrown on. */
export type AtStep = (when: 'before' | 'after', step: ReleaseStep) => void | Promise<void>;

/** What came of a push. */
export interface Pushed {
  accepted: boolean;
  /** What git printed. */
  said: string;
  /** The release commit, which the tag is on. */
  commit: string;
  /** The tag's own object. */
  tag: string;
}

/** Makes the commits and the tag of a plan in the stage, and pushes them: both or neither. */
export async function executeRelease(plan: Release, stage: ReleaseStage, step: Step): Promise<Pushed> {
  const created = await step('commit', async () => {
    const ids: string[] = [];
    for (const commit of plan.create) {
      ids.push(await createCommit(plan, commit, ids.at(-1), stage));
    }
    return ids;
  });
  const [commit = ''] = created;
  const tag = await step('tag', () => createTag(plan, commit, stage));
  const pushed = await step('push', () =>
    stage.push([
      { ref: `refs/heads/${plan.branch}`, was: plan.head, to: created.at(-1) ?? commit },
      { ref: `refs/tags/${plan.tag.name}`, was: null, to: tag },
    ]),
  );
  return { ...pushed, commit, tag };
}

/** Does one step, with what is told before and after it. */
export type Step = <T>(name: ReleaseStep, work: () => Promise<T>) => Promise<T>;

export function stepper(at: AtStep | undefined): Step {
  return async (name, work) => {
    await at?.('before', name);
    const result = await work();
    await at?.('after', name);
    return result;
  };
}

async function createCommit(
  plan: Release,
  { message, parents, base, files }: PlannedCommit,
  before: string | undefined,
  stage: ReleaseStage,
): Promise<string> {
  // An index of its own: there is no working tree that the files could come from.
  const env = { GIT_INDEX_FILE: `${stage.folder}/index-of-release` };
  await stage.git(['read-tree', base], { env });
  const entries: string[] = [];
  for (const { path, mode, after } of files) {
    const blob = await stage.git(['hash-object', '-w', '--stdin'], { input: after });
    entries.push(`${mode} ${blob}\t${path}\0`);
  }
  if (entries.length > 0) {
    await stage.git(['update-index', '-z', '--index-info'], { env, input: entries.join('') });
  }
  const tree = await stage.git(['write-tree'], { env });
  const known = parents.map((parent) => (parent === releaseCommit ? (before ?? parent) : parent));
  const on = known.flatMap((parent) => ['-p', parent]);
  return stage.git(['commit-tree', tree, ...on], { input: message, env: identityOf(plan) });
}

function createTag({ tag, identity, at }: Release, commit: string, stage: ReleaseStage): Promise<string> {
  const tagger = `${identity} ${gitDate(at)}`;
  const header = [`object ${commit}`, 'type commit', `tag ${tag.name}`, `tagger ${tagger}`];
  return stage.git(['mktag'], { input: `${header.join('\n')}\n\n${tag.message}` });
}

function identityOf({ identity, at }: Release): Record<string, string> {
  const [, name = identity, email = ''] = /^(.*?)\s*<(.*)>$/.exec(identity) ?? [];
  return Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((role) => [
      [`GIT_${role}_NAME`, name],
      [`GIT_${role}_EMAIL`, email],
      [`GIT_${role}_DATE`, gitDate(at)],
    ]),
  );
}

/** As git writes one into a commit. */
function gitDate(at: string): string {
  return `${Math.floor(Date.parse(at) / 1000)} +0000`;
}
