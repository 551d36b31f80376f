import { type ContainerEngine, type EngineName, openContainerEngine, readMachine } from '@slipway/effects';
import { findWorkspace } from '../facts/workspace.ts';
import { type RunRecord, readRunRecord, readRunRecords } from '../record/run-record.ts';
import { type SettledRun, settleRun } from '../record/settle.ts';

/** The records of this workspace, with the state of what nobody follows asked from the engine. */
export interface Settled {
  root: string;
  engineOf: (name: EngineName) => ContainerEngine;
  all(): Promise<SettledRun[]>;
  one(id: string): Promise<SettledRun>;
}

export function openSettled(): Settled {
  const root = findWorkspace(process.cwd());
  const machine = readMachine(root);
  const engineOf = (name: EngineName) => openContainerEngine(name, machine);
  const settle = (record: RunRecord) => settleRun(root, record, engineOf);
  return {
    root,
    engineOf,
    all: () => Promise.all(readRunRecords(root).map(settle)),
    one: (id) => settle(readRunRecord(root, id)),
  };
}
