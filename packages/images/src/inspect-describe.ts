import prettyBytes from 'pretty-bytes';
import type { Inspection, Sbom } from './inspect.ts';

/** What is known of an image, in words: one thing a line. */
export function describeInspection(found: Inspection): string {
  const { contract, provenance, yank } = found;
  const lines: [string, string | null][] = [
    ['digest', found.digest],
    ['size', `${prettyBytes(found.bytes)} (compressed) in ${found.layers} layers`],
    ['kind', found.kind && [found.kind, found.application, found.version].filter(Boolean).join(' ')],
    ['architecture', contract && `${contract.architecture}${contract.deprecated ? ' (deprecated)' : ''}`],
    ['GPUs', contract && (contract.computeCapabilities.join(', ') || 'none promised')],
    ['CUDA', contract?.cuda ? `${contract.cuda}, driver ${contract.minimumDriver} or newer` : null],
    ['torch', contract?.torch ?? null],
    ['flash-attention', contract?.flashAttention ? `version ${contract.flashAttention}` : null],
    ['Python', contract?.python ?? null],
    ['deprecated', contract?.deprecated ?? null],
    ['build key', found.key && `${found.key} (${found.keyTag})`],
    ['made of', found.components && Object.keys(found.components).sort().join(', ')],
    ['base', found.base && `${found.base.reference} (${found.base.digest})`],
    ['holds', found.sbom && describeSbom(found.sbom)],
    ['its base holds', found.baseSbom && describeSbom(found.baseSbom)],
    ['built by', provenance && describeBuilder(provenance.predicate.runDetails)],
    ['built from', provenance && describeDependencies(provenance)],
    ...found.signatures.map((each): [string, string] => ['signed', describeSignature(each)]),
    ['WITHDRAWN', yank && `${yank.reason}${yank.at ? ` (${yank.at})` : ''}`],
    ...found.missing.map((each): [string, string] => ['missing', each]),
  ];
  const told = lines.flatMap(([name, value]) => (value === null ? [] : [`  ${name.padEnd(16)}${value}`]));
  return [found.image, ...told].join('\n');
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
  const held = { true: 'verified', false: 'NOT by the key that was given', null: 'not verified' };
  return `${what} by ${by}, ${held[`${verified}`]}`;
}
