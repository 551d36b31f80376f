import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Architecture } from '@slipway/contract';
import { writeWhole } from '@slipway/effects';
import { build, type Surroundings } from './build.ts';
import type { Workspace } from './build-images.ts';
import { planCall } from './call.ts';
import { devLock, devLockRequest } from './dev-lock.ts';
import { devLockPath, lockPath, nativeLockPath } from './inputs.ts';
import { type LockRequest, lockHeader, lockRequest } from './lock-request.ts';
import { planTools } from './plan-base.ts';
import { recordFolder } from './record.ts';

/**
 * Resolves one architecture and writes its lock, as a whole or not at all, and then that of the extra `dev`. Versions that the present lock holds stay
 * unless something asks for others, or `upgrade` is given.
 * @returns the lock's path.
 */
export async function lockArchitecture(
  { inputs, doors }: Workspace,
  architecture: Architecture,
  around: Surroundings,
  { upgrade = false }: { upgrade?: boolean } = {},
): Promise<string> {
  const { text, file } = inputs.pyproject;
  const present = inputs.locks[architecture.name];
  const request = lockRequest(architecture, text, file);
  const resolve = (asked: LockRequest, kept: string | undefined) =>
    resolveRequest({ inputs, doors }, architecture, asked, kept, around);
  const { requirements, native } = await resolve(request, upgrade ? undefined : present?.requirements);
  const path = (at: string) => join(around.root, at);
  if (native !== '') writeWhole(path(nativeLockPath(architecture.name)), native);
  else rmSync(path(nativeLockPath(architecture.name)), { force: true });
  writeWhole(path(lockPath(architecture.name)), `${lockHeader(request)}\n${requirements}`);
  // The versions of the lock above are given, so that this one only adds to it.
  const dev = devLockRequest(architecture, text, file, requirements);
  if (dev === null) rmSync(path(devLockPath(architecture.name)), { force: true });
  else {
    const resolved = await resolve(dev, upgrade ? undefined : present?.dev);
    writeWhole(path(devLockPath(architecture.name)), devLock(dev, resolved.requirements, requirements));
  }
  return lockPath(architecture.name);
}

/** Lets the same uv and Python resolve a request that install what comes of it. */
async function resolveRequest(
  { inputs, doors }: Pick<Workspace, 'inputs' | 'doors'>,
  architecture: Architecture,
  request: LockRequest,
  kept: string | undefined,
  around: Surroundings,
): Promise<{ requirements: string; native: string }> {
  const lines = (values: string[]) => values.map((value) => `${value}\n`).join('');
  const tools = planTools(inputs).call;
  const call = planCall(inputs.dockerfiles.base, 'lock', {
    platform: inputs.platform,
    // The resolver's answer depends on what the package index holds today, which no layer cache can know.
    arguments: { ...tools.arguments, PYTHON_VERSION: request.python, RESOLVED_AT: doors.now().toISOString() },
    contexts: {
      ...tools.contexts,
      request: {
        files: [],
        texts: {
          'requirements.in': lines(request.requirements),
          'constraints.txt': lines(request.constraints),
          'native.in': lines(request.native),
          ...(kept !== undefined && { 'requirements.lock': kept }),
        },
      },
    },
    images: tools.images,
  });
  const product = mkdtempSync(join(tmpdir(), 'slipway-lock-'));
  try {
    const log = join(around.root, recordFolder, `lock-${architecture.name}.log`);
    await build(
      call,
      await doors.engine(),
      log,
      { ...around, project: `base-${architecture.name}` },
      product,
    );
    return {
      requirements: readFileSync(join(product, 'requirements.lock'), 'utf8'),
      native: readFileSync(join(product, 'native.lock'), 'utf8'),
    };
  } finally {
    rmSync(product, { recursive: true, force: true });
  }
}
