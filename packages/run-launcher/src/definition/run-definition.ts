import { posix } from 'node:path';
import { Failure, maskLogins, type Problem, type RunToml } from '@slipway/contract';
import { parseDataWord } from './data-word.ts';
import { type EnvironmentSource, type MalformedWord, parseEnvironmentWord } from './environment-word.ts';
import { originsOf } from './origins.ts';
import { placeOf } from './place-of.ts';
import { wrongShmSize } from './shm-size.ts';

/** Some values of a run, and where they were written: the flags, a run.toml, what is known of the application. */
export interface Layer {
  /** `flags`, or what is shown as the place: a file's path, `application linnaeus`. */
  from: string;
  values: RunToml;
  /** Absolute path that its relative paths start from. */
  folder: string;
  /** Flags that are spelled otherwise than by their key. */
  spelled?: Readonly<Record<string, string>>;
  /** What was wrong there, and is therefore not among the values. */
  problems?: readonly Problem[];
}

/** A tree that `update` brings in: `source` is `URL#REF`, `ref` only another one of a known source. */
export interface WantedUpdate {
  name: string;
  source: string | null;
  ref: string | null;
}

/** What a person asks for, complete: one training run. Paths of this host are absolute. */
export interface RunDefinition {
  image: string | null;
  version: string | null;
  architecture: string | null;
  scheduler: 'docker' | 'podman';
  application: {
    name: string | null;
    path: string | null;
    command: readonly string[] | null;
    source: string | null;
    companions: readonly { name: string; path: string; source: string | null }[];
    opts: readonly string[];
    optsWith: Readonly<Record<string, readonly string[]>>;
  };
  command: readonly string[] | null;
  cfg: string | null;
  opts: readonly string[];
  output: string | null;
  cache: string | null;
  rclone: string | null;
  sshKey: string | null;
  knownHosts: string | null;
  data: readonly { source: string; target: string }[];
  environment: Readonly<Record<string, EnvironmentSource>>;
  shmSize: string | null;
  gpus: string | null;
  processes: number | null;
  user: string | null;
  workdir: string | null;
  update: readonly WantedUpdate[];
  stopSeconds: number;
  force: readonly string[];
  /**
   * Key, as run.toml spells it -> where its value comes from; `opts.KEY`, `environment.NAME`, `data./PLACE` and
   * `update.NAME` for what lists hold. What no layer says is not listed.
   */
  origins: Readonly<Record<string, string>>;
}

/**
 * Lays one layer over the other, the first the lowest, and checks the whole. Lists of names (`environment`, `data`,
 * `update`, and the keys of `opts`) are joined, and the higher layer wins for a name that both have.
 * @param home the caller's home, for `~/`.
 * @throws Failure `usage` or `secret-in-options` with everything that is wrong.
 */
export function completeRun(given: readonly Layer[], home: string): RunDefinition {
  const { definition, problems } = draftDefinition(given, home);
  if (problems.length > 0) throw new Failure(problems);
  return definition;
}

/** The same as far as it is right, so that the rest can be looked at, with everything that is wrong. */
export function draftDefinition(
  given: readonly Layer[],
  home: string,
): { definition: RunDefinition; problems: Problem[] } {
  const problems: Problem[] = given.flatMap((layer) => layer.problems ?? []);
  const layers = withOwnOptions(oneImage(given, problems));
  const last = <K extends keyof RunToml>(key: K): RunToml[K] | null =>
    layers.findLast(({ values }) => values[key] !== undefined)?.values[key] ?? null;
  const path = (key: 'output' | 'cache' | 'rclone' | 'ssh_key' | 'known_hosts') => {
    const layer = layers.findLast(({ values }) => values[key] !== undefined);
    return layer?.values[key] === undefined
      ? null
      : pathReader(layer, key, { home, problems })(layer.values[key]);
  };
  const text = (key: 'gpus' | 'user', fits: (value: string) => boolean, noun: string) => {
    const value = last(key) ?? null;
    if (value === null || fits(value)) return value;
    const devices = key === 'gpus' && /^\d+(?:,\d+)*$/.test(value);
    problems.push({ ...wrong(layers, key, noun), ...(devices && { remedy: `--gpus device=${value}` }) });
    return null;
  };
  requireUsedHostKeys(layers, problems);
  requireBareSources(layers, problems);
  const definition: RunDefinition = {
    image: last('image') ?? null,
    version: last('version') ?? null,
    architecture: last('architecture') ?? null,
    scheduler: last('scheduler') ?? 'docker',
    application: joinApplications(layers, problems),
    command: last('command') ?? null,
    cfg: last('cfg') ?? null,
    opts: joinOpts(
      layers.map((layer) => ({ words: layer.values.opts, place: { layer, key: 'opts' } })),
      problems,
    ),
    output: path('output'),
    cache: path('cache'),
    rclone: path('rclone'),
    sshKey: path('ssh_key'),
    knownHosts: path('known_hosts'),
    data: joinData(layers, home, problems),
    environment: joinEnvironment(layers, home, problems),
    shmSize: readShmSize(layers, problems),
    gpus: text('gpus', isGpus, 'all, none, a number, or device=0,1 with each device once'),
    processes: last('processes') ?? null,
    user: text('user', isUser, 'a user id such as 1000 or 1000:1000, up to 2147483647, or root'),
    workdir: last('workdir') ?? null,
    update: joinUpdates(layers, problems),
    stopSeconds: last('stop_seconds') ?? 120,
    force: [...new Set(layers.flatMap(({ values }) => values.force ?? []))],
    origins: originsOf(layers),
  };
  return { definition, problems };
}

/**
 * An image says its version and architecture itself: a layer that names one of the two ways takes the place of the other
 * one in the layers below, and of both in one layer one would be passed over.
 */
function oneImage(layers: readonly Layer[], problems: Problem[]): readonly Layer[] {
  let seen: readonly Layer[] = [];
  for (const layer of layers) {
    const { image, version, architecture } = layer.values;
    const parts = (['version', 'architecture'] as const).filter((key) => layer.values[key] !== undefined);
    for (const key of image === undefined ? [] : parts) {
      problems.push({
        code: 'usage',
        message: `${placeOf(layer, key)}: ${placeOf(layer, 'image')} names the whole image, so it would be passed over`,
        remedy: 'leave out one of the two',
      });
    }
    if (image !== undefined) seen = seen.map((below) => without(below, ['version', 'architecture']));
    else if (version !== undefined || architecture !== undefined) {
      seen = seen.map((below) => without(below, ['image']));
    }
    seen = [...seen, layer];
  }
  return seen;
}

/** Another command than the application's is started as it stands: options of the layers below were not written for it. */
function withOwnOptions(layers: readonly Layer[]): readonly Layer[] {
  const at = layers.findLastIndex(({ values }) => values.command !== undefined);
  return layers.map((layer, index) => (index < at ? without(layer, ['cfg', 'opts']) : layer));
}

function without(layer: Layer, keys: readonly (keyof RunToml)[]): Layer {
  const kept = Object.entries(layer.values).filter(([key]) => !keys.some((each) => each === key));
  return { ...layer, values: Object.fromEntries(kept) };
}

/** Host keys go into the container beside the key that they are for. */
function requireUsedHostKeys(layers: readonly Layer[], problems: Problem[]): void {
  const layer = layers.findLast(({ values }) => values.known_hosts !== undefined);
  if (layer === undefined || layers.some(({ values }) => values.ssh_key !== undefined)) return;
  problems.push({
    code: 'usage',
    message: `${placeOf(layer, 'known_hosts')}: without an SSH key no host is asked for its own, so it would be passed over`,
    remedy: 'give --ssh-key too, or leave it out',
  });
}

/** A log-in in a URL would stand in the plan, the record and arguments; it is not repeated here. */
function requireBareSources(layers: readonly Layer[], problems: Problem[]): void {
  for (const layer of layers) {
    const { application, update = [] } = layer.values;
    const sources: [string, string][] = [
      ...update.map((word): [string, string] => [placeOf(layer, 'update'), word]),
      [`${layer.from}: source of the application`, application?.source ?? ''],
      ...(application?.companion ?? []).map(({ name, source = '' }): [string, string] => [
        `${layer.from}: source of the companion ${name}`,
        source,
      ]),
    ];
    for (const [place, source] of sources) {
      if (maskLogins(source) === source) continue;
      problems.push({
        code: 'secret-in-options',
        message: `${place}: a log-in stands in the URL, which plans and records would keep`,
        remedy:
          'leave it out of the URL, and give a key instead: git@HOST:REPOSITORY#REF with --ssh-key FILE',
      });
    }
  }
}

/** What the layers say of the application; its lists of options and companions are joined by their names. */
function joinApplications(layers: readonly Layer[], problems: Problem[]): RunDefinition['application'] {
  const said = layers.flatMap((layer) =>
    layer.values.application ? [{ layer, ...layer.values.application }] : [],
  );
  const last = <K extends 'name' | 'path' | 'command' | 'source'>(key: K) =>
    said.findLast((each) => each[key] !== undefined)?.[key] ?? null;
  const companions = new Map(
    said.flatMap(({ companion = [] }) =>
      companion.map(({ source = null, ...rest }) => [rest.name, { ...rest, source }] as const),
    ),
  );
  const optsWith = new Map<string, readonly string[]>();
  for (const { layer, opts_with = {} } of said) {
    for (const [name, words] of Object.entries(opts_with)) {
      const place = { layer, key: `application.opts_with.${name}` } as const;
      optsWith.set(name, joinOpts([{ words, place }], problems));
    }
  }
  return {
    name: last('name'),
    path: last('path'),
    command: last('command'),
    source: last('source'),
    companions: [...companions.values()],
    opts: joinOpts(
      said.map(({ layer, opts: words }) => ({ words, place: { layer, key: 'application.opts' } })),
      problems,
    ),
    optsWith: Object.fromEntries(optsWith),
  };
}

/** KEY VALUE pairs; of a key that two places name, the pair of the lower one is left out. */
function joinOpts(
  said: readonly { words: readonly string[] | undefined; place: { layer: Layer; key: string } }[],
  problems: Problem[],
): string[] {
  const pairs: [string, string][] = [];
  for (const { words = [], place } of said) {
    if (words.length % 2 === 1) {
      problems.push(wrongAt(place.layer, place.key, 'KEY VALUE pairs: the number of words is odd'));
      continue;
    }
    const keys = words.filter((_, index) => index % 2 === 0);
    const kept = pairs.filter(([key]) => !keys.includes(key));
    pairs.splice(0, pairs.length, ...kept);
    for (const [index, key] of keys.entries()) pairs.push([key, words[2 * index + 1] ?? '']);
  }
  return pairs.flat();
}

function joinData(layers: readonly Layer[], home: string, problems: Problem[]): RunDefinition['data'] {
  const byTarget = new Map<string, string>();
  for (const layer of layers) {
    const own = new Map<string, string>();
    for (const word of layer.values.data ?? []) {
      const { source, target } = parseDataWord(word, pathReader(layer, 'data', { home, problems }));
      const other = own.get(target);
      if (/:\/[^:]*:r[ow]$/.test(word)) {
        const noun = `"${word}": data is always read-only, which goes without saying: FOLDER:/PLACE`;
        problems.push(wrong([layer], 'data', noun));
      } else if (source === null) {
        problems.push(wrong([layer], 'data', `FOLDER or FOLDER:/PLACE, not "${word}"`));
      } else if (other !== undefined && other !== source) {
        const noun = `both ${other} and ${source} would be ${target}: say where each goes, FOLDER:/PLACE`;
        problems.push(wrong([layer], 'data', noun));
      } else own.set(target, source);
    }
    for (const [target, source] of own) byTarget.set(target, source);
  }
  return [...byTarget].map(([target, source]) => ({ source, target }));
}

function joinEnvironment(
  layers: readonly Layer[],
  home: string,
  problems: Problem[],
): Record<string, EnvironmentSource> {
  const environment: Record<string, EnvironmentSource> = {};
  for (const layer of layers) {
    const words = layer.values.environment ?? [];
    for (const [index, word] of words.entries()) {
      const parsed = parseEnvironmentWord(word, pathReader(layer, 'environment', { home, problems }));
      if ('source' in parsed) {
        environment[parsed.name] = parsed.source;
        continue;
      }
      // What was written may be a secret: it is not repeated.
      const which = words.length > 1 ? `number ${index + 1}: ` : '';
      const where = `${placeOf(layer, 'environment')}: ${which}`;
      if (parsed.wrong === 'value') {
        problems.push({
          code: 'secret-in-options',
          message: `${where}a value stands behind ${parsed.name}=, where everyone can read it and records keep it`,
          remedy: `export ${parsed.name} and give its name alone (--env ${parsed.name}), or say where it is: ${parsed.name}=file:PATH, ${parsed.name}=command:WORDS; a text that is no secret: ${parsed.name}=value:TEXT`,
        });
      } else {
        problems.push(wrong([layer], 'environment', `${which}${malformed(parsed)}`));
      }
    }
  }
  return environment;
}

function readShmSize(layers: readonly Layer[], problems: Problem[]): string | null {
  const size = layers.findLast(({ values }) => values.shm_size !== undefined)?.values.shm_size ?? null;
  const found = size === null ? null : wrongShmSize(size);
  if (found === null) return size;
  problems.push({ ...wrong(layers, 'shm_size', found.message), remedy: found.remedy });
  return null;
}

function malformed({ name, wrong }: MalformedWord): string {
  if (wrong === 'name') return 'a name of letters, digits and "_" must come first';
  if (wrong === 'quotes') return `a quotation mark in the command of ${name} is not closed`;
  if (wrong === 'program') return `the command of ${name} begins with an empty word, and no program`;
  return `nothing stands behind the colon of ${name}`;
}

/** NAME, NAME=REF or NAME=URL#REF; a URL holds a colon or begins with a slash, which no ref does. */
function joinUpdates(layers: readonly Layer[], problems: Problem[]): WantedUpdate[] {
  const byName = new Map<string, WantedUpdate>();
  for (const layer of layers) {
    for (const word of layer.values.update ?? []) {
      const equals = word.indexOf('=');
      const name = equals === -1 ? word : word.slice(0, equals);
      const rest = equals === -1 ? null : word.slice(equals + 1);
      const isUrl = rest !== null && /[:#]|^\//.test(rest);
      // Told already, and not repeated.
      if (maskLogins(word) !== word) continue;
      if (name === '' || rest === '' || (isUrl && !/.#.+$/.test(rest))) {
        problems.push(wrong([layer], 'update', `NAME, NAME=REF or NAME=URL#REF, not "${word}"`));
      } else byName.set(name, { name, source: isUrl ? rest : null, ref: isUrl ? null : rest });
    }
  }
  return [...byName.values()];
}

/** Engines take no id above the largest of 32 bits with a sign. */
function isUser(text: string): boolean {
  return (
    text === 'root' || (/^\d+(?::\d+)?$/.test(text) && text.split(':').every((id) => Number(id) < 2 ** 31))
  );
}

function isGpus(text: string): boolean {
  if (/^(?:all|none|[1-9]\d*)$/.test(text)) return true;
  const devices = /^device=(.+)$/.exec(text)?.[1]?.split(',') ?? [];
  // A number, a UUID; of a part of a GPU 0:1, MIG-<uuid>, or MIG-GPU-<uuid>/1/0 as drivers before 470 wrote it.
  const known = devices.every((device) => /^(?:\d+:\d+|[\w-]+|MIG-[\w-]+\/\d+\/\d+)$/.test(device));
  // An engine may take 00 for another name of 0.
  const padded = devices.some((device) => /(?:^|:)0\d+(?::|$)/.test(device));
  return !padded && known && devices.length > 0 && new Set(devices).size === devices.length;
}

/** Makes paths of a layer absolute. What only a shell fills in would be a folder of that very name. */
function pathReader(
  layer: Layer,
  key: keyof RunToml,
  { home, problems }: { home: string; problems: Problem[] },
): (path: string) => string {
  return (path) => {
    if (/^(?:\$|~[^/])/.test(path)) {
      const noun = `"${path}" begins with what only a shell fills in: write a path, or ~/... for your home`;
      problems.push(wrong([layer], key, noun));
    }
    if (/\p{Cc}/u.test(path)) {
      problems.push(wrong([layer], key, 'a path without line breaks and the like, which no engine mounts'));
    }
    return path === '~' || path.startsWith('~/')
      ? posix.join(home, path.slice(1))
      : posix.resolve(layer.folder, path);
  };
}

function wrong(layers: readonly Layer[], key: keyof RunToml, noun: string): Problem {
  return wrongAt(
    layers.findLast(({ values }) => values[key] !== undefined),
    key,
    noun,
  );
}

function wrongAt(layer: Layer | undefined, key: string, noun: string): Problem {
  return {
    code: 'usage',
    message: `${layer ? placeOf(layer, key) : key}: ${noun}`,
    remedy:
      layer?.from === 'flags' ? 'see slipway run --help' : 'correct it; docs/launching.md lists the keys',
  };
}
