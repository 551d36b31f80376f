import { posix } from 'node:path';
import type { RunToml } from '@slipway/contract';
import { parseDataWord } from './data-word.ts';
import { typedAs } from './place-of.ts';
import type { Layer } from './run-definition.ts';

/** Lists whose layers are joined. */
const joined = new Set<string>(['opts', 'environment', 'data', 'update', 'force', 'application']);

/** Where each value was written, of joined lists each element too: the last layer that names it is the one it comes from. */
export function originsOf(layers: readonly Layer[]): Record<string, string> {
  const keys = [...new Set(layers.flatMap(({ values }) => Object.keys(values)))] as (keyof RunToml)[];
  const whole = keys.toSorted().map((key) => {
    const from = layers.filter(({ values }) => values[key] !== undefined);
    const shown = (joined.has(key) ? from : from.slice(-1)).map((layer) => shownOf(layer, key));
    return [key, shown.join(', ')];
  });
  const parts = layers.flatMap((layer) =>
    elementsOf(layer).map(([key, name]) => [`${key}.${name}`, shownOf(layer, key)]),
  );
  return Object.fromEntries([...whole, ...parts]);
}

const shownOf = (layer: Layer, key: string): string =>
  layer.from === 'flags' ? typedAs(layer, key) : layer.from;

function elementsOf({ values, folder }: Layer): [string, string][] {
  const { opts, environment, data, update, application } = values;
  const named = (key: string, names: readonly string[] = []) =>
    names.map((name): [string, string] => [key, name]);
  const first = (words: readonly string[] = []) => words.map((word) => word.split('=')[0] ?? '');
  return [
    ...named(
      'opts',
      opts?.filter((_, index) => index % 2 === 0),
    ),
    ...named('environment', first(environment)),
    ...named('update', first(update)),
    ...named(
      'data',
      data?.map((word) => parseDataWord(word, (path) => posix.resolve(folder, path)).target),
    ),
    ...named('application', Object.keys(application ?? {})),
    ...named(
      'application.opts',
      application?.opts?.filter((_, index) => index % 2 === 0),
    ),
    ...named('application.opts_with', Object.keys(application?.opts_with ?? {})),
  ];
}
