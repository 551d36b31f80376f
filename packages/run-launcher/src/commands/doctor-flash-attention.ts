import { readContractLabels } from '@slipway/contract';
import { type ContainerEngine, type Finished, type Gpu, tryRun } from '@slipway/effects';
import { type AttentionEvidence, type ImportResult, judgeAttention } from '../checks/attention.ts';
import { tagOf } from '../checks/other-image.ts';
import type { RunFlags } from '../definition/flags.ts';
import { pullImage } from '../execute/pull.ts';
import { interruptible } from '../interruptible.ts';
import { findDevices } from '../plan/find-devices.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import { pinned } from '../schedulers/container-arguments.ts';
import { openProgress, say } from './say.ts';
import { withPlan } from './with-plan.ts';

/** Prints what importing did, as JSON on the last line; whatever else the modules print stays above it. */
const program = `
import importlib.util, json
def version(name):
    if importlib.util.find_spec(name) is None:
        return None
    return __import__(name).__version__
torch = None
try:
    torch = version("torch")
    found = version("flash_attn")
    result = {"outcome": "absent"} if found is None else {"outcome": "imported", "version": found}
except BaseException as error:
    result = {"outcome": "failed", "error": f"{type(error).__name__}: {error}".splitlines()[0]}
print()
print(json.dumps({**result, "torch": torch}))
`;

/**
 * `slipway doctor flash-attention`: one sentence on whether flash-attention will be used, from the GPU, the driver, the
 * image's labels and an import in the image. @returns 0 when it will be.
 */
export async function flashAttentionCommand(
  flags: RunFlags & { json?: boolean; pull?: boolean },
): Promise<number> {
  const { json = false, pull = false, ...rest } = flags;
  return await withPlan(
    rest,
    ['python'],
    async ({ plan, engine, facts, findings }) => {
      const contract = readContractLabels(plan.image.labels);
      const evidence = {
        // Of Slipway's images, the tag alone says which one it is.
        image: contract === null ? plan.image.reference : tagOf(plan),
        // Those that the run would get; with none of them, all: it is the image that is asked about.
        gpus: gpusOf(plan, facts.host.gpus),
        instead: facts.host.instead,
        failure: facts.host.failure,
        oldDriver: facts.host.oldDriver,
        siblings: facts.siblings,
        contract,
        withoutAccess: findings.find(({ check, severity }) => check === 'toolkit' && severity === 'error')
          ?.found,
        ...(await tryImport(plan, engine, { present: facts.imagePresent, pull })),
      };
      const answer = judgeAttention(evidence);
      console.log(json ? JSON.stringify({ ...answer, evidence }, null, 2) : answer.sentence);
      return answer.used === 'flash-attention' ? 0 : 1;
    },
    { refuse: false },
  );
}

function gpusOf({ gpus }: RunPlan, host: readonly Gpu[]): readonly Gpu[] {
  const found = findDevices(gpus?.devices ?? 'all', host).flatMap((each) => each.gpus);
  return found.length > 0 ? [...new Set(found)] : host;
}

async function tryImport(
  plan: RunPlan,
  engine: ContainerEngine,
  { present, pull }: { present: boolean; pull: boolean },
): Promise<Imported> {
  if (!present && !pull) return { imported: null };
  await interruptible((interrupted) =>
    pullImage(plan, engine, { present, say, progress: openProgress(), interrupted }),
  );
  // No GPU is handed in: importing needs none, and one that is broken must not hide the answer.
  const args = ['run', '--rm', '--pull=never', '--entrypoint=python', pinned(plan), '-c', program];
  return readImport(await tryRun(engine.command(args, { timeoutMs: 300_000 })));
}

type Imported = Pick<AttentionEvidence, 'imported' | 'untried'>;

/** What importing came to, by what the engine's program printed and ended with. */
export function readImport({
  exitCode,
  stdout,
  stderr,
}: Pick<Finished, 'exitCode' | 'stdout' | 'stderr'>): Imported {
  const last = stdout.trim().split('\n').at(-1) ?? '';
  try {
    return { imported: JSON.parse(last) as ImportResult };
  } catch {
    // By these an engine says that it could not start the program: nothing was imported, and nothing failed at it.
    if (exitCode === 126 || exitCode === 127)
      return { imported: null, untried: 'no python can be started in it' };
    const [said = ''] = /.*(?:Error|error|not found).*/.exec(stderr) ?? [];
    if (exitCode === 125) return { imported: null, untried: `it could not be started (${said})` };
    const error = said || `python ended with exit code ${exitCode}`;
    return { imported: { outcome: 'failed', error, torch: null } };
  }
}
