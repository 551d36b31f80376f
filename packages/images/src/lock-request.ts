import { createHash } from 'node:crypto';
import {
  type Architecture,
  Failure,
  normalizePythonName,
  type Problem,
  parsePyproject,
} from '@slipway/contract';
import { declaredRequirements } from './declared-requirements.ts';
import { lockPath } from './inputs.ts';
import { canonicalJson } from './key.ts';
import type { PlanInputs } from './plan.ts';

/** What the resolver is asked for one architecture. */
export interface LockRequest {
  /** Everything the image has to hold, as requirements. */
  requirements: string[];
  /** What must be exactly so wherever it is asked for. */
  constraints: string[];
  /** The lowest Python minor; the lock holds from there upwards. */
  python: string;
  /** Source distributions that we compile ourselves. */
  native: string[];
}

/**
 * Derives the request from the two places where a person writes: the application's pyproject.toml and the architecture.
 * Only what it declares as dependencies counts, so that no other table of pyproject.toml makes a lock stale.
 * @param pyproject text of the application's pyproject.toml, `file` its path for problems.
 * @throws Failure `definition-rule` when an extra is not there, and when pyproject.toml cannot be read.
 */
export function lockRequest(architecture: Architecture, pyproject: string, file: string): LockRequest {
  const declared = parsePyproject(pyproject, file);
  const there = Object.keys(declared.optionalDependencies);
  const known = new Set(there.map(normalizePythonName));
  const missing = architecture.extras.filter((extra) => !known.has(normalizePythonName(extra)));
  if (missing.length > 0) {
    throw new Failure(
      missing.map((extra) => ({
        code: 'definition-rule' as const,
        where: { file: architecture.file },
        message: `extras: ${file} has no optional dependencies named ${extra}; it has ${there.join(', ') || 'none'}`,
        remedy: `add [project.optional-dependencies] ${extra} to ${file}, or take it out of extras`,
      })),
    );
  }
  const { torch, flashAttention, python } = architecture;
  const pinned = torch?.wheels.map(({ url, sha256 }) => `torch @ ${url}#sha256=${sha256}`) ?? [];
  return {
    requirements: [
      ...declaredRequirements(declared, architecture.extras, file),
      ...(torch ? ['torch'] : []),
      // flash-attention's own wheel is not in the lock, what it imports is.
      ...(flashAttention ? ['einops'] : []),
    ],
    constraints: torch ? (pinned.length > 0 ? pinned : [`torch==${torch.version}`]) : [],
    python,
    native: flashAttention?.from === 'build' ? [`flash-attn==${flashAttention.version}`] : [],
  };
}

/** First line of a lock: tells, without resolving anything, whether it was made for today's request. */
export function lockHeader(request: LockRequest): string {
  const digest = createHash('sha256')
    .update(canonicalJson({ ...request }))
    .digest('hex');
  return `# Made by nx run base-images:lock for request sha256:${digest}; change pyproject.toml or architecture.toml, not this.`;
}

/** Whether an architecture has a lock that was made for today's request, answered without resolving anything. */
export function checkLock(
  { locks, pyproject }: Pick<PlanInputs, 'locks' | 'pyproject'>,
  architecture: Architecture,
): Problem | undefined {
  const lock = locks[architecture.name]?.requirements;
  const where = { file: lockPath(architecture.name) };
  const remedy = `make it and commit it: npx nx run base-${architecture.name}:lock`;
  if (lock === undefined) {
    return {
      code: 'lock-missing',
      where,
      message: `the architecture ${architecture.name} has no lock`,
      remedy,
    };
  }
  if (lock.split('\n', 1)[0] === lockHeader(lockRequest(architecture, pyproject.text, pyproject.file)))
    return undefined;
  const message = `${pyproject.file} or ${architecture.file} asks for something else than when this lock was made`;
  return { code: 'lock-stale', where, message, remedy };
}
