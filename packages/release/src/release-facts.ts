import type { GitTag } from '@slipway/contract';
import type { InRegistry } from './in-registry.ts';
import type { AnalysedCommit, Answer } from './semantic-release.ts';

/** A file of a commit. */
export interface CommittedFile {
  /** Relative to the top of the repository. */
  path: string;
  /** As git has it: 100644, or 100755. */
  mode: string;
  text: string;
}

/** The files of a commit that a release changes. */
export interface ReleaseFiles {
  /** Of `release.version_files`, in that order; a text that is null is missing. */
  versions: { path: string; file: CommittedFile | null }[];
  changelog: { path: string; file: CommittedFile | null };
}

/** What both kinds of release are planned from. */
export interface CommonFacts {
  branch: string;
  remote: string;
  /** The commit that the remote's branch is at. */
  head: string;
  /** The remote's. */
  tags: readonly GitTag[];
  /** The workspace's repository's own, by name. */
  localTags: Readonly<Record<string, string>>;
  /** Who makes the commits and the tag, `Name <address>`. */
  identity: string;
  /** Of the commits and the tag, in ISO 8601. */
  at: string;
}

export interface CandidateFacts extends CommonFacts {
  kind: 'candidate';
  /** What is to be released, which was tested. */
  commit: string;
  /** Whether the branch holds it. */
  onBranch: boolean;
  /** Tags of versions that the commit's history holds. */
  merged: readonly string[];
  /** Those that the branch has beside them. */
  beyond: readonly string[];
  /** Those of `merged` that are on commits which the highest of them does not hold. */
  later: readonly string[];
  /** Null where nothing had to be asked: the commit is not the one that the branch is at. */
  found: {
    answer: Answer;
    files: ReleaseFiles;
    /** Of the version that would be made, and of the stable one that it leads to; null where there is none to make. */
    inRegistry: { candidate: InRegistry; stable: InRegistry } | null;
  } | null;
}

export interface PromotionFacts extends CommonFacts {
  kind: 'promotion';
  /** Tags of versions that the branch's history holds. */
  merged: readonly string[];
  /** Null where there is no candidate to promote. */
  found: {
    /** With the stable version's notes. */
    answer: Answer;
    /** Of the candidate's commit. */
    files: ReleaseFiles;
    /** Of the branch's. */
    headFiles: ReleaseFiles;
    /** What came to the branch after the candidate's commit. */
    after: { type: Answer['type']; commits: AnalysedCommit[] };
    /** Of the candidate, and of the version that it would become. */
    inRegistry: { candidate: InRegistry; stable: InRegistry };
  } | null;
}

export type ReleaseFacts = CandidateFacts | PromotionFacts;
