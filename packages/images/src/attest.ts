import { Failure, type Problem, parseReference } from '@slipway/contract';
import {
  attachArtifact,
  type Descriptor,
  listReferrers,
  type Manifest,
  readArtifact,
  type Subject,
} from '@slipway/effects';
import { findSigned, signAll } from './attest-sign.ts';
import {
  makeStatement,
  type Statement,
  type StatementKind,
  saysTheSame,
  statementFrom,
  statementKinds,
} from './attest-statement.ts';
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
  const signed = attest.sign === null ? [] : await findSigned(attest.sign, image, plan.repository, doors);
  const done: Attached[] = [];
  const statements: Statement[] = [];
  const problems: Problem[] = [];
  for (const what of ['sbom', 'provenance'] as const) {
    // What lies there is signed with the image, whoever asked for it then.
    if (!attest[what] && attest.sign === null) continue;
    const known = there.filter(({ annotations }) => annotations?.[markOf] === what);
    const [first] = known;
    // Nobody vouches for what is not signed, and what is signed was looked at then.
    if (first && (attest.sign === null || signed.includes(statementKinds[what].predicateType))) {
      done.push({ what, digest: first.digest, made: false });
      continue;
    }
    if (!attest[what] && !first) continue;
    try {
      const statement = await makeStatement(what, { ...work, manifest }, doors);
      const same = await findSame(what, statement, image, known, doors);
      if (same) {
        statements.push(same.statement);
        done.push({ what, digest: same.digest, made: false });
        continue;
      }
      for (const { digest } of known) {
        around.say(`not signed, since it says something else than the plan: ${what} ${digest}`, plan.project);
      }
      if (!attest[what]) continue;
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
    const made = await signAll(image, plan.repository, statements, signed, doors);
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

/**
 * A statement that was put there before, and still has to be signed. Whoever may push could have put it there, so it
 * counts when it says what the one does that was made now.
 */
async function findSame(
  what: StatementKind,
  made: Statement,
  image: Subject,
  known: readonly Descriptor[],
  { registry }: Doors,
): Promise<{ statement: Statement; digest: string } | undefined> {
  for (const { digest } of known) {
    const text = await readArtifact(registry, { ...image, digest });
    if (text !== undefined && saysTheSame(what, text, made)) {
      return { statement: statementFrom(what, text), digest };
    }
  }
  return undefined;
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
