import { problemCodes } from '@slipway/contract';

/** `docs/problems.md`: the catalogue of problem codes, in its own order. */
export function problemsPage(codes: Readonly<Record<string, string>> = problemCodes): string {
  return [
    '# Problems',
    '',
    '<!-- Written by tools/docs/src/write-problems.ts from packages/contract/src/problem.ts. -->',
    '',
    'Every expected failure is printed as `error[code] where: what is wrong`, followed by `fix:` and what to do.',
    'The codes are stable: scripts and issues can rely on them. Records hold the same code, message, remedy and place as JSON.',
    '',
    ...Object.entries(codes).flatMap(([code, sentence]) => [`- \`${code}\`: ${sentence}`]),
    '',
  ].join('\n');
}
