import {
  asFailure,
  type ContainerEngine,
  type ContainerState,
  type EngineName,
  openContainerEngine,
  readMachine,
} from '@slipway/effects';
import { findWorkspace } from '../facts/workspace.ts';
import {
  type DamagedRecord,
  type RunRecord,
  readRunRecord,
  readRunRecords,
  runFolder,
} from '../record/run-record.ts';
import { type SettledRun, settleRun } from '../record/settle.ts';
import { askBriefly } from './ask-briefly.ts';
import { say } from './say.ts';

/** A container of a run of this workspace that there is no record of, or none that can be read. */
export interface Stray {
  id: string;
  record: 'gone' | 'damaged';
  scheduler: EngineName;
  state: ContainerState;
}

/** The records of this workspace, with the state of what nobody follows asked from the engine. */
export interface Settled {
  root: string;
  engineOf: (name: EngineName) => ContainerEngine;
  all(): Promise<{ runs: SettledRun[]; damaged: DamagedRecord[] }>;
  /** @throws Failure `run-unknown` or `record-unreadable`. */
  one(id: string): Promise<SettledRun>;
  /** Found by their labels. An engine that does not answer has none. */
  strays(): Promise<Stray[]>;
}

/** @param patienceMs how long an engine is waited for; a command that shows what is there does so without it, too. */
export function openSettled({ patienceMs = 5000 }: { patienceMs?: number } = {}): Settled {
  const root = findWorkspace(process.cwd());
  const machine = readMachine(root);
  const open = (name: EngineName) =>
    askBriefly(openContainerEngine(name, machine, { patienceMs }), () =>
      say(`warning: ${name} does not answer, so what the records do not tell is not known`),
    );
  const engines = { docker: open('docker'), podman: open('podman') };
  const engineOf = (name: EngineName) => engines[name];
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
        (['docker', 'podman'] as const).map((name) => containersOf(name, engineOf(name), root)),
      );
      // Read afterwards: a run has its record before it has its container.
      const { records, damaged } = readRunRecords(root);
      const known = new Set(records.map(({ id }) => id));
      const unreadable = new Set(damaged.map(({ id }) => id));
      return found
        .flat()
        .filter(({ id }) => !known.has(id))
        .map((each) => ({ ...each, record: unreadable.has(each.id) ? 'damaged' : 'gone' }));
    },
  };
}

async function containersOf(
  scheduler: EngineName,
  engine: ContainerEngine,
  root: string,
): Promise<Omit<Stray, 'record'>[]> {
  const containers = await engine.list('io.slipway.run').catch(() => []);
  const ours = containers.filter(
    ({ labels }) => labels['io.slipway.run.folder'] === runFolder(root, idOf(labels)),
  );
  const states = await Promise.all(ours.map(({ id }) => engine.inspect(id).catch(() => undefined)));
  return states.flatMap((state) =>
    state === undefined ? [] : [{ id: idOf(state.labels), scheduler, state }],
  );
}

const idOf = (labels: Record<string, string>): string => labels['io.slipway.run'] ?? '';
