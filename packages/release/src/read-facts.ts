import { readVersionTags, type Version, type VersionTag } from '@slipway/contract';
import type { ReleaseRepository, ReleaseStage } from '@slipway/effects';
import { toDotted } from './dotted.ts';
import type { InRegistry } from './in-registry.ts';
import { firstVersion } from './plan-files.ts';
import type { CandidateFacts, CommonFacts, PromotionFacts, ReleaseFiles } from './release-facts.ts';
import { type Answer, analyseCommits, askSemanticRelease } from './semantic-release.ts';

/** Where facts are read, and what the definition says. */
export interface FactSources {
  stage: ReleaseStage;
  repository: ReleaseRepository;
  branch: string;
  /** Relative to the workspace. */
  versionFiles: readonly string[];
  breakingBefore1: 'minor' | 'major';
  signal?: AbortSignal;
  /** What is published of a version. */
  inRegistry: (version: Version) => Promise<InRegistry>;
}

/** Who releases where git knows nobody: no address that somebody could have. */
const slipway = 'Slipway <slipway@release.invalid>';

/** What a candidate of a commit is planned from, as the stage has it. */
export async function readCandidateFacts(sources: FactSources, commit: string): Promise<CandidateFacts> {
  const { stage, versionFiles, repository } = sources;
  const common = await readCommon(sources);
  const { exitCode } = await stage.ask(['merge-base', '--is-ancestor', commit, common.head]);
  const onBranch = exitCode === 0;
  const { versions } = readVersionTags(common.tags);
  const history = onBranch ? await ancestors(stage, commit) : [];
  const merged = inside(versions, history);
  const beyond =
    onBranch && commit !== common.head ? without(await ancestors(stage, common.head), history) : [];
  const newest = merged.at(-1);
  const since = newest === undefined ? history : without(history, await ancestors(stage, newest.commit));
  const facts = {
    ...common,
    kind: 'candidate' as const,
    commit,
    onBranch,
    merged: merged.map(({ name }) => name),
    beyond: inside(versions, beyond).map(({ name }) => name),
    later: inside(merged, since).map(({ name }) => name),
  };
  if (!onBranch || commit !== common.head) return { ...facts, found: null };
  const files = await readFiles(stage, commit, versionFiles, repository.prefix);
  const first = newest === undefined ? firstVersion(files) : null;
  const answer = await ask(sources, 'rc', commit, merged, {
    stable: null,
    facts: { taken: versions.map(({ version }) => version), first, begun: newest !== undefined },
    breaking: breaking(sources, newest?.version ?? first),
    commits: since,
  });
  const inRegistry = answer.version && (await readRegistry(sources, answer.version));
  return { ...facts, found: { answer, files, inRegistry } };
}

/** What promoting the newest candidate is planned from. */
export async function readPromotionFacts(sources: FactSources): Promise<PromotionFacts> {
  const { stage, versionFiles, repository } = sources;
  const common = await readCommon(sources);
  const { versions } = readVersionTags(common.tags);
  const history = await ancestors(stage, common.head);
  const merged = inside(versions, history);
  const newest = merged.at(-1);
  const facts = { ...common, kind: 'promotion' as const, merged: merged.map(({ name }) => name) };
  if (newest === undefined || newest.version.rc === null) return { ...facts, found: null };

  const tested = await ancestors(stage, newest.commit);
  const before = inside(versions, tested);
  const last = before.findLast(({ version }) => version.rc === null);
  const since = last === undefined ? tested : without(tested, await ancestors(stage, last.commit));
  const stable = { ...newest.version, rc: null };
  const raises = breaking(sources, last?.version ?? stable);
  const [inRegistry, answer, after, files, headFiles] = await Promise.all([
    readRegistry(sources, newest.version),
    ask(sources, 'main', newest.commit, before, {
      stable,
      facts: { taken: [], first: null, begun: true },
      breaking: raises,
      commits: since,
    }),
    readAfter(sources, without(history, tested), raises),
    readFiles(stage, newest.commit, versionFiles, repository.prefix),
    readFiles(stage, common.head, versionFiles, repository.prefix),
  ]);
  return { ...facts, found: { answer, after, files, headFiles, inRegistry } };
}

/** What is published of a candidate, and of what it becomes. */
async function readRegistry({ inRegistry }: FactSources, candidate: Version) {
  const [itself, stable] = await Promise.all([candidate, { ...candidate, rc: null }].map(inRegistry));
  return { candidate: itself, stable } as { candidate: InRegistry; stable: InRegistry };
}

async function readCommon({ stage, repository, branch }: FactSources): Promise<CommonFacts> {
  const [head, tags] = await Promise.all([stage.head(), stage.tags()]);
  return {
    branch,
    remote: repository.remote.name,
    head,
    tags,
    localTags: repository.tags,
    identity: repository.identity ?? slipway,
    at: new Date().toISOString(),
  };
}

/** A commit and all that it stands on, newest first by descent: dates may be wrong. */
async function ancestors(stage: ReleaseStage, commit: string): Promise<string[]> {
  return (await stage.git(['rev-list', '--topo-order', commit])).split('\n').filter(Boolean);
}

/** Set against set: git's own `a..b` goes by dates, and takes some of the older ones for new when those are wrong. */
function without(all: readonly string[], known: readonly string[]): string[] {
  const seen = new Set(known);
  return all.filter((commit) => !seen.has(commit));
}

function inside(tags: readonly VersionTag[], commits: readonly string[]): VersionTag[] {
  const seen = new Set(commits);
  return tags.filter(({ commit }) => seen.has(commit));
}

/** Asks semantic-release on a repository of its own, where only the tags are that the commit stands on. */
async function ask(
  { stage, repository, signal }: FactSources,
  branch: 'rc' | 'main',
  commit: string,
  tags: readonly VersionTag[],
  question: {
    stable: Version | null;
    facts: object;
    breaking: 'minor' | 'major';
    commits: readonly string[];
  },
): Promise<Answer> {
  const refs = Object.fromEntries([
    ['refs/heads/main', commit],
    [`refs/heads/${branch}`, commit],
    ...tags.map(({ version, commit }) => [`refs/tags/${toDotted(version)}`, commit]),
  ]);
  const derived = await stage.derive(`${branch}.git`, refs, `refs/heads/${branch}`);
  const answer = await askSemanticRelease(
    { repository: derived, link: repository.remote.link, ...question } as Parameters<
      typeof askSemanticRelease
    >[0],
    signal,
  );
  const expected = tags.findLast(({ version }) => branch === 'rc' || version.rc === null);
  const last = expected === undefined ? null : toDotted(expected.version);
  // It finds the last version by dates where commits have no generations; then its answer is of other commits.
  if (answer.type !== null && answer.last !== last) {
    throw new TypeError(`semantic-release counts from ${answer.last}, but the newest version is ${last}`);
  }
  return answer;
}

async function readAfter(
  { stage, signal }: FactSources,
  commits: readonly string[],
  breaking: 'minor' | 'major',
) {
  if (commits.length === 0) return { type: null, commits: [] };
  const printed = await stage.git(['log', '--no-walk=unsorted', '--stdin', '--format=%H%x00%B%x00'], {
    input: `${commits.join('\n')}\n`,
  });
  const values = printed.split('\0');
  const messages = commits.map((_, index) => ({
    hash: (values[2 * index] ?? '').trim(),
    message: (values[2 * index + 1] ?? '').trim(),
  }));
  return analyseCommits({ messages, breaking }, stage.folder, signal);
}

async function readFiles(
  stage: ReleaseStage,
  commit: string,
  versionFiles: readonly string[],
  prefix: string,
): Promise<ReleaseFiles> {
  const read = async (file: string) => {
    const path = `${prefix}${file}`;
    const found = await stage.read(commit, path);
    return { path, file: found && { path, ...found } };
  };
  const [changelog, ...versions] = await Promise.all([read('CHANGELOG.md'), ...versionFiles.map(read)]);
  return { versions, changelog: changelog as ReleaseFiles['changelog'] };
}

function breaking({ breakingBefore1 }: FactSources, last: Version | null): 'minor' | 'major' {
  return last?.major === 0 ? breakingBefore1 : 'major';
}
