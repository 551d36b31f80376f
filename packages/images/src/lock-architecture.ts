import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Architecture } from '@slipway/contract';
import { writeWhole } from '@slipway/effects';
import { build, type Surroundings } from './build.ts';
import type { Workspace } from './build-images.ts';
import { planCall } from './call.ts';
import { lockPath, nativeLockPath } from './inputs.ts';
import { lockHeader, lockRequest } from './lock-request.ts';
import { planTools } from './plan-base.ts';
import { recordFolder } from './record.ts';

/**
 * Resolves one architecture and writes its lock, as a whole or not at all. Versions that the present lock holds stay
 * unless something asks for others, or `upgrade` is given.
 * @returns the lock's path.
 */
export async function lockArchitecture(
  { inputs, doors }: Workspace,
  architecture: Architecture,
  around: Surroundings,
  { upgrade = false }: { upgrade?: boolean } = {},
): Promise<string> {
  const request = lockRequest(architecture, inputs.pyproject.text, inputs.pyproject.file);
  const lines = (values: string[]) => values.map((value) => `${value}\n`).join('');
  const present = inputs.locks[architecture.name]?.requirements;
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
          ...(present !== undefined && !upgrade && { 'requirements.lock': present }),
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
    const resolved = readFileSync(join(product, 'requirements.lock'), 'utf8');
    const native = readFileSync(join(product, 'native.lock'), 'utf8');
    if (native !== '') writeWhole(join(around.root, nativeLockPath(architecture.name)), native);
    else rmSync(join(around.root, nativeLockPath(architecture.name)), { force: true });
    writeWhole(join(around.root, lockPath(architecture.name)), `${lockHeader(request)}\n${resolved}`);
    return lockPath(architecture.name);
  } finally {
    rmSync(product, { recursive: true, force: true });
  }
}
