import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Architecture, Failure } from '@slipway/contract';
import { build, type Surroundings } from './build.ts';
import type { Workspace } from './build-images.ts';
import { lockPath } from './inputs.ts';
import { lockHeader, lockRequest } from './lock-request.ts';
import { type BuildCall, planTools } from './plan.ts';
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
  if (inputs.pyproject === null) {
    throw new Failure({
      code: 'lock-missing',
      where: { file: 'slipway.toml' },
      message: 'the application is not a folder of this workspace, so its dependencies cannot be read',
      remedy: 'check the application out and name its folder as application.source',
    });
  }
  const request = lockRequest(architecture, inputs.pyproject.text, inputs.pyproject.file);
  const lines = (values: string[]) => values.map((value) => `${value}\n`).join('');
  const present = inputs.locks[architecture.name];
  const tools = planTools(inputs, architecture).call;
  const call: BuildCall = {
    ...tools,
    target: 'lock',
    // The resolver's answer depends on what the package index holds today, which no layer cache can know.
    arguments: { ...tools.arguments, PYTHON_VERSION: request.python, RESOLVED_AT: doors.now().toISOString() },
    contexts: {
      main: {
        files: [],
        texts: {
          'requirements.in': lines(request.requirements),
          'constraints.txt': lines(request.constraints),
          ...(present !== undefined && !upgrade && { 'requirements.lock': present }),
        },
      },
    },
  };
  const product = mkdtempSync(join(tmpdir(), 'slipway-lock-'));
  try {
    const log = join(around.root, recordFolder, `lock-${architecture.name}.log`);
    await build(call, await doors.engine(), log, around, product);
    const path = lockPath(architecture.name);
    const resolved = readFileSync(join(product, 'requirements.lock'), 'utf8');
    writeFileSync(join(around.root, `${path}.part`), `${lockHeader(request)}\n${resolved}`);
    renameSync(join(around.root, `${path}.part`), join(around.root, path));
    return path;
  } finally {
    rmSync(product, { recursive: true, force: true });
  }
}
