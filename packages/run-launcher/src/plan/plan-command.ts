import type { Problem } from '@slipway/contract';
import type { RunDefinition } from '../definition/run-definition.ts';
import { distribute, distributionOf } from './distribute.ts';
import type { RunFacts } from './plan-run.ts';

export interface PlannedCommand {
  command: string[];
  /** Training processes on this host. */
  processes: number;
  /** Program and arguments as they were given, before they are distributed. */
  words: readonly string[];
  /** Options that the application passes by itself: key -> the variable that is the reason, or null. */
  ownOpts: ReadonlyMap<string, string | null>;
  /** That nobody says what is to be started; empty: it is said. */
  missing: Problem[];
}

/**
 * The application's own command with its options, or the words that were given instead, as one process a GPU where it is
 * a Python program.
 * @param problems gets what keeps it from being planned; the options are in the command all the same.
 */
export function planCommand(
  definition: RunDefinition,
  facts: RunFacts,
  { output, cache, count }: { output: string; cache: string; count: number },
  problems: Problem[],
): PlannedCommand {
  const { application, cfg, opts } = definition;
  const said = definition.command ?? application.command;
  const words = said ?? [];
  const processes = countProcesses(definition, words, count, problems);
  const own = definition.command === null ? applicationOpts(definition, { output, cache }) : [];
  const given = opts.filter((_, index) => index % 2 === 0);
  const kept = own.filter(({ key }) => !given.includes(key));
  const all = [...kept.flatMap(({ key, value }) => [key, value]), ...opts];
  const started = processes > 1 ? distribute(words, processes) : words;
  return {
    command: [
      ...started,
      ...(cfg === null ? [] : ['--cfg', cfg]),
      ...(all.length > 0 ? ['--opts', ...all] : []),
    ],
    processes,
    words,
    ownOpts: new Map(kept.map(({ key, because }) => [key, because])),
    missing: said ? [] : [withoutCommand(facts)],
  };
}

function countProcesses(
  { processes }: RunDefinition,
  words: readonly string[],
  gpus: number,
  problems: Problem[],
): number {
  const how = distributionOf(words);
  if (how === 'python') return processes ?? Math.max(1, gpus);
  if (processes === null || processes === 1 || words.length === 0) return 1;
  problems.push({
    code: 'usage',
    message:
      how === 'own'
        ? `"${words.join(' ')}" starts its processes itself, and cannot be started as ${processes}`
        : `"${words.join(' ')}" is no Python program, and cannot be started as ${processes} training processes`,
    remedy: 'give --processes 1, or a command that begins with python',
  });
  return 1;
}

interface OwnOption {
  key: string;
  value: string;
  because: string | null;
}

/** What every run of the application passes, and what it passes because of a variable; the last one of a key holds. */
function applicationOpts(
  { application, environment }: RunDefinition,
  { output, cache }: { output: string; cache: string },
): OwnOption[] {
  const filled = (word: string) => word.replaceAll('{output}', output).replaceAll('{cache}', cache);
  const pairs = (words: readonly string[], because: string | null) =>
    words.flatMap((key, index) =>
      index % 2 === 0 ? [{ key, value: filled(words[index + 1] ?? ''), because }] : [],
    );
  return [
    ...pairs(application.opts, null),
    ...Object.entries(application.optsWith).flatMap(([name, words]) =>
      name in environment ? pairs(words, name) : [],
    ),
  ];
}

const withoutCommand = ({ image }: RunFacts): Problem => ({
  code: 'usage',
  message: `${image.reference} does not say how its application is started`,
  remedy:
    'give the command of a run behind --, for example -- python main.py; or application.command in run.toml',
});
