import { type Architecture, normalizePythonName, type Problem, parsePyproject } from '@slipway/contract';
import { devLockPath } from './inputs.ts';
import { type LockedPackage, readLock } from './lock.ts';
import { type LockRequest, lockHeader, lockRequest } from './lock-request.ts';
import type { PlanInputs } from './plan.ts';

/** The application's optional dependencies that one works on it with. */
const devExtra = 'dev';

/**
 * What the resolver is asked for the extra `dev` of one architecture: everything, with the versions of its lock as
 * constraints, so that what is worked with here is what trains there.
 * @param requirements text of the architecture's requirements.lock.
 * @returns null when the application has no such extra, or the lock holds it already.
 * @throws Failure as `lockRequest`.
 */
export function devLockRequest(
  architecture: Architecture,
  pyproject: string,
  file: string,
  requirements: string,
): LockRequest | null {
  const { optionalDependencies } = parsePyproject(pyproject, file);
  const isDev = (extra: string) => normalizePythonName(extra) === devExtra;
  if (!Object.keys(optionalDependencies).some(isDev) || architecture.extras.some(isDev)) return null;
  const extras = [...architecture.extras, devExtra];
  return {
    ...lockRequest({ ...architecture, extras }, pyproject, file),
    constraints: readLock(requirements).map(pinOf),
    native: [],
  };
}

/** Lock of the extra `dev`: of what was resolved, everything that the architecture's lock does not install already. */
export function devLock(request: LockRequest, resolved: string, requirements: string): string {
  const there = new Set(readLock(requirements).map(pinOf));
  const entries = readLock(resolved)
    .filter((each) => !there.has(pinOf(each)))
    .map(({ text, via }) =>
      [text.replace(/\s*\\$/, ''), ...via.map((name) => `    # via ${name}`)].join('\n'),
    );
  return `${[lockHeader(request), ...entries].join('\n')}\n`;
}

/** Whether an architecture has a lock of the extra `dev` that follows from its own lock and from pyproject.toml. */
export function checkDevLock(
  { locks, pyproject }: Pick<PlanInputs, 'locks' | 'pyproject'>,
  architecture: Architecture,
): Problem | undefined {
  const { requirements = '', dev } = locks[architecture.name] ?? {};
  const request = devLockRequest(architecture, pyproject.text, pyproject.file, requirements);
  if (request === null || dev?.split('\n', 1)[0] === lockHeader(request)) return undefined;
  const where = { file: devLockPath(architecture.name) };
  const remedy = `make it and commit it: npx nx run base-${architecture.name}:lock`;
  return dev === undefined
    ? {
        code: 'lock-missing',
        where,
        message: `the extra ${devExtra} of ${architecture.name} has no lock`,
        remedy,
      }
    : {
        code: 'lock-stale',
        where,
        message: `${pyproject.file}, ${architecture.file} or requirements.lock is another than when this lock was made`,
        remedy,
      };
}

/** `numpy==2.3.0 ; python_version < '3.13'`: an entry without its hashes. */
const pinOf = ({ text }: LockedPackage): string => (text.split('\n', 1)[0] ?? '').replace(/\s*\\$/, '');
