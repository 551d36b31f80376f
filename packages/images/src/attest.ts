import { Failure, type Problem, parseReference } from '@slipway/contract';
import {
  attachArtifact,
  type Descriptor,
  listReferrers,
  type Manifest,
  readArtifact,
  type Subject,
} from '@slipway/effects';
import { signAll } from './attest-sign.ts';
import { makeStatement, type Statement, type StatementKind, statementFrom } from './attest-statement.ts';
import type { Surroundings } from './build.ts';
import type { Doors } from './execute.ts';
import type { ImagePlan } from './plan.ts';
import { provenanceType } from './provenance.ts';

/** Something that lies beside an image. */
export interface Attached {
  what: StatementKind | 'signature';
  /** Of the artifact; null for signatures, which cosign keeps by its own rules. */
  digest: string | null;
  /** False: it was there already. */
  made: boolean;
}

/** An image that was made or found, as far as it matters to what is put beside it. */
export interface AttestedImage {
  plan: ImagePlan;
  started: Date;
  manifest?: Manifest;
}

/**
 * Puts beside an image what its plan says and is not there yet, and signs it and the image. What a killed command left
 * out, the same command adds.
 * @throws Failure `statement-impossible`, `signing-failed` and those of the registry.
 */
export async function attach(work: AttestedImage, doors: Doors, around: Surroundings): Promise<Attached[]> {
  const { plan, manifest } = work;
  const { attest } = plan;
  if (attest === undefined || manifest === undefined) return [];
  const image: Subject = { ...parseReference(plan.repository), tag: null, digest: manifest.digest };
  const there = await listReferrers(doors.registry, image);
  const done: Attached[] = [];
  const statements: Statement[] = [];
  const problems: Problem[] = [];
  for (const what of ['sbom', 'provenance'] as const) {
    // What lies there is signed with the image, whoever asked for it then.
    if (!attest[what] && attest.sign === null) continue;
    const known = there.find(({ annotations }) => annotations?.[markOf] === what);
    const before = known && (await readBack(what, image, known, doors));
    if (known && before) {
      statements.push(before);
      done.push({ what, digest: known.digest, made: false });
      continue;
    }
    if (!attest[what]) continue;
    try {
      const statement = await makeStatement(what, { ...work, manifest }, doors);
      const { digest } = await place(what, statement, { ...work, manifest }, doors);
      statements.push(statement);
      done.push({ what, digest, made: true });
    } catch (error) {
      if (!(error instanceof Failure) || error.problems[0]?.code !== 'statement-impossible') throw error;
      problems.push(...error.problems);
    }
  }
  // An image is signed with everything that was asked for, or not yet.
  if (problems.length > 0) throw new Failure(problems);
  if (attest.sign !== null) {
    const made = await signAll(attest.sign, image, plan.repository, statements, doors);
    done.push({ what: 'signature', digest: null, made });
  }
  const made = done.filter((each) => each.made).map(({ what }) => what);
  if (made.length > 0) around.say(`put beside it: ${made.join(', ')}`, plan.project);
  return done;
}

/** Says in an index what kind of statement an artifact of ours is. */
const markOf = 'io.slipway.attestation';

function place(
  what: StatementKind,
  { mediaType, text }: Statement,
  { plan, manifest }: AttestedImage & { manifest: Manifest },
  { registry }: Doors,
): Promise<Descriptor> {
  const subject = { reference: parseReference(plan.repository), manifest };
  return attachArtifact(registry, subject, mediaType, text, {
    annotations: { [markOf]: what, ...sourceAnnotations(plan) },
    ...(what === 'provenance' && { layerAnnotations: { 'in-toto.io/predicate-type': provenanceType } }),
  });
}

/** A statement that was put there before: it may still have to be signed. */
async function readBack(
  what: StatementKind,
  image: Subject,
  { digest }: Descriptor,
  { registry }: Doors,
): Promise<Statement | undefined> {
  const text = await readArtifact(registry, { ...image, digest });
  return text === undefined ? undefined : statementFrom(what, text);
}

/** Where the application comes from, in the words of the OCI image specification. */
function sourceAnnotations({ sources }: ImagePlan): Record<string, string> {
  const git = sources?.[0]?.git;
  if (!git) return {};
  return {
    ...(git.origin && { 'org.opencontainers.image.source': git.origin }),
    ...(!git.dirty && { 'org.opencontainers.image.revision': git.commit }),
  };
}
