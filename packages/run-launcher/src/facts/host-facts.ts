import { Failure, jsonComplaints, readJson } from '@slipway/contract';
import { type EngineFacts, type Gpu, type OldDriver, parseGpus, readGpuAnswer } from '@slipway/effects';
import * as z from 'zod';

/** What was found out about the host that is to run it: here, or recorded elsewhere. */
export interface HostFacts {
  gpus: readonly Gpu[];
  /** What nvidia-smi said in place of a list; null: it listed them. */
  instead: string | null;
  /** How nvidia-smi failed: there may be GPUs, or more of them. Null or absent: it did not. */
  failure?: string | null;
  /** A driver that lists GPUs and cannot tell what they are able to; null or absent: none such. */
  oldDriver?: OldDriver | null;
  /** Null: it was not asked. */
  engine: EngineFacts | null;
  /** Whether the engine told its version only: enough for a run that asks for nothing else of it. */
  brief?: boolean;
  /** Whether the container toolkit's hook lies where its packages put it. */
  toolkitHook: boolean;
}

/** How a scheduler is asked for GPUs: podman knows CDI alone; docker's toolkit does without a specification of them. */
export function gpuAccess(
  scheduler: 'docker' | 'podman',
  { engine, toolkitHook }: Pick<HostFacts, 'engine' | 'toolkitHook'>,
): 'toolkit' | 'cdi' {
  if (scheduler === 'podman') return 'cdi';
  return engine?.cdi.length && !toolkitHook ? 'cdi' : 'toolkit';
}

const form = (pattern: RegExp, noun: string) =>
  z.string().refine((text) => pattern.test(text), { error: noun });

/** Built where it is needed: hardly any start reads the facts of another host. */
const schema = () =>
  z.object({
    gpus: z.array(
      z.object({
        index: z.number().optional(),
        uuid: z.string().nullish(),
        name: z.string(),
        computeCapability: form(/^\d+\.\d+$/, 'a compute capability such as 8.6, or null').nullable(),
        driver: form(/^\d+(?:\.\d+)*$/, 'a version such as 570.86.15'),
        memoryMiB: z.number().nullable(),
      }),
    ),
    instead: z.string().nullable(),
    failure: z.string().nullish(),
    oldDriver: z.object({ version: z.string(), gpus: z.array(z.string()) }).nullish(),
    engine: z
      .object({
        name: z.enum(['docker', 'podman']),
        version: z.string(),
        runtimes: z.array(z.string()),
        cdi: z.array(z.string()),
        rootless: z.boolean(),
        memoryBytes: z.number(),
        diskFreeBytes: z.number().nullable(),
      })
      .nullable(),
    toolkitHook: z.boolean(),
  });

/**
 * Reads the facts of another host: what `slipway doctor --json` printed there, or the bare answer of nvidia-smi to
 * `--query-gpu=index,uuid,name,compute_cap,driver_version,memory.total --format=csv`, whose engine is then not known.
 * @throws Failure `usage` when it is neither.
 */
export function parseHostFacts(text: string, file: string): HostFacts {
  if (text.trimStart().startsWith('{')) {
    const host = hostPart(text);
    const parsed = schema().safeParse(host);
    if (parsed.success) return { ...parsed.data, gpus: parsed.data.gpus.map(placed) };
    throw unreadable(file, jsonComplaints(parsed.error.issues, host, '').join('; '));
  }
  const answer = readGpuAnswer(text);
  const wrong = answer.oldDriver ? undefined : unreadableLine(text);
  if (wrong !== undefined) {
    throw unreadable(
      file,
      `line ${wrong} has no compute capability such as 8.6, or no driver such as 570.86.15`,
    );
  }
  if (/compute_cap/.test(answer.instead ?? '') && !answer.oldDriver) {
    throw unreadable(
      file,
      'its driver does not know compute_cap; ask it for less: nvidia-smi --query-gpu=name,driver_version --format=csv',
    );
  }
  if (answer.gpus.length === 0 && !answer.oldDriver && !answer.failure)
    throw unreadable(file, 'no line of it is a GPU');
  return { ...answer, engine: null, toolkitHook: false };
}

/** The number of the first line that has as many columns as a GPU, and is none; undefined: there is no such line. */
function unreadableLine(text: string): number | undefined {
  const lines = text.split('\n');
  const heading = lines.find((line) => line.includes('driver_version')) ?? '';
  const wrong = lines.findIndex(
    (line) => line !== heading && line.split(',').length > 3 && parseGpus(`${heading}\n${line}`).length === 0,
  );
  return wrong === -1 ? undefined : wrong + 1;
}

/** Facts that were written by hand, or by another program, may number no GPU. */
function placed(gpu: Omit<Gpu, 'index' | 'uuid'> & Partial<Gpu>, position: number): Gpu {
  return { ...gpu, index: gpu.index ?? position, uuid: gpu.uuid ?? null };
}

function hostPart(text: string): unknown {
  const value = readJson(text) as { host?: unknown } | undefined;
  return value?.host ?? value;
}

function unreadable(file: string, why: string): Failure {
  return new Failure({
    code: 'usage',
    where: { file },
    message: `--host-facts: these are no facts of a host: ${why}`,
    remedy:
      'save there: slipway doctor --json, or nvidia-smi --query-gpu=index,uuid,name,compute_cap,driver_version,memory.total --format=csv',
  });
}
