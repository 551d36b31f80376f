import { parse } from '@renovatebot/pep440';
import { Failure } from './problem.ts';

/** A version of the application: stable, or the Nth candidate of the stable one. */
export interface Version {
  major: number;
  minor: number;
  patch: number;
  /** From 1; null: stable. */
  rc: number | null;
}

/** vX.Y.Z or vX.Y.Z-rcN, without leading zeros. */
export const versionPattern = /^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-rc([1-9]\d*))?$/;

/** Reads a version as tags spell it. Throws Failure `version-malformed`. */
export function parseVersion(text: string): Version {
  const parts = versionPattern.exec(text)?.slice(1);
  const [major, minor, patch, rc] = (parts ?? []).map((part) => (part === undefined ? null : Number(part)));
  const version = { major: major ?? Number.NaN, minor: minor ?? 0, patch: patch ?? 0, rc: rc ?? null };
  const readable = [version.major, version.minor, version.patch, version.rc ?? 1].every(Number.isSafeInteger);
  if (!readable) throw malformed(text, 'vX.Y.Z or vX.Y.Z-rcN', 'v0.1.1 or v0.1.1-rc7');
  return version;
}

/** `v0.1.1` or `v0.1.1-rc7`. */
export function formatVersion(version: Version): string {
  return `v${version.major}.${version.minor}.${version.patch}${version.rc === null ? '' : `-rc${version.rc}`}`;
}

/** Order for `sort`: by numbers, so rc10 follows rc9, and a stable version follows all its candidates. */
export function compareVersions(a: Version, b: Version): number {
  return (
    a.major - b.major || a.minor - b.minor || a.patch - b.patch || candidateRank(a) - candidateRank(b) || 0
  );
}

/** As pyproject.toml and a wheel spell it: `0.1.1` or `0.1.1rc7`. */
export function toPep440(version: Version): string {
  return `${version.major}.${version.minor}.${version.patch}${version.rc === null ? '' : `rc${version.rc}`}`;
}

/**
 * Reads any spelling that PEP 440 allows of a version we can express (`0.1.1.rc7`, `0.1.1-c7`). Throws Failure
 * `version-malformed` for others: two numbers, epochs, alphas, betas, post, development and local versions.
 */
export function fromPep440(text: string): Version {
  const parsed = parse(text);
  const [major, minor, patch, ...more] = parsed?.release ?? [];
  const rc = parsed?.pre?.[0] === 'rc' ? Number(parsed.pre[1]) : null;
  const expressible =
    parsed !== null &&
    parsed.epoch === 0 &&
    more.length === 0 &&
    parsed.post === null &&
    parsed.dev === null &&
    parsed.local === null &&
    (parsed.pre === null || (rc !== null && rc > 0));
  if (!expressible || major === undefined || minor === undefined || patch === undefined) {
    throw malformed(text, 'X.Y.Z or X.Y.ZrcN', '0.1.1 or 0.1.1rc7');
  }
  return parseVersion(formatVersion({ major, minor, patch, rc }));
}

function candidateRank(version: Version): number {
  return version.rc ?? Number.POSITIVE_INFINITY;
}

function malformed(text: string, form: string, example: string): Failure {
  return new Failure({
    code: 'version-malformed',
    message: `version "${text}" is not of the form ${form}`,
    remedy: `Give a version such as ${example}.`,
  });
}
