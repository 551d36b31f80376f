/**
 * Whether a URL carries a log-in that would stand in plans, records and arguments: a password, or, before the host of an
 * http URL, anything at all, since hosts take a token as the user there. `git@host:path` and `ssh://git@host/` carry none.
 */
export function hasPassword(text: string): boolean {
  return /[a-z][a-z0-9+.-]*:\/\/[^/@\s]*:[^/@\s]*@|https?:\/\/[^/@\s]+@/i.test(text);
}
