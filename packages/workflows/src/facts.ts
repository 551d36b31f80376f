import { type Definition, isLocal, parseReference } from '@slipway/contract';

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
}

/** What the generator reads of a workspace's `package.json`. */
export interface PackageJson {
  scripts?: Record<string, string>;
}

/** The facts of a workspace, from its definition and its `package.json`. */
export function workflowFacts(definition: Definition, packageJson: PackageJson): WorkflowFacts {
  const { base, runtime } = definition.repositories;
  const hosts = [base, runtime].map((repository) => parseReference(repository).registry);
  return {
    branch: definition.release.branch,
    architectures: definition.architectures.map(({ name }) => name),
    registries: [...new Set(hosts)].filter((host) => !isLocal(host)).sort(),
    buildkitReserveBytes: definition.limits.buildkitReserveBytes,
    publishTimeMs: definition.limits.publishTimeMs,
    scripts: ['lint', 'typecheck', 'test'].filter((name) => isWritten(packageJson.scripts?.[name])),
  };
}

/** `npm init` writes a `test` that always fails; nobody meant it. */
function isWritten(script: string | undefined): boolean {
  return script !== undefined && !script.includes('no test specified');
}
