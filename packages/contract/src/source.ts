import type { Source } from './definition.ts';

/** Reads a folder of the workspace or a git URL with `#ref`; undefined when the text is neither. */
export function parseSource(text: string): Source | undefined {
  const hash = text.indexOf('#');
  if (hash === -1) return isInside(text) ? { kind: 'folder', path: text.replace(/^\.\//, '') } : undefined;
  const url = text.slice(0, hash);
  const ref = text.slice(hash + 1);
  return isGitUrl(url) && isRef(ref) ? { kind: 'git', url, ref } : undefined;
}

/** The text that `parseSource` reads as this source. */
export function formatSource(source: Source): string {
  return source.kind === 'folder' ? source.path : `${source.url}#${source.ref}`;
}

/** Relative, never upwards, and in characters that need no quoting in a shell, a URL or a Dockerfile. */
function isInside(path: string): boolean {
  const parts = path.replace(/^\.\//, '').split('/');
  if (path === '.') return true;
  return parts.every((part) => /^[A-Za-z0-9._+-]+$/.test(part) && part !== '.' && part !== '..');
}

// No user or password before the host of an https URL: the definition is committed and the URL is printed.
const gitUrlPatterns = [
  /^https:\/\/[A-Za-z0-9.-]+(?::\d+)?\/[A-Za-z0-9._~/+-]+$/,
  /^ssh:\/\/(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9.-]+(?::\d+)?\/[A-Za-z0-9._~/+-]+$/,
  /^git@[A-Za-z0-9.-]+:[A-Za-z0-9._~/+-]+$/,
];

function isGitUrl(url: string): boolean {
  return gitUrlPatterns.some((pattern) => pattern.test(url));
}

/** The part of git's own rule (git-check-ref-format) that keeps a ref from being read as an option or a range. */
function isRef(ref: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._/+-]*$/.test(ref) && !ref.includes('..') && !ref.endsWith('/');
}
