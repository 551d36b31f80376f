/**
 * A changelog with a version's section on top.
 *
 * A candidate's section holds what came since the version before it and stands above the others. A stable version's holds
 * all since the last stable one, so the sections of the candidates in between are left out again.
 * @param text null: there is no changelog yet.
 * @param section Markdown with a heading of its own.
 */
export function addToChangelog(text: string | null, section: string, stable: boolean): string {
  const written = text ?? '# Changelog\n';
  const ending = written.includes('\r\n') ? '\r\n' : '\n';
  const lines = written.split(/\r?\n/);
  const headings = findHeadings(lines);
  const start = headings[0]?.line ?? lines.length;
  const rest = stable ? (headings.find(({ candidate }) => !candidate)?.line ?? lines.length) : start;
  const parts = [lines.slice(0, start), section.trim().split('\n'), lines.slice(rest)];
  const joined = parts.map((part) => part.join('\n').replace(/^\n+|\s+$/g, '')).filter((part) => part !== '');
  return `${joined.join('\n\n')}\n`.replaceAll('\n', ending);
}

/** Where sections of versions begin, whoever wrote them: `## v1.2.3`, `## [1.2.3-rc4](...)`, `# 1.2.3 (date)`. */
function findHeadings(lines: readonly string[]): { line: number; candidate: boolean }[] {
  let fenced = false;
  return lines.flatMap((text, line) => {
    if (/^\s*(```|~~~)/.test(text)) fenced = !fenced;
    const found = fenced ? null : /^#{1,3} \[?v?\d+\.\d+\.\d+([-.]?(?:rc|c)[-.]?\d+)?(?![\w.])/.exec(text);
    return found === null ? [] : [{ line, candidate: found[1] !== undefined }];
  });
}
