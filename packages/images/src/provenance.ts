import { createHash } from 'node:crypto';
import { formatReference, parseReference } from '@slipway/contract';
import { publicUrl } from '@slipway/effects';
import { isSecretVariable } from './dockerfile-secrets.ts';
import { type ImagePlan, imageCall } from './plan.ts';

/** Media type of a statement in the form of in-toto, and the type of the artifact that it is. */
export const statementType = 'application/vnd.in-toto+json';

/** What kind of statement it is: https://slsa.dev/spec/v1.0/provenance */
export const provenanceType = 'https://slsa.dev/provenance/v1';

/** Who built an image, and when. */
export interface BuildRun {
  /** Who is believed when the statement is: a workflow of a CI, or a machine of one's own. */
  builder: string;
  /** The run of the CI. */
  invocation?: string;
  /** ISO 8601; absent where the image was there already, and is stated by its key alone. */
  startedAt?: string;
  endedAt?: string;
}

/** What an image was built from, as SLSA's provenance in a statement of in-toto about its digest. */
export interface ProvenanceStatement {
  _type: 'https://in-toto.io/Statement/v1';
  subject: { name: string; digest: { sha256: string } }[];
  predicateType: typeof provenanceType;
  predicate: ReturnType<typeof predicateOf>;
}

/**
 * The statement about an image of a plan. Whatever it says follows from the plan, whose key the image carries as a
 * label; nothing in it comes from the environment, from the settings of pip and uv, or from a URL's log-in.
 */
export function provenance(plan: ImagePlan, digest: string, run: BuildRun): ProvenanceStatement {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: fullName(plan.repository), digest: digestSet(digest) }],
    predicateType: provenanceType,
    predicate: predicateOf(plan, run),
  };
}

function predicateOf(plan: ImagePlan, run: BuildRun) {
  const call = imageCall(plan);
  return {
    buildDefinition: {
      buildType: 'urn:slipway:build:image:v1',
      externalParameters: {
        project: plan.project,
        architecture: plan.architecture,
        target: plan.kind,
        ...(call && {
          platform: call.platform,
          dockerfile: dockerfileOf(call),
          arguments: argumentsOf(call),
        }),
      },
      internalParameters: { key: plan.key, keyTag: plan.keyTag },
      resolvedDependencies: dependencies(plan),
    },
    runDetails: {
      builder: { id: run.builder },
      ...((run.invocation || run.startedAt) && {
        metadata: {
          ...(run.invocation && { invocationId: run.invocation }),
          ...(run.startedAt && { startedOn: run.startedAt }),
          ...(run.endedAt && { finishedOn: run.endedAt }),
        },
      }),
    },
  };
}

type Call = NonNullable<ReturnType<typeof imageCall>>;

const dockerfileOf = ({ dockerfile: { path, text } }: Call) => ({ path, digest: { sha256: sha256(text) } });

/** Images are dependencies, with their digests, and the date of all files is no parameter of anyone's. */
function argumentsOf({ arguments: given }: Call): Record<string, string> {
  const told = Object.entries(given).filter(
    ([name]) => !name.endsWith('_IMAGE') && name !== 'SOURCE_DATE_EPOCH',
  );
  return Object.fromEntries(
    told.map(([name, value]) => [name, isSecretVariable(name) ? '***' : withoutLogins(value)]),
  );
}

interface Dependency {
  uri?: string;
  /** Absent: what is kept under a tag that holds its build key, such as a compiled wheel. */
  digest?: Record<string, string>;
  name?: string;
}

/** Source trees by their commit, images by their digest, files that are fetched by their hash. */
function dependencies(plan: ImagePlan): Dependency[] {
  const sources = (plan.sources ?? []).flatMap(({ path, git }): Dependency[] => {
    const origin = publicUrl(git?.origin ?? null);
    // What goes in with changes is not what the commit holds.
    if (git === null || git.dirty) return [];
    const uri = origin === null ? {} : { uri: `git+${origin}@${git.branch}` };
    return [{ name: path, ...uri, digest: { gitCommit: git.commit } }];
  });
  // What helper images are made of is not told: whether one has to be made differs from run to run.
  const call = imageCall(plan);
  const images = new Map(
    Object.values(call?.images ?? {})
      .map(imageDependency)
      .map(keyed),
  );
  const files = Object.values(call?.contexts ?? {}).flatMap(({ downloads = [] }) =>
    downloads.map(
      ({ name, url, sha256 }): Dependency => ({ name, uri: withoutLogins(url), digest: { sha256 } }),
    ),
  );
  return [...sources, ...images.values(), ...new Map(files.map(keyed)).values()];
}

const keyed = (dependency: Dependency) => [dependency.uri ?? '', dependency] as const;

function imageDependency(reference: string): Dependency {
  const { digest, ...place } = parseReference(reference);
  const { registry, repository, tag } = place;
  const name = repository.split('/').at(-1) ?? repository;
  const at = new URLSearchParams({ repository_url: `${registry}/${repository}`, ...(tag && { tag }) });
  return {
    name: formatReference({ ...place, digest: null }),
    uri: `pkg:oci/${name}${digest === null ? '' : `@${encodeURIComponent(digest)}`}?${at}`,
    ...(digest !== null && { digest: digestSet(digest) }),
  };
}

/** A URL as everyone may read it, wherever in a text it stands: without user, password and query. */
const withoutLogins = (text: string): string =>
  text.replace(/[a-z][a-z0-9+.-]*:\/\/\S+/gi, (url) => publicUrl(url) ?? '');

function fullName(repository: string): string {
  const { registry, repository: path } = parseReference(repository);
  return `${registry}/${path}`;
}

const digestSet = (digest: string) => ({ sha256: digest.replace(/^sha256:/, '') });

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * Who builds, by the variables that GitHub sets in every job
 * (https://docs.github.com/en/actions/reference/workflows-and-actions/variables); elsewhere a machine of one's own.
 */
export function buildRun(env: Readonly<Record<string, string | undefined>>): BuildRun {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_WORKFLOW_REF: workflow } = env;
  if (!server || !repository || !workflow) return { builder: 'urn:slipway:builder:local' };
  const run = `${server}/${repository}/actions/runs/${env.GITHUB_RUN_ID}/attempts/${env.GITHUB_RUN_ATTEMPT}`;
  return { builder: `${server}/${workflow}`, invocation: run };
}
