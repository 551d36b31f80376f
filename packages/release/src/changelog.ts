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
  const first =
    headings.find(({ kind }) => kind !== 'other') ??
    headings.find(({ level, line }) => level > 1 && !/unreleased/i.test(lines[line] ?? ''));
  const start = first?.line ?? lines.length;
  // Whatever else stands there, somebody wrote it.
  const rest = stable ? afterCandidates(headings, start, lines.length) : start;
  const parts = [lines.slice(0, start), section.trim().split('\n'), lines.slice(rest)];
  const joined = parts.map((part) => part.join('\n').replace(/^\n+|\s+$/g, '')).filter((part) => part !== '');
  return `${joined.join('\n\n')}\n`.replaceAll('\n', ending);
}

/** Where the candidates' sections that begin at a line end. */
function afterCandidates(headings: readonly Heading[], start: number, end: number): number {
  const from = headings.findIndex(({ line }) => line === start);
  if (headings[from]?.kind !== 'candidate') return start;
  const { level } = headings[from];
  const next = headings.slice(from).find((each) => each.kind !== 'candidate' && each.level <= level);
  return next?.line ?? end;
}

interface Heading {
  line: number;
  /** Number of its `#`. */
  level: number;
  kind: 'stable' | 'candidate' | 'other';
}

/** All headings; those of versions, whoever wrote them: `## v1.2.3`, `## [1.2.3-rc4](...)`, `# 1.2.3 (date)`. */
function findHeadings(lines: readonly string[]): Heading[] {
  let fenced = false;
  return lines.flatMap((text, line): Heading[] => {
    if (/^\s*(```|~~~)/.test(text)) fenced = !fenced;
    const level = fenced ? undefined : /^(#{1,6}) /.exec(text)?.[1]?.length;
    if (level === undefined) return [];
    const version = /^#{1,3} \[?v?\d+\.\d+\.\d+([-.]?(?:rc|c)[-.]?\d+)?(?![\w.])/.exec(text);
    const kind = version === null ? 'other' : version[1] === undefined ? 'stable' : 'candidate';
    return [{ line, level, kind }];
  });
}
