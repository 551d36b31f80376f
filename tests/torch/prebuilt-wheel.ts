import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { readMachine } from '@slipway/effects';
import { expect } from 'vitest';
import type { ThrowawayWorkspace } from '../engine/throwaway-workspace.ts';

// Its name says what it fits; the hash stands in its definition as a person would write it.
const file = 'flash_attn-2.7.4.post1-cp313-cp313-linux_x86_64.whl';
const path = resolve(import.meta.dirname, '../../../shared/wheels', file);
const url = `https://example.org/${file}`;
export const wheelHash = 'bb64556a087ccc3fc7c9e96b1e8763012a1a97fa6a061dfc5254e7d20a316b7c';

/**
 * Whether a compiled flash-attention wheel lies beside the repository, and the sandbox stands in for the OS image, whose
 * Python 3.13 the wheel is for.
 */
export const wheelFits =
  existsSync(path) && Object.keys(readMachine(resolve(import.meta.dirname, '../..')).substitutes).length > 0;

/** Has a workspace take flash-attention of ampere from that wheel, as one takes it from a release of its makers. */
export async function takePrebuiltWheel(workspace: ThrowawayWorkspace): Promise<void> {
  workspace.edit('architectures/ampere/architecture.toml', (text) =>
    text.replace(/^from = .*$/m, `from = { url = "${url}", sha256 = "${wheelHash}" }`),
  );
  workspace.changeMachine((machine) => {
    machine.mirrors = { ...machine.mirrors, [url]: path };
  });
  await lock(workspace);
}

/** Has ampere do without: compiling it takes hours. */
export async function withoutFlashAttention(workspace: ThrowawayWorkspace): Promise<void> {
  workspace.edit('architectures/ampere/architecture.toml', (text) =>
    text.replace(/\n\[flash_attention\][\s\S]*$/, '\n'),
  );
  await lock(workspace);
}

async function lock(workspace: ThrowawayWorkspace): Promise<void> {
  const { exitCode, stdout, stderr } = await workspace.nx('run', 'base-ampere:lock');
  expect(exitCode, stdout + stderr).toBe(0);
}
