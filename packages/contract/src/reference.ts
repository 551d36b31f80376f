import { Failure } from './problem.ts';

/** The parts of an image reference, complete: nothing is left to a default except tag and digest. */
export interface ImageReference {
  /** Host with optional port; `docker.io` when the text names none. */
  registry: string;
  /** As the registry's API wants it: Docker Hub's official images are `library/<name>`. */
  repository: string;
  tag: string | null;
  /** `sha256:` and 64 hexadecimal digits. */
  digest: string | null;
}

// Source: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const repositoryPattern = new RegExp(`^${component}(?:/${component})*$`);
export const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const digestPattern = /^sha256:[0-9a-f]{64}$/;
const hostPattern =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?$/;

/** Whether a registry takes the text as a tag. */
export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/** Whether the text is a repository, with or without a registry's host, and without tag or digest. */
export function isRepository(text: string): boolean {
  const reference = readReference(text);
  return reference !== null && reference.tag === null && reference.digest === null;
}

/** Reads `ubuntu`, `polli-labs/linnaeus:dev`, `localhost:5000/a/b@sha256:...`. Throws Failure `reference-malformed`. */
export function parseReference(text: string): ImageReference {
  const reference = readReference(text);
  if (reference !== null) return reference;
  throw malformed(text, 'reference-malformed');
}

/** Holds what a command was called with against that form. Throws Failure `usage`. */
export function requireReference(text: string): void {
  if (readReference(text) === null) throw malformed(text, 'usage');
}

function malformed(text: string, code: 'reference-malformed' | 'usage'): Failure {
  return new Failure({
    code,
    message: `"${text}" is not an image reference`,
    remedy:
      'Give [host[:port]/]repository[:tag][@sha256:...] in lower case, for example polli-labs/linnaeus:dev.',
  });
}

/** The shortest text that means the same: without `docker.io/` and `library/`. */
export function formatReference(reference: ImageReference): string {
  const { registry, repository, tag, digest } = reference;
  const official = registry === dockerHub && /^library\/[^/]+$/.test(repository);
  const name = official ? repository.slice('library/'.length) : repository;
  return [
    registry === dockerHub ? name : `${registry}/${name}`,
    tag === null ? '' : `:${tag}`,
    digest === null ? '' : `@${digest}`,
  ].join('');
}

/** The host that answers a registry's API requests. */
export function registryApiHost(registry: string): string {
  return registry === dockerHub ? 'registry-1.docker.io' : registry;
}

const dockerHub = 'docker.io';

function readReference(text: string): ImageReference | null {
  const [named = '', digest = null, ...moreDigests] = text.split('@');
  if (moreDigests.length > 0 || (digest !== null && !digestPattern.test(digest))) return null;

  const slash = named.indexOf('/');
  const first = slash === -1 ? '' : named.slice(0, slash);
  // The same test as Docker's: a first part without dot, port or 'localhost' belongs to the repository.
  const hasHost = first === 'localhost' || /[.:[]/.test(first);
  const host = hasHost ? first : dockerHub;
  const rest = hasHost ? named.slice(slash + 1) : named;

  const colon = rest.lastIndexOf(':');
  const path = colon === -1 ? rest : rest.slice(0, colon);
  const tag = colon === -1 ? null : rest.slice(colon + 1);
  if (!hostPattern.test(host) || !repositoryPattern.test(path) || (tag !== null && !isTag(tag))) return null;
  // A registry refuses longer names, whatever their parts.
  if (path.length > 255) return null;

  const registry = host === 'index.docker.io' ? dockerHub : host;
  const repository = registry === dockerHub && !path.includes('/') ? `library/${path}` : path;
  return { registry, repository, tag, digest };
}
