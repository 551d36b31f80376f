import { fileURLToPath } from 'node:url';
import type { Version } from '@slipway/contract/version';
import { runModule } from '@slipway/effects';
import type { VersionFacts } from './next-version.ts';

/** What a commit is to semantic-release's analysis. */
export interface AnalysedCommit {
  hash: string;
  /** The first line of its message. */
  subject: string;
  /** What it raises; null: nothing. */
  type: 'major' | 'minor' | 'patch' | null;
}

/** What is asked of semantic-release. */
export interface Question {
  /** A repository with the versions' tags in its own spelling, on the branch `rc` (candidate) or `main` (stable). */
  repository: string;
  /** null: ask for the next candidate; otherwise for the notes of this stable version. */
  stable: Version | null;
  facts: VersionFacts;
  /** What a breaking change raises. */
  breaking: 'minor' | 'major';
  /** Where commits and comparisons can be looked at; null: notes have no links. */
  link: string | null;
  /** The commits since the last version, newest first by descent. Dates, by which git orders them, may be wrong. */
  commits: readonly string[];
}

/** What semantic-release answers. */
export interface Answer {
  /** The tag of the version before, in its own spelling; null: there is none. */
  last: string | null;
  /** What the commits together raise; null: nothing, and then there is no version. */
  type: 'major' | 'minor' | 'patch' | null;
  version: Version | null;
  /** Markdown, with a heading of the version. */
  notes: string;
  commits: AnalysedCommit[];
}

/** A list of commits of which each is to be analysed for itself. */
export interface CommitsQuestion {
  breaking: 'minor' | 'major';
  messages: readonly { hash: string; message: string }[];
}

/** Runs semantic-release, unmodified, in a process of its own: it takes over the output of the one it runs in. */
export function askSemanticRelease(question: Question, signal?: AbortSignal): Promise<Answer> {
  return runModule<Answer>(script, question, question.repository, signal);
}

/** What the commits together raise, and each for itself, to semantic-release's analysis. */
export function analyseCommits(
  question: CommitsQuestion,
  cwd: string,
  signal?: AbortSignal,
): Promise<Pick<Answer, 'type' | 'commits'>> {
  return runModule(script, question, cwd, signal);
}

const script = fileURLToPath(new URL('./semantic-release-process.ts', import.meta.url));
