import { createHash } from 'node:crypto';
import { smokedType, yankType } from '@slipway/contract';
import prettyBytes from 'pretty-bytes';
import { buildFactsType } from './build-facts.ts';
import type { Inspection, Sbom } from './inspect.ts';
import { canonicalJson, type Json, type KeyComponents } from './key.ts';
import { statementType } from './provenance.ts';
import { sbomType } from './sbom.ts';

/** What is known of an image, in words: one thing a line. */
export function describeInspection(found: Inspection): string {
  const { contract, provenance, yank } = found;
  const lines: [string, string | null][] = [
    ['digest', found.digest],
    [
      'size',
      `${prettyBytes(found.bytes)} (compressed) in ${found.layers} layer${found.layers === 1 ? '' : 's'}`,
    ],
    ['is', describeArtifact(found)],
    ...Object.entries(found.release?.architectures ?? {}).map(([name, { digest }]): [string, string] => [
      'holds',
      `${name} ${digest}`,
    ]),
    ['kind', found.kind && [found.kind, found.application, found.version].filter(Boolean).join(' ')],
    ['architecture', contract && `${contract.architecture}${contract.deprecated ? ' (deprecated)' : ''}`],
    ['GPUs', contract && (contract.computeCapabilities.join(', ') || 'none promised')],
    ['CUDA', contract?.cuda ? `${contract.cuda}, driver ${contract.minimumDriver} or newer` : null],
    ['torch', contract?.torch ?? null],
    ['flash-attention', contract?.flashAttention ? `version ${contract.flashAttention}` : null],
    ['Python', contract?.python ?? null],
    ['deprecated', contract?.deprecated ?? null],
    ['substitute', found.substitute && `${found.substitute}: other bytes in that image’s place`],
    ['build key', found.key && `${found.key} (${found.keyTag})`],
    ['made of', found.components && describeComponents(found.components)],
    ['base', found.base && `${found.base.reference} (${found.base.digest})`],
    ['holds', found.sbom && describeSbom(found.sbom)],
    ['its base holds', found.baseSbom && describeSbom(found.baseSbom)],
    ['built by', provenance && describeBuilder(provenance.predicate.runDetails)],
    ['built from', provenance && describeDependencies(provenance)],
    ['signatures', found.verification && describeVerdict(found.verification, found.release !== null)],
    ...found.signatures.map((each): [string, string] => ['signed', describeSignature(each)]),
    ['WITHDRAWN', yank && `${yank.reason}${yank.at ? ` (${yank.at})` : ''}`],
    ...found.missing.map((each): [string, string] => ['missing', each]),
  ];
  const told = lines.flatMap(([name, value]) => (value === null ? [] : [`  ${name.padEnd(16)}${value}`]));
  return [found.image, ...told].join('\n');
}

/** What something is that is no image. */
function describeArtifact({ artifact, release }: Inspection): string | null {
  if (artifact === null) return null;
  if (release !== null) {
    const from = release.commit === null ? '' : `, from commit ${release.commit.slice(0, 12)}`;
    return `no image, but the release manifest of ${release.application} ${release.version}: what it consists of${from}`;
  }
  return `no image, but ${artifacts[artifact] ?? 'an artifact'} (${artifact})`;
}

const artifacts: Readonly<Record<string, string>> = {
  [buildFactsType]: 'the build facts of an image',
  [sbomType]: 'a list of what an image holds (SBOM)',
  [statementType]: 'a statement about an image',
  [yankType]: 'a note that a version was withdrawn',
  [smokedType]: 'a note that an image was started',
};

/** Each component with the beginning of its digest, so that two images can be compared by looking. */
function describeComponents(components: KeyComponents): string {
  return Object.entries(components)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name} ${shortValue(value)}`)
    .join(', ');
}

function shortValue(value: Json): string {
  if (typeof value !== 'string') return sha256(canonicalJson(value)).slice(0, 12);
  const [, digest] = /^sha256:([0-9a-f]{64})$/.exec(value) ?? [];
  if (digest !== undefined) return digest.slice(0, 12);
  return /^[\w./-]{1,32}$/.test(value) ? value : sha256(value).slice(0, 12);
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function describeVerdict(
  { by, holds, why }: NonNullable<Inspection['verification']>,
  isRelease: boolean,
): string {
  if (isRelease) return holds ? `each of its images is signed by ${by}` : `NOT all by ${by}: ${why}`;
  return holds ? `the image is signed by ${by}` : `NONE of the image by ${by}: ${why}`;
}

function describeSbom({ packages, format }: Sbom): string {
  const count = (form: RegExp) => packages.filter(({ purl }) => form.test(purl ?? '')).length;
  const parts = [
    [count(/^pkg:pypi\//), 'Python'],
    [count(/^pkg:deb\//), 'Debian'],
  ] as const;
  const named = parts.flatMap(([number, name]) => (number > 0 ? [`${number} ${name}`] : []));
  return `${packages.length} parts${named.length > 0 ? `, of them ${named.join(' and ')} packages` : ''} (${format})`;
}

type Provenance = NonNullable<Inspection['provenance']>;

function describeBuilder({ builder, metadata }: Provenance['predicate']['runDetails']): string {
  const when = metadata?.startedOn === undefined ? '' : `, ${metadata.startedOn}`;
  const run = metadata?.invocationId === undefined ? '' : `, ${metadata.invocationId}`;
  return `${builder.id}${run}${when}`;
}

function describeDependencies({ predicate }: Provenance): string {
  const { resolvedDependencies = [] } = predicate.buildDefinition;
  const names = resolvedDependencies.map(({ name, uri, digest }) => {
    const commit = digest?.gitCommit;
    return `${name ?? uri}${commit ? ` at ${commit.slice(0, 12)}` : ''}`;
  });
  return names.join(', ') || 'nothing that has a digest';
}

function describeSignature({ of, identity, issuer, verified }: Inspection['signatures'][number]): string {
  const what = of === 'image' ? 'the image' : of;
  const by = identity === null ? 'a key' : `${identity}${issuer ? ` (${issuer})` : ''}`;
  const held = { true: 'verified', false: 'not by the key that was given', null: 'not verified' };
  return `${what} by ${by}, ${held[`${verified}`]}`;
}
