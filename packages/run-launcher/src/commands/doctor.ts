import { Failure, nearest, type Problem } from '@slipway/contract';
import { asFailure, askGpus, openContainerEngine, withMachine } from '@slipway/effects';
import type { CheckFacts, Finding } from '../checks/check.ts';
import { lookAtAll } from '../checks/checks.ts';
import { flagLayer, type RunFlags } from '../definition/flags.ts';
import { readRunFile } from '../definition/run-file.ts';
import { lookAtRecords } from '../facts/check-facts.ts';
import { examineRun, type PlanSurroundings } from '../facts/gather.ts';
import type { HostFacts } from '../facts/host-facts.ts';
import { lookAtHost } from '../facts/host-of.ts';
import { orOtherEngine } from '../facts/other-engine.ts';
import { openProbes } from '../facts/probes.ts';
import { findWorkspace } from '../facts/workspace.ts';
import { say } from './say.ts';

interface Examination {
  host: HostFacts;
  findings: Finding[];
}

/** What `doctor` can be asked besides the whole. */
const topics = ['flash-attention'];

/**
 * `slipway doctor`: what every check finds on this host, and for what flags and run.toml say of a run.
 * @param topic a word that is no command of its own.
 * @returns 1 when something would refuse a run, 2 when it is the call.
 * @throws Failure `usage` for such a word.
 */
export async function doctorCommand(flags: RunFlags & { json?: boolean }, topic?: string): Promise<number> {
  if (topic !== undefined) throw unknownTopic(topic);
  const { json = false, ...rest } = flags;
  const { host, findings } = await examine(rest);
  if (json) console.log(JSON.stringify({ host, findings }, null, 2));
  else for (const finding of findings) console.log(describe(finding));
  const refused = findings.filter(({ severity }) => severity === 'error');
  if (refused.length === 0) return 0;
  return refused.some(({ code }) => code === 'usage') ? 2 : 1;
}

async function examine(flags: RunFlags): Promise<Examination> {
  const folder = process.cwd();
  const root = findWorkspace(folder);
  try {
    return await withMachine(root, say, async (machine) => {
      const around = { root, folder, machine, probes: openProbes() };
      try {
        if (saysSomething(flags, folder)) return await lookAtRun(flags, around);
      } catch (error) {
        return await lookAtHostAlone(flags, around, asFailure(error).problems);
      }
      return await lookAtHostAlone(flags, around, []);
    });
  } catch (error) {
    // The settings of this machine, or its engine: what cannot even be asked is a finding too.
    const host = { ...(await askGpus()), engine: null, toolkitHook: false };
    return { host, findings: asFindings(asFailure(error).problems) };
  }
}

/** Whether there is anything of a run to look at. */
function saysSomething(flags: RunFlags, folder: string): boolean {
  const layers = [...readRunFile(folder, flags.file), flagLayer(flags, [], folder)];
  const { scheduler: _, ...values } = Object.assign({}, ...layers.map((layer) => layer.values));
  return Object.keys(values).length > 0 || layers.some(({ problems = [] }) => problems.length > 0);
}

async function lookAtRun(flags: RunFlags, around: PlanSurroundings): Promise<Examination> {
  const { plan, facts, problems, missing, imageKnown } = await examineRun(flags, [], around, {
    imageOptional: true,
  });
  const checked = lookAtAll(plan, facts, { image: imageKnown });
  return {
    host: facts.host,
    findings: [
      ...engineFindings(facts.host, facts.here),
      ...asFindings(problems),
      // A command cannot be given here: that is for the run.
      ...asFindings(missing).map((finding) => ({ ...finding, severity: 'warning' as const })),
      ...checked,
    ],
  };
}

async function lookAtHostAlone(
  flags: RunFlags,
  { root, machine, folder, probes }: PlanSurroundings,
  before: readonly Problem[],
): Promise<Examination> {
  const engine = openContainerEngine(flags.scheduler ?? 'docker', machine);
  const { host, problems } = await lookAtHost(flags.hostFacts, folder, engine, probes, { whole: true });
  const here = flags.hostFacts === undefined;
  return {
    host,
    findings: [
      ...engineFindings(host, here),
      ...asFindings([...before, ...problems.map(orOtherEngine)]),
      ...lookAtAll(null, emptyFacts(host, here, root)),
    ],
  };
}

function asFindings(problems: readonly Problem[]): Finding[] {
  return problems.map(({ code, message, remedy, where, engine }) => ({
    check: engine === undefined ? 'plan' : 'engine',
    severity: 'error',
    code,
    found: `${place(where)}${message}`,
    remedy,
  }));
}

/** As `formatProblem` says it: `run.toml:2: `. */
const place = (where: Problem['where']): string =>
  where === undefined ? '' : `${where.file}${where.line === undefined ? '' : `:${where.line}`}: `;

function engineFindings({ engine }: HostFacts, here: boolean): Finding[] {
  if (engine === null) {
    // Of this host, that it does not answer is told as a problem.
    return here ? [] : [{ check: 'engine', severity: 'ok', found: 'the engine of that host is not known' }];
  }
  const { name, version, rootless } = engine;
  const found = `${name} ${version} answers${rootless ? ', rootless' : ''}`;
  return [{ check: 'engine', severity: 'ok', found }];
}

function emptyFacts(host: HostFacts, here: boolean, root: string): CheckFacts {
  return {
    host,
    here,
    caller: { uid: 0, gid: 0, umask: 0 },
    paths: {},
    variables: [],
    yanked: null,
    siblings: [],
    imagePresent: false,
    records: lookAtRecords(root),
    busy: null,
  };
}

function describe({ check, severity, found, remedy }: Finding): string {
  return `${severity.padEnd(8)} ${check.padEnd(12)} ${found}${remedy === undefined ? '' : `\n${' '.repeat(22)}fix: ${remedy}`}`;
}

function unknownTopic(topic: string): Failure {
  const near = nearest(topic, topics);
  return new Failure({
    code: 'usage',
    message: `slipway doctor does not know "${topic}"`,
    remedy: near ? `slipway doctor ${near}` : `it is called alone, or with ${topics.join(', ')}`,
  });
}
