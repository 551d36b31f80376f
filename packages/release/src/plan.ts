import type { AnalysedCommit } from './semantic-release.ts';

/** What a release will do, and why. Executing adds nothing to it. */
export type ReleasePlan = NoRelease | Release;

/** There is nothing to do, which is no failure. */
export interface NoRelease {
  kind: 'candidate' | 'promotion';
  /** `existing`: it was made before, by an earlier call for the same commit. `superseded`: a newer push makes its own. */
  outcome: 'nothing' | 'existing' | 'superseded';
  /** Of the newest version, with its tag and commit; null: there is none. */
  version: string | null;
  commit: string | null;
  why: string;
  notes: readonly string[];
}

export interface Release {
  kind: 'candidate' | 'promotion';
  outcome: 'released';
  /** Also the name of the tag. */
  version: string;
  /** The version before; null: this is the first. */
  previous: string | null;
  why: string;
  /** What a person should know besides. */
  notes: readonly string[];
  /** What it consists of, newest first. */
  commits: readonly AnalysedCommit[];
  branch: string;
  remote: string;
  identity: string;
  /** ISO 8601. */
  at: string;
  /** In this order, since the second stands on the first. */
  create: readonly PlannedCommit[];
  /** Annotated, on the first of the new commits. */
  tag: { name: string; message: string };
  /** Where the branch is; the last of the new commits follows it there. That and the tag are pushed, both or neither. */
  head: string;
}

export interface PlannedCommit {
  message: string;
  /** Existing commits, or `releaseCommit`: the one created before. */
  parents: readonly string[];
  /** The commit whose files it has, but for these. */
  base: string;
  files: readonly PlannedFile[];
}

export interface PlannedFile {
  path: string;
  mode: string;
  /** Null: there is none yet. */
  before: string | null;
  after: string;
}

/** Stands for the commit of the release, whose id is not known before it is made. */
export const releaseCommit = '@release';
