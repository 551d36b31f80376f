import { isDeepStrictEqual } from 'node:util';
import { Failure, parseReference } from '@slipway/contract';
import type { Manifest, Registry, StatementType } from '@slipway/effects';
import { readFactsOf } from './build-facts.ts';
import type { Doors } from './execute.ts';
import { type ImagePlan, imageCall } from './plan.ts';
import {
  buildRun,
  type ProvenanceStatement,
  provenance,
  provenanceType,
  statementType,
} from './provenance.ts';
import { sbomType } from './sbom.ts';
import { baseSbom } from './sbom-base.ts';
import { runtimeSbom } from './sbom-runtime.ts';

export type StatementKind = 'sbom' | 'provenance';

/** A document about an image. */
export interface Statement {
  mediaType: string;
  text: string;
  /** Its kind, as cosign calls it and as a statement of in-toto does. */
  type: StatementType;
  predicateType: string;
  /** The part of it that cosign wraps by itself. */
  predicate: string;
}

/** An image that is there, with the plan that it follows from. */
interface StatedImage {
  plan: ImagePlan;
  started: Date;
  manifest: Manifest;
}

/**
 * A statement about an image.
 * @throws Failure `statement-impossible` where what it follows from is not known any more.
 */
export async function makeStatement(
  what: StatementKind,
  image: StatedImage,
  doors: Doors,
): Promise<Statement> {
  const text = what === 'sbom' ? await sbomOf(image, doors) : await provenanceOf(image, doors);
  return statementFrom(what, text);
}

/** What kinds of statements are called: the artifact, by cosign, and in a statement of in-toto. */
export const statementKinds: Readonly<Record<StatementKind, Omit<Statement, 'text' | 'predicate'>>> = {
  sbom: { mediaType: sbomType, type: 'cyclonedx', predicateType: 'https://cyclonedx.org/bom' },
  provenance: { mediaType: statementType, type: 'slsaprovenance1', predicateType: provenanceType },
};

/** A statement by its text. */
export function statementFrom(what: StatementKind, text: string): Statement {
  if (what === 'sbom') return { ...statementKinds.sbom, text, predicate: text };
  const { predicate } = JSON.parse(text) as ProvenanceStatement;
  return { ...statementKinds.provenance, text, predicate: JSON.stringify(predicate) };
}

/**
 * Whether a text that somebody put beside an image says what a statement of ours does: all of it, but for the run that
 * it was made in and when, which nobody else can know.
 */
export function saysTheSame(what: StatementKind, text: string, made: Statement): boolean {
  if (what === 'sbom') return text === made.text;
  try {
    return isDeepStrictEqual(ofAnyRun(text), ofAnyRun(made.text));
  } catch {
    // It is no provenance.
    return false;
  }
}

function ofAnyRun(text: string): unknown {
  const { predicate, ...statement } = JSON.parse(text) as ProvenanceStatement;
  const { metadata = {}, ...details } = predicate.runDetails;
  const ofRun = ['invocationId', 'startedOn', 'finishedOn'];
  const more = Object.entries(metadata).filter(
    ([name, value]) => !(ofRun.includes(name) && typeof value === 'string'),
  );
  return { ...statement, predicate: { ...predicate, runDetails: { ...details, more } } };
}

/** Of a base it is made from what was found when the base was, and kept: nobody has to pull it to know. */
async function sbomOf(
  { plan, manifest }: StatedImage,
  { registry }: Pick<Doors, 'registry'>,
): Promise<string> {
  const image = { repository: plan.repository, digest: manifest.digest };
  if (plan.kind !== 'base') return runtimeSbom(image, plan);
  const facts = await readFactsOf(plan.repository, plan.keyTag ?? '', registry);
  if (facts?.packages !== undefined) return baseSbom(image, facts);
  throw new Failure({
    code: 'statement-impossible',
    message: `no SBOM can be made of ${plan.repository}:${plan.keyTag}: what its verification found is not kept under ${plan.keyTag}.build`,
    remedy: `let it be found again, then start the same command again: npx nx run ${plan.project}:verify`,
  });
}

async function provenanceOf(
  { plan, started, manifest }: StatedImage,
  { now, registry }: Pick<Doors, 'now' | 'registry'>,
): Promise<string> {
  // A plan that only makes a helper image again holds too little: the next one holds all of it.
  if (imageCall(plan) === undefined) {
    throw new Failure({
      code: 'statement-impossible',
      message: `no provenance can be made of ${plan.repository}:${plan.keyTag} by a plan that only makes again what it was built with`,
      remedy: 'start the same command again: that is there now',
    });
  }
  // Of an image that was there already, nobody here saw when it was built.
  const times =
    plan.state === 'build' ? { startedAt: started.toISOString(), endedAt: now().toISOString() } : {};
  const whole = await withDigests(plan, registry);
  const statement = provenance(whole, manifest.digest, { ...buildRun(process.env), ...times });
  return `${JSON.stringify(statement, null, 1)}\n`;
}

/** What was made in the same run, or is kept under a tag of its key, has a digest by now. */
async function withDigests(plan: ImagePlan, registry: Registry): Promise<ImagePlan> {
  const pinned = async (reference: string) => {
    if (parseReference(reference).digest !== null) return reference;
    const digest = await registry.digest(parseReference(reference));
    return digest === undefined ? reference : `${reference}@${digest}`;
  };
  const builds = plan.builds.map(async (call) => {
    const images = Object.entries(call.images).map(async ([name, at]) => [name, await pinned(at)]);
    return { ...call, images: Object.fromEntries(await Promise.all(images)) };
  });
  return { ...plan, builds: await Promise.all(builds) };
}
