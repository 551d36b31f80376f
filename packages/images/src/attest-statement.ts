import type { Manifest } from '@slipway/effects';
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
  type: 'cyclonedx' | 'slsaprovenance1';
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

/** A statement about an image; undefined where what it follows from is not known any more. */
export async function makeStatement(
  what: StatementKind,
  image: StatedImage,
  doors: Doors,
): Promise<Statement | undefined> {
  const text = what === 'sbom' ? await sbomOf(image, doors) : provenanceOf(image, doors);
  return text === undefined ? undefined : statementFrom(what, text);
}

/** A statement by its text. */
export function statementFrom(what: StatementKind, text: string): Statement {
  if (what === 'sbom') {
    const predicateType = 'https://cyclonedx.org/bom';
    return { mediaType: sbomType, text, type: 'cyclonedx', predicateType, predicate: text };
  }
  const { predicate } = JSON.parse(text) as ProvenanceStatement;
  return {
    mediaType: statementType,
    text,
    type: 'slsaprovenance1',
    predicateType: provenanceType,
    predicate: JSON.stringify(predicate),
  };
}

/** Of a base it is made from what was found when the base was, and kept: nobody has to pull it to know. */
async function sbomOf(
  { plan, manifest }: StatedImage,
  { registry }: Pick<Doors, 'registry'>,
): Promise<string | undefined> {
  const image = { repository: plan.repository, digest: manifest.digest };
  if (plan.kind !== 'base') return runtimeSbom(image, plan);
  const facts = await readFactsOf(plan.repository, plan.keyTag ?? '', registry);
  return facts && baseSbom(image, facts);
}

function provenanceOf({ plan, started, manifest }: StatedImage, { now }: Pick<Doors, 'now'>) {
  // A plan that only makes a helper image again holds too little: the next one holds all of it.
  if (imageCall(plan) === undefined) return undefined;
  // Of an image that was there already, nobody here saw when it was built.
  const times =
    plan.state === 'build' ? { startedAt: started.toISOString(), endedAt: now().toISOString() } : {};
  const statement = provenance(plan, manifest.digest, { ...buildRun(process.env), ...times });
  return `${JSON.stringify(statement, null, 1)}\n`;
}
