import {
  Failure,
  formatReference,
  type ImageReference,
  type LabelledContract,
  parseReference,
  parseReleaseManifest,
  parseVersion,
  type ReleaseManifest,
  readContractLabels,
  releaseManifestType,
  type Yank,
} from '@slipway/contract';
import {
  listReferrers,
  type Manifest,
  type Registry,
  readArtifact,
  readImageConfiguration,
  readYank,
  type Subject,
} from '@slipway/effects';
import { isSignedBy, readSignatures } from './attest-signatures.ts';
import { readFactsOf } from './build-facts.ts';
import {
  judgeRelease,
  judgeSignatures,
  type SignatureVerdict,
  type SignatureVerifier,
} from './inspect-signatures.ts';
import type { KeyComponents } from './key.ts';
import { type ProvenanceStatement, provenanceType, statementType } from './provenance.ts';
import { sbomType } from './sbom.ts';

/** Everything that a registry tells of an image. What is not there is null, and told in `missing`. */
export interface Inspection {
  image: string;
  digest: string;
  /** Compressed bytes of its layers, and how many there are. */
  bytes: number;
  layers: number;
  /** `base`, `runtime`, `dev` and the like; null: Slipway did not make it. */
  kind: string | null;
  application: string | null;
  version: string | null;
  contract: LabelledContract | null;
  key: string | null;
  keyTag: string | null;
  /** What its key was made of. */
  components: KeyComponents | null;
  base: { reference: string; digest: string } | null;
  /** Other bytes that stood in a foreign image's place, `name=digest`; null: none did. */
  substitute: string | null;
  /** Of what is no image: its type. */
  artifact: string | null;
  /** What a version consists of, of a release manifest. */
  release: ReleaseManifest | null;
  sbom: Sbom | null;
  /** What its base holds, by the base's own list. */
  baseSbom: Sbom | null;
  provenance: ProvenanceStatement | null;
  signatures: {
    /** `image`, or the type of the statement that is signed. */
    of: string;
    identity: string | null;
    issuer: string | null;
    /** By the key that was given; null: none was. */
    verified: boolean | null;
  }[];
  /**
   * What came of holding its signatures against a key or an identity, of a release manifest those of the images that it
   * names; null: nobody asked for that, or it is another artifact, which nobody signs.
   */
  verification: SignatureVerdict | null;
  /** Why its version should not be used any more. */
  yank: Yank | null;
  /** What there is not, or cannot be read, one sentence each. */
  missing: string[];
}

/** A list of what an image holds. */
export interface Sbom {
  /** Of the artifact that it is. */
  digest: string;
  format: string;
  packages: { type: string; name: string; version: string | null; purl: string | null }[];
}

/**
 * Reads what a registry tells of an image, whoever made it; no layer is fetched.
 * @param verifier what its signatures are held against.
 * @throws Failure `image-missing`, `command-missing` and those of the registry.
 */
export async function inspectImage(
  registry: Registry,
  text: string,
  verifier?: SignatureVerifier,
): Promise<Inspection> {
  const reference = parseReference(text);
  const manifest = await registry.manifest(reference);
  if (manifest === undefined) throw notThere(text);
  const image: Subject = { ...reference, tag: null, digest: manifest.digest };
  const missing: string[] = [];
  const { layers, annotations, platform, artifactType, holdsNothing } = await readManifest(
    registry,
    image,
    manifest,
  );
  if (platform !== null) missing.push(`it is for several platforms: what follows is of ${platform}`);
  const { config } = await readImageConfiguration(registry, reference, manifest);
  const labels = config?.Labels ?? {};
  const base = baseOf(annotations);
  const [components, statements, baseStatements, signatures, yank, release] = await Promise.all([
    componentsOf(registry, reference, labels),
    readStatements(registry, image, missing),
    base === null ? null : readStatements(registry, subjectOf(base), []).catch(() => null),
    readSignatures(registry, image),
    readYankOf(registry, reference, labels),
    artifactType === releaseManifestType ? readReleaseOf(registry, image, text) : null,
  ]);
  const found: Inspection = {
    image: text,
    digest: manifest.digest,
    bytes: layers.reduce((sum, { size }) => sum + size, 0),
    layers: layers.length,
    kind: labels['io.slipway.kind'] ?? null,
    application: labels['io.slipway.application.name'] ?? null,
    version: labels['org.opencontainers.image.version'] ?? null,
    contract: contractOf(labels, missing),
    key: labels['io.slipway.build.key'] ?? null,
    keyTag: labels['io.slipway.build.key-tag'] ?? null,
    components,
    base,
    substitute: labels['io.slipway.substitute'] ?? null,
    artifact: artifactType,
    release,
    sbom: statements.sbom,
    baseSbom: baseStatements?.sbom ?? null,
    provenance: statements.provenance,
    signatures: signatures.map((signature) => ({
      of: signature.of,
      identity: signature.identity,
      issuer: signature.issuer,
      verified: verifier?.key === undefined ? null : isSignedBy(signature, verifier.key, manifest.digest),
    })),
    verification: null,
    yank,
    missing,
  };
  if (verifier !== undefined) {
    // By its type alone nothing is let off: an image that can be started may state any.
    if (!holdsNothing) found.verification = await judgeSignatures(verifier, image, signatures);
    else if (release !== null) found.verification = await judgeRelease(verifier, image, release, registry);
    else
      missing.push(`not held against ${verifier.by}: it is no image, and by design only images are signed`);
  }
  missing.push(...absent(found));
  return found;
}

/** One sentence for everything that is not there. */
function absent({ kind, contract, components, key, base, ...beside }: Inspection): string[] {
  // Of what is no image nothing of an image is missing.
  if (beside.artifact !== null) return [];
  return [
    ...(contract === null && kind === null ? ['no label of Slipway: it was made by someone else'] : []),
    ...(key !== null && components === null ? ['no build facts: what its key was made of is not kept'] : []),
    ...(kind === 'runtime' && base === null ? ['no annotation that names its base'] : []),
    ...(beside.sbom === null ? [`no list of what it holds (SBOM)${kind === 'dev' ? ofDev : ''}`] : []),
    ...(kind === 'runtime' && beside.sbom !== null && beside.baseSbom === null
      ? ['no list of what its base holds']
      : []),
    ...(beside.provenance === null ? [`no provenance${kind === 'dev' ? ofDev : ''}`] : []),
    ...(beside.signatures.some(({ of }) => of === 'image') ? [] : ['no signature']),
  ];
}

const ofDev = ': nothing is put beside dev images';

interface ReadManifest {
  layers: { size: number }[];
  annotations: Record<string, string>;
  /** Of an image for several platforms, the one whose layers these are. */
  platform: string | null;
  artifactType: string | null;
  /** Whether its configuration is the empty one that artifacts have: it is no image, whatever it says. */
  holdsNothing: boolean;
}

async function readManifest(registry: Registry, image: Subject, manifest: Manifest): Promise<ReadManifest> {
  const read = JSON.parse(manifest.raw) as Partial<ReadManifest> & {
    config?: { mediaType?: string };
    manifests?: { digest: string; platform?: { os: string; architecture: string } }[];
  };
  const { layers = [], annotations = {}, artifactType = null, manifests, config } = read;
  const holdsNothing = artifactType !== null && config?.mediaType === 'application/vnd.oci.empty.v1+json';
  if (manifests === undefined) return { layers, annotations, platform: null, artifactType, holdsNothing };
  const platform = 'linux/amd64';
  const entry = manifests.find((each) => `${each.platform?.os}/${each.platform?.architecture}` === platform);
  const inner = entry && (await registry.manifest({ ...image, digest: entry.digest }));
  if (inner === undefined) {
    throw new Failure({
      code: 'image-missing',
      message: `${formatReference(image)} is not for ${platform}`,
      remedy: 'name an image for that platform',
    });
  }
  const of = JSON.parse(inner.raw) as Partial<ReadManifest>;
  return { layers: of.layers ?? [], annotations: of.annotations ?? {}, platform, artifactType, holdsNothing };
}

function baseOf(annotations: Record<string, string>): Inspection['base'] {
  const reference = annotations['org.opencontainers.image.base.name'];
  const digest = annotations['org.opencontainers.image.base.digest'];
  return reference && digest ? { reference, digest } : null;
}

const subjectOf = ({ reference, digest }: NonNullable<Inspection['base']>): Subject => ({
  ...parseReference(reference),
  tag: null,
  digest,
});

async function componentsOf(
  registry: Registry,
  reference: ImageReference,
  labels: Record<string, string>,
): Promise<KeyComponents | null> {
  const keyTag = labels['io.slipway.build.key-tag'];
  if (keyTag === undefined) return null;
  const repository = formatReference({ ...reference, tag: null, digest: null });
  const facts = await readFactsOf(repository, keyTag, registry);
  // Of another image that took the tag since, nothing is told.
  return facts !== undefined && facts.key === labels['io.slipway.build.key'] ? facts.components : null;
}

/** Statements beside an image. One that cannot be read is told of, and keeps nobody from the others. */
async function readStatements(
  registry: Registry,
  image: Subject,
  missing: string[],
): Promise<Pick<Inspection, 'sbom' | 'provenance'>> {
  const referrers = await listReferrers(registry, image);
  const read = async <T>(
    type: string,
    parse: (text: string, digest: string) => T | null,
  ): Promise<T | null> => {
    for (const { digest } of referrers.filter(({ artifactType }) => artifactType === type)) {
      try {
        const text = await readArtifact(registry, { ...image, digest });
        const parsed = text === undefined ? null : parse(text, digest);
        if (parsed !== null) return parsed;
      } catch (error) {
        missing.push(`the artifact ${digest} of type ${type} cannot be read: ${(error as Error).message}`);
      }
    }
    return null;
  };
  return { sbom: await read(sbomType, parseSbom), provenance: await read(statementType, parseProvenance) };
}

function parseSbom(text: string, digest: string): Sbom {
  const { specVersion, components = [] } = JSON.parse(text) as {
    specVersion?: string;
    components?: { type: string; name: string; version?: string; purl?: string }[];
  };
  return {
    digest,
    format: `CycloneDX ${specVersion}`,
    packages: components.map(({ type, name, version = null, purl = null }) => ({
      type,
      name,
      version,
      purl,
    })),
  };
}

function parseProvenance(text: string): ProvenanceStatement | null {
  const statement = JSON.parse(text) as ProvenanceStatement;
  return statement.predicateType === provenanceType ? statement : null;
}

async function readReleaseOf(registry: Registry, image: Subject, text: string): Promise<ReleaseManifest> {
  return parseReleaseManifest((await readArtifact(registry, image)) ?? '', text);
}

async function readYankOf(
  registry: Registry,
  reference: ImageReference,
  labels: Record<string, string>,
): Promise<Yank | null> {
  try {
    const version = parseVersion(labels['org.opencontainers.image.version'] ?? '');
    const repository = formatReference({ ...reference, tag: null, digest: null });
    return (await readYank(registry, repository, version)) ?? null;
  } catch (error) {
    // An image of someone else may have a version of another form.
    if (error instanceof Failure && error.problems[0]?.code === 'version-malformed') return null;
    throw error;
  }
}

function contractOf(labels: Record<string, string>, missing: string[]): LabelledContract | null {
  try {
    return readContractLabels(labels);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    missing.push(...error.problems.map(({ message }) => message));
    return null;
  }
}

function notThere(text: string): Failure {
  return new Failure({
    code: 'image-missing',
    message: `${text} is not in its registry`,
    remedy: 'check repository and tag; nx run runtime-image:release says what a version consists of',
  });
}
