import type { Json, KeyComponents } from './key.ts';
import type { ImagePlan } from './plan.ts';

/** One component of a build key that differs: its name with dots, and its two values; absent: it is not there. */
export interface Difference {
  component: string;
  from?: string;
  to?: string;
  /** File of the workspace that the value comes from, where it is one file. */
  file?: string;
}

/** What differs between the components of a published image and today's, leaf by leaf. */
export function diffComponents(
  published: KeyComponents,
  today: KeyComponents,
  image: Pick<ImagePlan, 'kind' | 'architecture'>,
): Difference[] {
  const before = leaves(published);
  const after = leaves(today);
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => before.get(name) !== after.get(name))
    .sort()
    .map((component) => ({
      component,
      ...(before.has(component) && { from: before.get(component) }),
      ...(after.has(component) && { to: after.get(component) }),
      ...fileOf(component, image),
    }));
}

/** Whether nothing but the layer that says the version is another: neither the base nor what all versions share. */
export function onlyVersion(differences: readonly Difference[]): boolean {
  const ofVersion =
    /^(?:arguments\.(?:PYTHON_)?VERSION|labels\.org\.opencontainers\.image\.version|files\.release\..*)$/;
  return differences.length > 0 && differences.every(({ component }) => ofVersion.test(component));
}

/** A difference in one line for a person: `dependency scipy 1.16.0 -> 1.18.1 (architectures/cpu/requirements.lock)`. */
export function describeDifference({ component, from, to, file }: Difference): string {
  const names: [RegExp, string][] = [
    [/^files\.(?:locks\.(?:cuda|torch|dependencies)|dev-lock\.dev)\./, 'dependency '],
    [/^files\.locks\.native\./, 'source '],
    [/^(?:application\.)?files\.[^.]+\.(?:files|texts)\./, 'file '],
    [/^(?:application\.)?files\.[^.]+\.checkouts\./, 'checkout '],
    [/^(?:application\.)?arguments\./, 'argument '],
    [/^(?:application\.)?labels\./, 'label '],
    [/^(?:application\.)?dockerfile: [\s\S]*/, 'Dockerfile'],
  ];
  const [pattern, word] = names.find(([each]) => each.test(component)) ?? [/^$/, ''];
  const name = component.replace(pattern, word);
  const value = `${short(from) ?? 'none'} -> ${short(to) ?? 'none'}`;
  return `${name} ${value}${file === undefined ? '' : ` (${file})`}`;
}

/** Why an image is built, one line a difference, and no more of them than one reads. */
export function describeDifferences(differences: readonly Difference[] | undefined): string[] {
  if (differences === undefined) return [];
  if (onlyVersion(differences)) return ['only the layer of its version is made: the rest is as published'];
  const shown = differences.slice(0, 12).map((each) => `because ${describeDifference(each)}`);
  const rest = differences.length - shown.length;
  return rest > 0 ? [...shown, `and ${rest} more: explain shows them`] : shown;
}

/** What a person should know of the source trees in an image: one line for each that nobody else can have. */
export function describeSources({ sources = [] }: Pick<ImagePlan, 'sources'>): string[] {
  return sources.flatMap(({ folder, git }) => {
    const dirty = git?.dirty ? 'changes that are not committed' : '';
    const unpushed = git?.unpushed ? 'a commit that is not pushed' : '';
    const what = [dirty, unpushed].filter(Boolean).join(' and ');
    return what === '' ? [] : [`${folder} goes in with ${what} (${git?.branch} ${git?.commit.slice(0, 12)})`];
  });
}

/** Every value under its path; of a list each entry under its own text, since a line that moved says nothing. */
function leaves(value: Json, path = ''): Map<string, string> {
  if (Array.isArray(value)) return new Map(value.map((each) => [`${path}: ${String(each)}`, String(each)]));
  if (value === null || typeof value !== 'object') return new Map([[path, String(value)]]);
  const inner = Object.entries(value).flatMap(([name, each]) => [
    ...leaves(each, path === '' ? name : `${path}.${name}`),
  ]);
  return new Map(inner);
}

function fileOf(
  component: string,
  { kind, architecture }: Pick<ImagePlan, 'kind' | 'architecture'>,
): { file?: string } {
  const files: [RegExp, string][] = [
    [/^files\.locks\.(cuda|torch|dependencies)/, `architectures/${architecture}/requirements.lock`],
    [/^files\.dev-lock\./, `architectures/${architecture}/dev.lock`],
    [/^(?:application\.)?dockerfile/, `dockerfiles/${kind}.Dockerfile`],
    [/^files\.locks\.native/, `architectures/${architecture}/native.lock`],
    [
      /^(labels\.io\.slipway\.(?!application)|arguments\.SYSTEM)/,
      `architectures/${architecture}/architecture.toml`,
    ],
    [/^(labels\.io\.slipway\.application|application\.arguments\.SOURCE)/, 'slipway.toml'],
    [/^(?:os|developer)\./, 'architectures/images.lock'],
  ];
  const file = files.find(([pattern]) => pattern.test(component))?.[1];
  return file === undefined ? {} : { file };
}

const first = (text: string): string => text.split('\n', 1)[0] ?? '';

const short = (value: string | undefined): string | undefined =>
  value === undefined
    ? undefined
    : first(value).length > 60
      ? `${first(value).slice(0, 57)}...`
      : first(value);
