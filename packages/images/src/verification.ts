import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '@slipway/contract';
import type { BuildEngine } from '@slipway/effects';
import prettyBytes from 'pretty-bytes';
import { z } from 'zod';
import { build, type Surroundings } from './build.ts';
import type { BuildCall, ImagePlan } from './plan.ts';

const verificationSchema = z.object({
  /** Its version, such as 3.12.3. */
  python: z.string(),
  problems: z.array(z.object({ check: z.string(), message: z.string() })),
  /** Of each check. */
  seconds: z.record(z.string(), z.number()),
  /** Bytes on disk of each stage that the image is made of. */
  stages: z.record(z.string(), z.number()),
  /** Installed distributions with their bytes on disk. */
  packages: z.array(z.object({ name: z.string(), version: z.string(), bytes: z.number() })),
  /** The distribution, as /etc/os-release names it, and its installed packages; absent where a workspace's own check has none. */
  system: z
    .object({
      id: z.string(),
      version: z.string(),
      packages: z.array(
        z.object({
          name: z.string(),
          version: z.string(),
          architecture: z.string(),
          /** The source package that it was built from; absent in what was found before these were read. */
          source: z.string().optional(),
          source_version: z.string().optional(),
        }),
      ),
    })
    .optional(),
});

/** What the verification found in a finished base image, and what it measured there. */
export type Verification = z.infer<typeof verificationSchema>;

/**
 * Builds an image as far as its stage `verify`, and reads what that found.
 * @throws Failure of the build, or `dockerfile-invalid` when the stage leaves no report.
 */
export async function verify(
  call: BuildCall,
  engine: BuildEngine,
  log: string,
  around: Surroundings & { project: string },
): Promise<Verification> {
  const product = mkdtempSync(join(tmpdir(), 'slipway-verify-'));
  try {
    await build(call, engine, log, around, product);
    return readVerification(join(product, 'verification.json'), call.dockerfile.path);
  } finally {
    rmSync(product, { recursive: true, force: true });
  }
}

function readVerification(path: string, dockerfile: string): Verification {
  try {
    return verificationSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new Failure({
      code: 'dockerfile-invalid',
      where: { file: dockerfile },
      message: `the stage verify leaves no /verification.json that can be read: ${(error as Error).message.split('\n')[0]}`,
      remedy: 'let it be FROM scratch with that file alone, as in the Dockerfile that comes with Slipway',
    });
  }
}

/**
 * Refuses a base that does not hold what it promises, or holds more than it may.
 * @throws Failure `verification-failed` with everything that was found, or `limit-exceeded`.
 */
export function checkVerification(plan: ImagePlan, found: Verification): void {
  if (found.problems.length > 0) {
    throw new Failure(
      found.problems.map(({ check, message }) => ({
        code: 'verification-failed' as const,
        message: `${plan.project}: ${check}: ${message}`,
        remedy: `correct architectures/${plan.architecture}/architecture.toml or the dependencies, then build again; no tag was written`,
      })),
    );
  }
  const { limit } = plan;
  const bytes = diskBytes(found);
  if (limit === null || bytes <= limit.bytes) return;
  const largest = found.packages
    .slice(0, 5)
    .map((each) => `${each.name} ${each.version} (${prettyBytes(each.bytes)})`);
  throw new Failure({
    code: 'limit-exceeded',
    where: { file: 'slipway.toml' },
    message: `${plan.project} takes ${prettyBytes(bytes)} on disk, ${limit.name} allows ${prettyBytes(limit.bytes)}; the largest packages are ${largest.join(', ')}`,
    remedy: `take out what is not needed, or raise limits.${limit.name}`,
  });
}

/** Bytes on disk of a whole base image. */
export const diskBytes = ({ stages }: Pick<Verification, 'stages'>): number =>
  Object.values(stages).reduce((sum, bytes) => sum + bytes, 0);
