import type { Finding } from '../checks/check.ts';
import type { ProgressLine } from '../execute/pull.ts';
import { isHeldBack, write } from './hold-back.ts';

/** A line for the person, apart from what the application prints. */
export const say = (line: string): void => void write('stderr', `slipway: ${line}\n`);

/** What checks found that does not stop anything, one line each. */
export function tellWarnings(findings: readonly Finding[]): void {
  for (const { severity, check, found } of findings)
    if (severity === 'warning') say(`warning[${check}] ${found}`);
}

/** How often a line is written where it cannot be written over, in milliseconds. */
const seldom = 10_000;

/** Progress on a terminal in one line that is written over, elsewhere a line now and then. */
export function openProgress(stream: NodeJS.WriteStream = process.stderr): ProgressLine {
  const live = stream.isTTY && !process.env.CI && process.env.TERM !== 'dumb';
  let last = Date.now();
  let shown = false;
  return {
    show(line) {
      if (isHeldBack() || Date.now() - last < (live ? 100 : seldom)) return;
      last = Date.now();
      if (!live) return void stream.write(`slipway: ${line}\n`);
      // Erase what a longer line left behind.
      stream.write(`\r\u001B[2Kslipway: ${fitted(line, (stream.columns ?? 80) - 10)}`);
      shown = true;
    },
    end() {
      if (shown && !isHeldBack()) stream.write('\r\u001B[2K');
      shown = false;
    },
  };
}

/** Of a narrow terminal's line, whole parts are left out from its end: half a number would be another one. */
export function fitted(line: string, width: number): string {
  const parts = line.split(/(?=, | of )/);
  while (parts.join('').length > width) parts.pop();
  return parts.join('');
}
