import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import {
  Failure,
  findArchitecture,
  formatVersion,
  type MachineSettings,
  parseReference,
  parseVersion,
  placedRepository,
} from '@slipway/contract';
import {
  openRegistry,
  probeEngine,
  type Registry,
  readDefinition,
  readImageLabels,
  withMachine,
} from '@slipway/effects';
import { chooseArchitecture } from './choose-architecture.ts';
import { executeRun, killRun } from './execute-run.ts';
import { parseRunDefinition, type RunDefinition } from './run-definition.ts';
import { newRunId } from './run-id.ts';
import { parseRunPlan, planRun, type RunPlan } from './run-plan.ts';
import { type RunRecord, runFolder } from './run-record.ts';
import { findWorkspace, runtimeRepository, statedVersion } from './workspace.ts';

export interface RunFlags {
  dryRun?: boolean;
  plan?: string;
  [name: string]: unknown;
}

/** `slipway run`: plans, starts, follows and records a run. @returns the exit code of the application. */
export async function runCommand({ dryRun, plan: saved, ...flags }: RunFlags): Promise<number> {
  const root = findWorkspace(process.cwd());
  const say = (line: string) => console.error(`slipway: ${line}`);
  const definition = parseRunDefinition(flags);
  return withMachine(root, say, async (machine) => {
    const registry = openRegistry({ dockerConfig: machine.engine?.config });
    const plan =
      saved === undefined ? await makePlan(definition, root, machine, registry) : readRunPlan(saved);
    if (dryRun) {
      console.log(JSON.stringify(plan, null, 2));
      return 0;
    }
    const engine = await probeEngine(machine);
    const controller = new AbortController();
    const seen = new Set<string>();
    const interrupt = (name: string) => {
      // The same signal a second time is a person who will not wait. Another one is a program that started this one and
      // hands on what the terminal has sent to both.
      if (seen.has(name)) killRun(engine, plan).catch(() => undefined);
      seen.add(name);
      controller.abort();
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const name of signals) process.on(name, interrupt);
    try {
      say(`run ${plan.id} of ${plan.image.reference}`);
      const record = await executeRun(plan, {
        root,
        engine,
        now: () => new Date(),
        say,
        print: (line, stream) => (stream === 'stdout' ? console.log(line) : console.error(line)),
        interrupted: controller.signal,
      });
      return conclude(record, say);
    } finally {
      for (const name of signals) process.off(name, interrupt);
    }
  });
}

async function makePlan(
  definition: RunDefinition,
  root: string,
  machine: MachineSettings,
  registry: Registry,
): Promise<RunPlan> {
  const reference = definition.image ?? (await referenceOf(definition, root, machine));
  const found = await readImageLabels(registry, parseReference(reference));
  const id = newRunId(new Date());
  return planRun(definition, {
    id,
    runFolder: runFolder(root, id),
    image: { reference, ...found },
    folder: process.cwd(),
    home: homedir(),
  });
}

/** The published image of a version: the one asked for, else the one that the application's pyproject.toml states. */
async function referenceOf(
  definition: RunDefinition,
  root: string,
  machine: MachineSettings,
): Promise<string> {
  const repository = placedRepository(runtimeRepository(root), machine);
  const version = definition.version ?? statedVersion(root);
  const architecture =
    definition.architecture === undefined
      ? await chooseArchitecture(root)
      : findArchitecture(readDefinition(root), definition.architecture).name;
  return `${repository}:${architecture}-${formatVersion(parseVersion(version))}`;
}

function readRunPlan(path: string): RunPlan {
  try {
    return parseRunPlan(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new Failure({
      code: 'plan-unreadable',
      where: { file: path },
      message: (error as Error).message,
      remedy: 'save one with slipway run --dry-run ... > run-plan.json',
    });
  }
}

function conclude(record: RunRecord, say: (line: string) => void): number {
  const seconds = record.durationSeconds?.toFixed(1);
  say(`run ${record.id} ${record.outcome}, exit code ${record.exitCode ?? 'unknown'}, after ${seconds} s`);
  if (record.problems) throw new Failure(record.problems);
  if (record.outcome === 'failed' || record.outcome === 'killed by memory') {
    console.error(
      new Failure({
        code: 'run-failed',
        message: `the application ended with exit code ${record.exitCode}${record.outcome === 'failed' ? '' : ': killed for want of memory'}`,
        remedy: `read its log in ${record.log}`,
      }).message,
    );
  }
  return record.exitCode ?? 1;
}
