import {
  asFailure,
  type ContainerEngine,
  type ContainerState,
  type EngineName,
  openContainerEngine,
  readMachine,
} from '@slipway/effects';
import { findWorkspace } from '../facts/workspace.ts';
import { type RunRecord, readRunRecord, readRunRecords, runFolder } from '../record/run-record.ts';
import { type SettledRun, settleRun } from '../record/settle.ts';
import { say } from './say.ts';

/** A container of a run of this workspace whose record is gone. */
export interface Stray {
  id: string;
  scheduler: EngineName;
  state: ContainerState;
}

/** The records of this workspace, with the state of what nobody follows asked from the engine. */
export interface Settled {
  root: string;
  engineOf: (name: EngineName) => ContainerEngine;
  all(): Promise<{ runs: SettledRun[]; damaged: string[] }>;
  /** @throws Failure `run-unknown` or `record-unreadable`. */
  one(id: string): Promise<SettledRun>;
  /** Found by their labels. An engine that does not answer has none. */
  strays(): Promise<Stray[]>;
}

export function openSettled(): Settled {
  const root = findWorkspace(process.cwd());
  const machine = readMachine(root);
  const engineOf = (name: EngineName) => openContainerEngine(name, machine);
  /** What cannot be brought up to date is shown as far as it is known. */
  const settle = async (record: RunRecord): Promise<SettledRun> => {
    const settled = await settleRun(root, record, engineOf).catch(
      (error: unknown): SettledRun => ({ record, note: null, unrecorded: asFailure(error).problems[0] }),
    );
    if (settled.unrecorded) say(`warning: ${settled.unrecorded.message}`);
    return settled;
  };
  return {
    root,
    engineOf,
    async all() {
      const { records, damaged } = readRunRecords(root);
      return { runs: await Promise.all(records.map(settle)), damaged };
    },
    one: async (id) => settle(readRunRecord(root, id)),
    async strays() {
      const found = await Promise.all(
        (['docker', 'podman'] as const).map((name) => straysOf(name, engineOf(name), root)),
      );
      // Read afterwards: a run has its record before it has its container.
      const known = new Set(readRunRecords(root).records.map(({ id }) => id));
      return found.flat().filter(({ id }) => !known.has(id));
    },
  };
}

async function straysOf(scheduler: EngineName, engine: ContainerEngine, root: string): Promise<Stray[]> {
  const ids = await engine.list('io.slipway.run').catch(() => []);
  const states = await Promise.all(ids.map((id) => engine.inspect(id).catch(() => undefined)));
  return states.flatMap((state) => {
    const id = state?.labels['io.slipway.run'] ?? '';
    const ours = state?.labels['io.slipway.run.folder'] === runFolder(root, id);
    return state !== undefined && ours ? [{ id, scheduler, state }] : [];
  });
}
