/** `.gitignore` with what npm, Nx and Slipway leave in a workspace; what is ignored already is not named again. */
export function mergeGitignore(text = ''): string {
  const there = new Set(text.split(/\r?\n/).map((line) => line.trim().replace(/^\/|\/$/g, '')));
  const missing = folders.filter((folder) => !there.has(folder)).map((folder) => `${folder}/\n`);
  if (missing.length === 0) return text;
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${missing.join('')}`;
}

const folders = ['node_modules', '.nx', '.slipway'];
