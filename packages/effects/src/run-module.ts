import { run } from './process.ts';

/**
 * Runs a module of ours in a process of its own, for libraries that take over the process they run in. It sees nothing of
 * this one's environment but where programs, home and temporary folder are.
 * @param input what it reads, as JSON, from stdin.
 * @returns the JSON that it printed.
 * @throws Failure `command-failed`, with what it said.
 */
export async function runModule<T>(
  path: string,
  input: unknown,
  cwd: string,
  signal?: AbortSignal,
): Promise<T> {
  const kept = new Set(['PATH', 'HOME', 'TMPDIR']);
  const hidden = Object.keys(process.env).filter((name) => !kept.has(name));
  const { stdout } = await run({
    file: process.execPath,
    args: [path],
    cwd,
    signal,
    input: JSON.stringify(input),
    env: {
      ...Object.fromEntries(hidden.map((name) => [name, undefined])),
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_EDITOR: 'true',
      LC_ALL: 'C',
    },
  });
  return JSON.parse(stdout) as T;
}
