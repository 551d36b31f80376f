import { asFailure, openContainerEngine, withMachine } from '@slipway/effects';
import type { Finding } from '../checks/check.ts';
import { lookAtAll } from '../checks/checks.ts';
import type { RunFlags } from '../definition/flags.ts';
import { hostOf } from '../facts/gather.ts';
import type { HostFacts } from '../facts/host-facts.ts';
import { openProbes } from '../facts/probes.ts';
import { findWorkspace } from '../facts/workspace.ts';
import { say } from './say.ts';
import { withPlan } from './with-plan.ts';

/**
 * `slipway doctor`: what every check finds on this host, and with an image or version also for that run.
 * @returns 1 when something would refuse a run.
 */
export async function doctorCommand(flags: RunFlags & { json?: boolean }): Promise<number> {
  const { json = false, ...rest } = flags;
  const { host, findings } = await examine(rest);
  if (json) console.log(JSON.stringify({ host, findings }, null, 2));
  else for (const finding of findings) console.log(describe(finding));
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}

async function examine(flags: RunFlags): Promise<{ host: HostFacts | null; findings: Finding[] }> {
  const asksForRun = flags.image !== undefined || flags.version !== undefined || flags.file !== undefined;
  try {
    if (asksForRun) {
      const examined = async ({ facts, findings }: { facts: { host: HostFacts }; findings: Finding[] }) => ({
        host: facts.host,
        findings,
      });
      return await withPlan(flags, [], examined, { refuse: false });
    }
    const folder = process.cwd();
    return await withMachine(findWorkspace(folder), say, async (machine) => {
      const engine = openContainerEngine(flags.scheduler ?? 'docker', machine);
      const host = await hostOf(flags.hostFacts, folder, engine, openProbes(), { whole: true });
      return { host, findings: [engineFinding(host), ...lookAtAll(null, emptyFacts(host))] };
    });
  } catch (error) {
    // What cannot even be asked is a finding too.
    const findings = asFailure(error).problems.map(
      ({ code, message, remedy }): Finding => ({
        check: code === 'engine-unreachable' ? 'engine' : 'plan',
        severity: 'error',
        code,
        found: message,
        remedy,
      }),
    );
    return { host: null, findings };
  }
}

function engineFinding({ engine }: HostFacts): Finding {
  if (engine === null)
    return { check: 'engine', severity: 'ok', found: 'the engine of that host is not known' };
  const { name, version, rootless } = engine;
  return {
    check: 'engine',
    severity: 'ok',
    found: `${name} ${version} answers${rootless ? ', rootless' : ''}`,
  };
}

function emptyFacts(host: HostFacts) {
  return {
    host,
    here: true,
    caller: { uid: 0, gid: 0 },
    paths: {},
    variables: [],
    yanked: null,
    siblings: [],
    imagePresent: false,
    busy: null,
  };
}

function describe({ check, severity, found, remedy }: Finding): string {
  const mark = { ok: 'ok', warning: 'warning', error: 'error' }[severity];
  return `${mark.padEnd(8)} ${check.padEnd(12)} ${found}${remedy === undefined ? '' : `\n${' '.repeat(22)}fix: ${remedy}`}`;
}
