/** What a command ends with, for its help. @param name of the command; '' stands for all of them together. */
export function exitCodes(name: string): string {
  const codes = { ...common, ...own[name] };
  const lines = order
    .filter((code) => code in codes)
    .map((code) => `  ${code.padEnd(12)}${codes[code as keyof typeof codes]}`);
  return `\nExit codes:\n${lines.join('\n')}`;
}

const order = ['of a run', 'of a shell', '0', '1', '2', '130'];

const common: Record<string, string> = {
  0: 'done',
  1: 'refused or failed: the problems are printed, with what to do',
  2: 'a wrong call',
  130: 'interrupted by Ctrl-C or a signal before it was done; before it began, 128 and the signal: 143 for SIGTERM',
};

const ofRun = {
  'of a run': "the application's own (130: it was asked to stop, 137: it was killed)",
  0: 'done; a run that was detached',
};

/** Where it is something else than with most. */
const own: Readonly<Record<string, Record<string, string>>> = {
  '': ofRun,
  run: ofRun,
  rerun: ofRun,
  shell: { 'of a shell': 'that of its last command' },
  stop: { 0: 'the run has ended, whatever with' },
  logs: { 0: 'printed, whatever the run ended with' },
  doctor: { 0: 'nothing refuses a run', 1: 'something refuses a run, and is printed with what to do' },
  'flash-attention': {
    0: 'flash-attention will be used',
    1: 'it will not be, as the sentence says; or that cannot be told, and the problems are printed',
  },
};
