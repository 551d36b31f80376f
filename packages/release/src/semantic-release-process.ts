// A program: reads a question as JSON from stdin and prints the answer. See semantic-release.ts.
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { analyzeCommits } from '@semantic-release/commit-analyzer';
import { generateNotes } from '@semantic-release/release-notes-generator';
import { formatVersion } from '@slipway/contract/version';
import createPreset from 'conventional-changelog-conventionalcommits';
import { fromDotted } from './dotted.ts';
import { nextCandidate } from './next-version.ts';
import type { AnalysedCommit, Answer, CommitsQuestion, Question } from './semantic-release.ts';

/** What plugins are given, as far as it is used here. */
interface Context {
  commits: { hash: string; message: string }[];
  lastRelease: { gitTag?: string; version?: string };
  nextRelease: { type: Answer['type']; version: string; gitTag: string };
  options: object;
}

const preset = createPreset();
/** Stands for the place of a repository that nobody can look at in a browser. */
const nowhere = 'https://nowhere.invalid/';
const quiet = { log() {}, error() {}, warn() {}, success() {} };

const question = JSON.parse(await text(process.stdin)) as Question | CommitsQuestion;
const answer = 'messages' in question ? await analyseEach(question) : await release(question);
process.stdout.write(JSON.stringify(answer));

async function release(question: Question): Promise<Answer> {
  const { stable } = question;
  const answer: Answer = { last: null, type: null, version: null, notes: '', commits: [] };
  const ours = (version: string) => stable ?? nextCandidate(fromDotted(version), question.facts);

  const plugin = {
    async analyzeCommits(_: object, context: Context) {
      answer.last = context.lastRelease.gitTag ?? null;
      const commits = inOrder(context.commits, question.commits);
      answer.type = await analyse(commits, question.breaking, context);
      answer.commits = await each(commits, question.breaking, context);
      // Whether a candidate becomes stable was decided when it was made; here only the notes are wanted.
      return answer.type ?? (stable === null ? null : 'patch');
    },
    async generateNotes(_: object, context: Context) {
      const tag = formatVersion(ours(context.nextRelease.version));
      const last = context.lastRelease.gitTag;
      const linked = question.link !== null;
      const notes = await generateNotes(
        {
          parserOpts: preset.parser,
          writerOpts: preset.writer,
          linkReferences: linked,
          // Of the first version there is nothing to compare with.
          linkCompare: linked && last !== undefined,
        },
        {
          ...context,
          commits: inOrder(context.commits, question.commits),
          lastRelease: { ...context.lastRelease, gitTag: last && formatVersion(fromDotted(last)) },
          nextRelease: { ...context.nextRelease, version: tag, gitTag: tag },
          options: { ...context.options, repositoryUrl: question.link ?? nowhere },
        },
      );
      return question.link === null ? withoutLinks(notes) : notes;
    },
  };

  // Loaded here, because it is heavy and the analysis alone does not need it.
  const { default: semanticRelease } = await import('semantic-release');
  const sink = () => new Writable({ write: (_chunk, _encoding, done) => done() });
  const result = await semanticRelease(
    {
      ci: false,
      // It need not tag anything: the tag that counts is made elsewhere, together with the commit.
      dryRun: true,
      branches: stable === null ? ['main', { name: 'rc', prerelease: 'rc', channel: false }] : ['main'],
      repositoryUrl: `file://${question.repository}`,
      tagFormat: `v\${version}`,
      // Its types want names only; it takes objects too.
      plugins: [plugin as never],
    },
    {
      cwd: question.repository,
      env: environment(),
      stdout: sink() as never,
      stderr: process.stderr as never,
    },
  );
  if (result === false) return answer;
  return {
    ...answer,
    version: ours(result.nextRelease.version),
    notes: (result.nextRelease.notes ?? '').trim(),
  };
}

async function analyseEach({
  messages,
  breaking,
}: CommitsQuestion): Promise<Pick<Answer, 'type' | 'commits'>> {
  const commits = messages.map(({ hash, message }) => ({ hash, message }));
  return {
    type: await analyse(commits, breaking, { cwd: process.cwd() }),
    commits: await each(commits, breaking, { cwd: process.cwd() }),
  };
}

function analyse(commits: Context['commits'], breaking: Question['breaking'], context: object) {
  const releaseRules = breaking === 'minor' ? [{ breaking: true, release: 'minor' }] : undefined;
  return analyzeCommits({ parserOpts: preset.parser, releaseRules }, { ...context, commits, logger: quiet });
}

async function each(commits: Context['commits'], breaking: Question['breaking'], context: object) {
  const analysed: AnalysedCommit[] = [];
  for (const commit of commits) {
    const subject = commit.message.split('\n')[0] ?? '';
    analysed.push({ hash: commit.hash, subject, type: await analyse([commit], breaking, context) });
  }
  return analysed;
}

/** Only the commits that are in the range by descent, in that order. */
function inOrder<T extends { hash: string }>(commits: readonly T[], order: readonly string[]): T[] {
  const byHash = new Map(commits.map((commit) => [commit.hash, commit]));
  return order.flatMap((hash) => byHash.get(hash) ?? []);
}

/** Nothing of a CI service is in this process; what the library needs itself is. */
function environment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** The preset links issues and people whether there is a place to look them up or not. */
function withoutLinks(notes: string): string {
  return notes.replace(/\[([^\]]+)\]\(https:\/\/nowhere\.invalid[^)]*\)/g, '$1');
}
