import type { Problem, ProblemCode } from '@slipway/contract';
import type { HostFacts } from '../facts/host-facts.ts';
import type { PathFacts } from '../facts/path-facts.ts';
import type { PrivateKeyFacts } from '../facts/private-key.ts';
import type { RunPlan } from '../plan/run-plan.ts';

/** What checks are told; nothing here is looked up by a check itself. */
export interface CheckFacts {
  host: HostFacts;
  /** Whether the host is this machine, so that its folders can be looked at. */
  here: boolean;
  /** Whether the plan is only shown, so that nothing is recorded. */
  dry?: boolean;
  /** Whoever calls on this machine, and which permissions are left out of what they make. */
  caller: { uid: number; gid: number; umask: number };
  /** Paths of this machine that the plan names. */
  paths: Readonly<Record<string, PathFacts>>;
  /** The link on the way to the rclone configuration that leads nowhere in the container; null or absent: there is none. */
  rcloneLink?: string | null;
  /** The SSH key of the plan; absent: it could not be read, or there is none. */
  privateKey?: PrivateKeyFacts;
  /** Names of variables that the caller has, and of those among them that hold nothing. */
  variables: readonly string[];
  emptyVariables?: readonly string[];
  /** Why the version was withdrawn, or why that cannot be told; null: it was not. */
  yanked: Yanked | { unasked: string } | null;
  /** Why nobody should start with the image's architecture any more; null: nobody says so; absent: nobody was asked. */
  deprecated?: string | null;
  /** Why the registry could not be asked for the image, which is the engine's own; null or absent: nothing of that kind. */
  unasked?: string | null;
  /** The images of the same version for other architectures. */
  siblings: readonly { tag: string; computeCapabilities: readonly string[] }[];
  /** Whether the engine has the image already. */
  imagePresent: boolean;
  /** The folder that runs are recorded in; absent: nobody looked at it. */
  records?: { folder: string; found: PathFacts };
  /** The run that writes into the output folder now, or into one in or above it; null: none does. */
  busy: BusyRun | null;
}

/** A run that is under way, and the folder that it writes into. */
export interface BusyRun {
  id: string;
  folder: string;
}

/** A version that should not be used any more. */
export interface Yanked {
  version: string;
  reason: string;
  at: string;
}

/** What one check found. */
export interface Finding {
  check: string;
  severity: 'ok' | 'warning' | 'error';
  found: string;
  /** For what is not ok. */
  code?: ProblemCode;
  remedy?: string;
}

/** One thing that is looked at; null as the plan: at the host alone, for `doctor`, or where nothing is known of the image. */
export interface Check {
  name: string;
  /** Whether the check can be overruled with --force. */
  forcible: boolean;
  /** Whether it can say nothing of a run whose image is not known. */
  needsImage?: boolean;
  look(plan: RunPlan | null, facts: CheckFacts): Omit<Finding, 'check'>[];
}

/** Findings that stop a run, as problems; each says how it can be overruled. */
export function refusals(findings: readonly Finding[], checks: readonly Check[]): Problem[] {
  return findings
    .filter(({ severity }) => severity === 'error')
    .map(({ check, code = 'bug', found, remedy = '' }) => ({
      code,
      message: found,
      remedy: checks.find(({ name }) => name === check)?.forcible
        ? `${remedy}; to start all the same: --force ${check}`
        : remedy,
    }));
}
