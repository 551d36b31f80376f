import { randomBytes } from 'node:crypto';
import { Failure } from '@slipway/contract';
import { type BuildEngine, tryRun } from '@slipway/effects';
import type { SmokeCheck } from './smoke-checks.ts';

/** How a check's container ended. */
export interface CheckResult {
  seconds: number;
  /** Undefined: it did what it should. */
  problem: string | undefined;
}

/**
 * Starts an image as a check says and waits for the container's end, which nothing outlives: not a check that takes too
 * long, not Ctrl-C. Making it and removing it are calls of their own that no signal reaches, because a `docker run` that is
 * stopped while it begins can leave a container that nobody knows of.
 * @param limitSeconds how long it may take.
 * @throws Failure `interrupted` when `signal` was raised.
 */
export async function runCheck(
  image: string,
  check: SmokeCheck,
  engine: BuildEngine,
  limitSeconds: number,
  signal: AbortSignal | undefined,
): Promise<CheckResult> {
  if (signal?.aborted) throw interrupted(check.name);
  const name = `slipway-smoke-${randomBytes(6).toString('hex')}`;
  const apart = { detached: true, timeoutMs: 60_000 };
  const started = performance.now();
  const result = (problem: string | undefined) => ({
    seconds: Math.round(performance.now() - started) / 1000,
    problem,
  });
  let limit: AbortSignal | undefined;
  try {
    const made = await tryRun(
      engine.docker(['create', `--name=${name}`, ...check.options, image, ...check.words], apart),
    );
    if (made.exitCode !== 0) return result(lastLine(made.stderr));
    limit = AbortSignal.timeout(limitSeconds * 1000);
    const { exitCode, stdout, stderr } = await tryRun(
      engine.docker(['start', '--attach', name], {
        signal: AbortSignal.any([limit, ...(signal ? [signal] : [])]),
        // The container is killed below, so docker has nothing to end in order.
        patienceMs: 1000,
      }),
    );
    return result(check.problem({ exitCode, stdout: stdout.trim(), stderr: stderr.trim() }));
  } catch (error) {
    if (signal?.aborted || !limit?.aborted) throw error;
    return result(`did not end within ${limitSeconds} s and was stopped; --timeout=<seconds> allows more`);
  } finally {
    await tryRun(engine.docker(['rm', '--force', '--volumes', name], apart));
  }
}

function interrupted(check: string): Failure {
  return new Failure({
    code: 'interrupted',
    message: `${check} was not started`,
    remedy: 'start the same command again',
  });
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
