import type { TomlDocument } from './syntax/toml-document.ts';

/** The file that makes a folder a workspace of Slipway's. */
export const slipwayFile = 'slipway.toml';

/** `architectures/<name>/architecture.toml`; the first group is the name. */
export const architectureFilePattern = /^architectures\/([^/]+)\/architecture\.toml$/;

/** A file that has the form its schema asks for. */
export interface WrittenFile<T> {
  document: TomlDocument;
  written: T;
}

/** Where a release writes what changed. */
export const changelogFile = 'CHANGELOG.md';
