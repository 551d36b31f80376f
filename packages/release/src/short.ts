/** A commit as messages name it: enough to find it, and to paste. */
export function short(commit: string): string {
  return commit.slice(0, 10);
}
