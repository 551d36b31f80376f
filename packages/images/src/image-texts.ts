import { type Architecture, readDistribution } from '@slipway/contract';
import type { BuildCall, PlanInputs } from './plan.ts';

/**
 * Labels that say what an image of the application is, in the words of the OCI image specification
 * (https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md), from the application's pyproject.toml.
 * Whatever its base says of itself is said anew. The commit is left out: see docs/decisions/0026-supply-chain.md.
 * @param what the kind of image in words, such as `Runtime image`, for an application that does not describe itself.
 */
export function applicationTexts(
  { pyproject, definition }: Pick<PlanInputs, 'pyproject' | 'definition'>,
  { name }: Architecture,
  what: string,
  version: string,
): BuildCall['labels'] {
  const said = readDistribution(pyproject.text);
  const application = said?.name ?? definition.application.name;
  const url = (...names: readonly string[]) => urlOf(said?.urls ?? {}, names);
  const [homepage, source, documentation] = [
    url('homepage', 'home'),
    url('source', 'repository', 'sourcecode', 'github', 'gitlab'),
    url('documentation', 'docs'),
  ];
  return {
    ...text('title', `${application} for ${name}`),
    ...text('description', oneLine(said?.description ?? `${what} of ${application} for ${name}`)),
    ...text('version', version),
    ...(said?.license ? text('licenses', said.license) : {}),
    ...((homepage ?? source) ? text('url', homepage ?? source ?? '') : {}),
    ...(source ? text('source', source) : {}),
    ...(documentation ? text('documentation', documentation) : {}),
  };
}

/** The same for a base, which knows no application. Its version is its key tag, which follows from all others. */
export function baseTexts(
  { definition }: Pick<PlanInputs, 'definition'>,
  { name, tag, python, cuda, torch, flashAttention }: Architecture,
): BuildCall['labels'] {
  const holds = [
    `Python ${python} or newer`,
    ...(cuda === null ? [] : [`CUDA ${cuda}`]),
    ...(torch === null ? [] : [`torch ${torch.version}`]),
    ...(flashAttention === null ? [] : [`flash-attention ${flashAttention.version}`]),
  ];
  return {
    ...text('title', `${definition.repositories.base}:${tag}`),
    ...text('description', `Base image for ${name}: ${holds.join(', ')} and every locked dependency`),
  };
}

/** What a manifest says of its image: the same texts, so that nobody has to fetch its configuration to read them. */
export const annotationsOf = (labels: BuildCall['labels']): BuildCall['annotations'] =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => name.startsWith(prefix)));

const prefix = 'org.opencontainers.image.';

const text = (name: string, value: string): Record<string, string> => ({ [`${prefix}${name}`]: value });

const oneLine = (value: string): string => value.replace(/\s+/g, ' ').trim();

/** Labels of URLs are compared without case, spaces and punctuation (PEP 753). */
function urlOf(urls: Readonly<Record<string, string>>, names: readonly string[]): string | undefined {
  const plain = new Map(
    Object.entries(urls).map(([label, url]) => [label.toLowerCase().replace(/[\p{P}\s]/gu, ''), url]),
  );
  return names.map((name) => plain.get(name)).find((url) => url !== undefined);
}
