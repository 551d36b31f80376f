/** Whether git asks for a URL over SSH: `ssh://host/path` or `user@host:path`. */
export const isOverSsh = (url: string): boolean => /^(?:git\+)?ssh:\/\/|^[^/:]+:(?!\/\/)/.test(url);

/** The path that git takes a URL for; null: it asks a server. */
export function pathOf(url: string): string | null {
  if (/^file:\/\//i.test(url)) return url.replace(/^file:\/\/(?:localhost(?=\/))?/i, '');
  return /^[^/]*:/.test(url) ? null : url;
}
