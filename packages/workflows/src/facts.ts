import {
  type Definition,
  findPackageManager,
  isLocal,
  type NeededPackages,
  parseReference,
  slipwayLocks,
  workflowManager,
} from '@slipway/contract';
import { isOurs, ownChecksPath } from './paths.ts';

/** Everything that workflows depend on, and nothing else. */
export interface WorkflowFacts {
  /** The branch that releases are made from. */
  branch: string;
  /** Names of the architectures, sorted. */
  architectures: readonly string[];
  /** Hosts of the registries that a runner logs in to, sorted; those of this machine want no log-in. */
  registries: readonly string[];
  /** Bytes that BuildKit may keep as its cache on a runner. */
  buildkitReserveBytes: number;
  /** Milliseconds that a publish may take. */
  publishTimeMs: number;
  /** The npm scripts among `lint`, `typecheck` and `test` that the workspace has, in this order. */
  scripts: readonly string[];
  /** By what images are signed; null: not at all, as far as the definition says. */
  signing: 'key' | 'keyless' | null;
  /** Hosts that source trees are fetched from over SSH, sorted. */
  sshHosts: readonly string[];
  /** Files that change with the release of Slipway that is installed; none: its packages are the workspace's own. */
  slipwayLocks: readonly string[];
  /** What installs the packages on a runner. */
  packageManager: ReturnType<typeof workflowManager>;
  /** Name of the workflow with the checks: `ci`, unless somebody has a file of that name. */
  checks: 'ci' | 'slipway-ci';
}

/** What the generator reads of a workspace's `package.json`. */
export interface PackageJson extends NeededPackages {
  scripts?: Record<string, string>;
}

/** What lies in a workspace beside its definition. */
export interface Surroundings {
  /** Texts of the workflows that are there, by path. */
  found?: Readonly<Record<string, string>>;
  /** Whether git has a file or would take it, by its name at the root. */
  isThere?: (file: string) => boolean;
}

/** The facts of a workspace, from its definition, its `package.json`, and what lies beside them. */
export function workflowFacts(
  { repositories, release, architectures, limits, supplyChain, application }: Definition,
  packageJson: PackageJson,
  { found = {}, isThere = () => false }: Surroundings = {},
): WorkflowFacts {
  const hosts = [repositories.base, repositories.runtime].map((each) => parseReference(each).registry);
  const { sign } = supplyChain;
  const own = found[ownChecksPath];
  return {
    branch: release.branch,
    architectures: architectures.map(({ name }) => name),
    registries: [...new Set(hosts)].filter((host) => !isLocal(host)).sort(),
    buildkitReserveBytes: limits.buildkitReserveBytes,
    publishTimeMs: limits.publishTimeMs,
    scripts: ['lint', 'typecheck', 'test'].filter((name) => isWritten(packageJson.scripts?.[name])),
    signing: sign === 'never' ? null : sign,
    sshHosts: [...new Set([application, ...application.companions].flatMap(sshHost))].sort(),
    slipwayLocks: slipwayLocks(packageJson, isThere),
    packageManager: workflowManager(findPackageManager(packageJson, isThere)),
    checks: own === undefined || isOurs(own) ? 'ci' : 'slipway-ci',
  };
}

/** `npm init` writes a `test` that always fails; nobody meant it. */
function isWritten(script: string | undefined): boolean {
  return script !== undefined && !script.includes('no test specified');
}

/** The host of a source tree that git fetches over SSH: `ssh://git@host:22/path` or `git@host:path`. */
function sshHost({ source }: Pick<Definition['application'], 'source'>): string[] {
  if (source.kind !== 'git') return [];
  const [, host] = /^(?:ssh:\/\/(?:[^@/]+@)?|git@)([^:/]+)/.exec(source.url) ?? [];
  return host === undefined ? [] : [host];
}
