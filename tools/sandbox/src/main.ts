import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Failure } from '@slipway/contract';
import { down } from './down.ts';
import { type Status, status } from './status.ts';
import { up } from './up.ts';

const help = `Usage: node tools/sandbox/src/main.ts <command> [options]

A private Docker engine, buildx and registry for a workspace, under <workspace>/.slipway/sandbox.
With a reachable Docker Engine >= 24 with buildx that engine is used, and only a registry is started.

Commands:
  up       bring it up, or finish what an earlier up left half-done
  status   say what is there and what runs
  down     stop it; what was fetched and built stays, so that the next up takes seconds

Options:
  --purge       down: delete the sandbox's folder as well
  --json        status: print JSON
  --root DIR    the workspace (default: the folder above this one that holds nx.json or slipway.toml)
  --help        print this text

Exit codes: 0 done, 1 failed, 2 wrong usage.
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const started = Date.now();
  const onProgress = (line: string) => {
    process.stderr.write(`${line} (${((Date.now() - started) / 1000).toFixed(0)} s)\n`);
  };
  try {
    const { command, options } = read(args);
    const root = resolve(options.root ?? workspaceRoot(process.cwd()));
    if (options.help) process.stdout.write(help);
    else if (command === 'up') await up(root, { onProgress, signal: interruption() });
    else if (command === 'down') await down(root, { onProgress, purge: options.purge ?? false });
    else process.stdout.write(print(await status(root), options.json ?? false));
    return 0;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // A Failure's message is its problems, each formatted by formatProblem.
    process.stderr.write(`${error.message}\n`);
    return error.problems.some(({ code }) => code === 'usage') ? 2 : 1;
  }
}

function read(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        json: { type: 'boolean' },
        purge: { type: 'boolean' },
        root: { type: 'string' },
      },
    });
    const [command, ...rest] = positionals;
    if (values.help) return { command: 'help', options: values };
    if (command === undefined) throw new Error('a command is missing');
    if (!['up', 'status', 'down'].includes(command)) throw new Error(`'${command}' is not a command`);
    if (rest.length > 0) throw new Error(`'${rest[0]}' is one argument too many`);
    if (values.purge && command !== 'down') throw new Error(`--purge goes with down, not with ${command}`);
    if (values.json && command !== 'status') throw new Error(`--json goes with status, not with ${command}`);
    return { command, options: values };
  } catch (error) {
    throw new Failure({
      code: 'usage',
      message: (error as Error).message,
      remedy: 'one of: up, status [--json], down [--purge]; --help tells more',
    });
  }
}

/** Ctrl-C stops the work at the next step and lets it clean up; a second one ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  // Not `once`: execa ends this process at a signal that nobody (any more) listens to.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  return controller.signal;
}

function workspaceRoot(from: string): string {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    if (['nx.json', 'slipway.toml'].some((name) => existsSync(join(folder, name)))) return folder;
  }
  return from;
}

function print(found: Status, json: boolean): string {
  if (json) return `${JSON.stringify(found, null, 2)}\n`;
  const from = [...new Set(Object.values(found.suite))].join(', ');
  return [
    `engine    ${found.engine}, ${found.running ? `running, version ${found.version}` : 'not running'}`,
    `buildx    ${found.buildx ?? '-'}`,
    `registry  ${found.registry.url ?? '-'}, ${found.registry.running ? 'running' : 'not running'}`,
    `packages  ${from === '' ? '-' : `from ${from}`}`,
    `folder    ${found.folder}, ${(found.bytes / 1e6).toFixed(0)} MB`,
    `pids      ${found.pids.join(' ') || '-'}`,
    '',
  ].join('\n');
}
