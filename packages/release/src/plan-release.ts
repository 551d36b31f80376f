import { compareVersions, Failure, formatVersion, type Version, type VersionTag } from '@slipway/contract';
import { sameLine } from './next-version.ts';
import { type NoRelease, type Release, type ReleasePlan, releaseCommit } from './plan.ts';
import { changeFiles, mergeFiles } from './plan-files.ts';
import { refusePublished, refuseYanked, registryNotes } from './plan-registry.ts';
import { lowerTags, readTags, refuseTaken } from './plan-tags.ts';
import type { CandidateFacts, PromotionFacts, ReleaseFacts } from './release-facts.ts';
import type { AnalysedCommit, Answer } from './semantic-release.ts';
import { short } from './short.ts';

/** How many commits a refusal names. */
const shownCommits = 50;

/**
 * Plans a candidate or a promotion. Equal facts give equal plans.
 * @throws Failure `commit-elsewhere`, `promotion-refused`, `version-taken`, `version-missing`.
 */
export function planRelease(facts: ReleaseFacts): ReleasePlan {
  return facts.kind === 'candidate' ? planCandidate(facts) : planPromotion(facts);
}

function planCandidate(facts: CandidateFacts): ReleasePlan {
  const { commit, head, branch, remote, found } = facts;
  const { versions, notes, newest } = readTags(facts);
  if (!facts.onBranch) {
    throw new Failure({
      code: 'commit-elsewhere',
      message: `commit ${short(commit)} is not on ${branch} of ${remote}, which is at ${short(head)}`,
      remedy: `bring it there first: git push ${remote} ${commit}:refs/heads/${branch}; or name one that is: --commit=${head}`,
    });
  }
  const none = noRelease('candidate', [...notes, ...lowerTags(facts, newest)]);
  // The tag came there together with its commit, and with nothing else: whoever asks again gets the same one.
  const made = versions.findLast(
    ({ name, version, parents }) =>
      version.rc !== null && facts.beyond.includes(name) && isOnly(parents, commit),
  );
  if (made !== undefined) return none('existing', made, `${made.name} was made from ${short(commit)}`);
  if (commit !== head) {
    return none(
      'superseded',
      newest,
      `${branch} has moved from ${short(commit)} to ${short(head)}; that push makes its own`,
    );
  }
  if (found === null) throw new TypeError('nothing was asked about the commit that the branch is at');
  const { answer, files, inRegistry } = found;
  if (answer.version === null) {
    const since = newest === undefined ? 'at all' : `since ${newest.name}`;
    return none(
      'nothing',
      newest,
      `no commit of a type that is released (feat, fix, perf, a breaking change) ${since}`,
    );
  }
  const { version } = answer;
  refuseTaken(versions, version, facts);
  if (inRegistry !== null) {
    refusePublished(version, inRegistry.candidate, facts);
    refusePublished({ ...version, rc: null }, inRegistry.stable, facts);
  }
  return {
    ...release(facts, version, newest, answer, answer.commits),
    notes: [...notes, ...lowerTags(facts, newest), ...registryNotes(inRegistry)],
    why: `${describeCommits(answer)} ${newest === undefined ? 'and no version before' : `since ${newest.name}`}`,
    create: [
      {
        message: `chore(release): ${formatVersion(version)}\n`,
        parents: [commit],
        base: commit,
        files: changeFiles(files, version, answer.notes),
      },
    ],
  };
}

function planPromotion(facts: PromotionFacts): ReleasePlan {
  const { branch, head, found } = facts;
  const { versions, notes, newest } = readTags(facts);
  const none = noRelease('promotion', notes);
  if (newest === undefined)
    return none('nothing', newest, `no version is on ${branch}, so there is no candidate`);
  if (newest.version.rc !== null) {
    if (found === null) throw new TypeError('nothing was asked about the newest candidate');
    return promote(facts, newest, found, versions, notes);
  }
  const from = versions.find(({ commit }) => isOnly(newest.parents, commit));
  const why = `${newest.name} is the newest version on ${branch} (${short(head)}), and no candidate came after it`;
  const promoted = from !== undefined && from.version.rc !== null && sameLine(from.version, newest.version);
  return none(promoted ? 'existing' : 'nothing', newest, why);
}

function promote(
  facts: PromotionFacts,
  candidate: VersionTag,
  { answer, files, headFiles, after, inRegistry }: NonNullable<PromotionFacts['found']>,
  versions: readonly VersionTag[],
  notes: readonly string[],
): Release {
  const { branch, head } = facts;
  const version = { ...candidate.version, rc: null };
  refuseTaken(versions, version, facts);
  refusePublished(version, inRegistry.stable, facts);
  refuseYanked(candidate.name, inRegistry.candidate, facts);
  if (after.type !== null) {
    const open = after.commits.filter(({ type }) => type !== null);
    throw new Failure({
      code: 'promotion-refused',
      message: [
        `${candidate.name} lacks what came to ${branch} after it and is to be released:`,
        ...open.slice(0, shownCommits).map(({ hash, subject }) => `${short(hash)} ${subject}`),
        ...(open.length > shownCommits ? [`and ${open.length - shownCommits} more`] : []),
      ].join('\n  | '),
      remedy: `make a candidate that has it, try that one, then promote it: npx nx run release:candidate --commit=${head}`,
    });
  }
  const previous = versions.findLast(
    ({ name, version: other }) =>
      facts.merged.includes(name) && other.rc === null && compareVersions(other, version) < 0,
  );
  const message = `chore(release): ${formatVersion(version)}\n`;
  const first = {
    message,
    parents: [candidate.commit],
    base: candidate.commit,
    files: changeFiles(files, version, answer.notes),
  };
  // What is released must be what was tested, so it stands on the candidate; what came later joins it behind.
  const merge = {
    message: `chore(release): merge ${formatVersion(version)}\n`,
    parents: [head, releaseCommit],
    base: head,
    files:
      head === candidate.commit ? [] : mergeFiles(files, headFiles, version, answer.notes, candidate.name),
  };
  const commits = answer.commits.filter(({ type }) => type !== null);
  return {
    ...release(facts, version, previous, answer, commits),
    notes: [...notes, ...registryNotes(inRegistry)],
    why: `${candidate.name} and nothing that is to be released after it`,
    create: head === candidate.commit ? [first] : [first, merge],
  };
}

/** What both kinds have in common. */
function release(
  { kind, branch, remote, identity, at, head }: ReleaseFacts,
  version: Version,
  previous: VersionTag | undefined,
  { notes }: Answer,
  commits: readonly AnalysedCommit[],
) {
  const name = formatVersion(version);
  return {
    kind,
    outcome: 'released' as const,
    version: name,
    previous: previous?.name ?? null,
    commits: commits.filter(({ type }) => type !== null),
    branch,
    remote,
    identity,
    at,
    head,
    tag: { name, message: `Release ${name}\n\n${notes}\n` },
  };
}

const noRelease =
  (kind: NoRelease['kind'], notes: readonly string[]) =>
  (outcome: NoRelease['outcome'], newest: VersionTag | undefined, why: string): NoRelease => ({
    kind,
    outcome,
    version: newest?.name ?? null,
    commit: newest?.commit ?? null,
    why,
    notes,
  });

function describeCommits({ commits, type }: Answer): string {
  const count = commits.filter((commit) => commit.type !== null).length;
  return `${count} ${count === 1 ? 'commit' : 'commits'} to release (${type})`;
}

function isOnly(parents: readonly string[], commit: string): boolean {
  return parents.length === 1 && parents[0] === commit;
}
