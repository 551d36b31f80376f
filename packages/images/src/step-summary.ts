import { appendFileSync } from 'node:fs';
import { maskLogins, type Problem } from '@slipway/contract';

/** Adds lines of Markdown to the summary page of a CI job, where there is one (GITHUB_STEP_SUMMARY). */
export function appendStepSummary(
  lines: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): void {
  if (env.GITHUB_STEP_SUMMARY) appendFileSync(env.GITHUB_STEP_SUMMARY, `${lines.join('\n')}\n\n`);
}

/** Problems in Markdown, each with what to do about it. */
export function summarizeProblems(problems: readonly Problem[]): string[] {
  return problems.flatMap(({ code, message, remedy, where }) => {
    const place = where === undefined ? '' : ` in ${[where.file, where.line].filter(Boolean).join(':')}`;
    return [`- **${code}**${plain(place)}: ${plain(message)}`, `  - fix: ${plain(remedy)}`];
  });
}

/** A table in Markdown; nothing without rows. */
export function summarizeTable(rows: readonly Readonly<Record<string, string>>[]): string[] {
  const [first] = rows;
  if (first === undefined) return [];
  const line = (cells: readonly string[]) => `| ${cells.map(plain).join(' | ')} |`;
  const head = Object.keys(first);
  return [line(head), line(head.map(() => '---')), ...rows.map((row) => line(Object.values(row)))];
}

/**
 * A text that Markdown and HTML leave as it is, in one line. Log-ins in URLs are taken out once more: a summary can be
 * read by whoever may see the repository.
 */
function plain(text: string): string {
  return maskLogins(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]|~]/g, '\\$&')
    .replaceAll(/\s*\n\s*/g, '<br>');
}
