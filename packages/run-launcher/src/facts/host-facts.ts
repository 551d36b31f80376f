import { Failure, readJson } from '@slipway/contract';
import { type EngineFacts, type Gpu, type OldDriver, readGpuAnswer } from '@slipway/effects';
import * as z from 'zod';

/** What was found out about the host that is to run it: here, or recorded elsewhere. */
export interface HostFacts {
  gpus: readonly Gpu[];
  /** What nvidia-smi said in place of a list; null: it listed them. */
  instead: string | null;
  /** A driver that lists GPUs and cannot tell what they are able to; null or absent: none such. */
  oldDriver?: OldDriver | null;
  /** Null: it was not asked. */
  engine: EngineFacts | null;
  /** Whether the engine told its version only: enough for a run that asks for nothing else of it. */
  brief?: boolean;
  /** Whether the container toolkit's hook lies where its packages put it. */
  toolkitHook: boolean;
}

const schema = z.object({
  gpus: z.array(
    z.object({
      name: z.string(),
      computeCapability: z.string(),
      driver: z.string(),
      memoryMiB: z.number().nullable(),
    }),
  ),
  instead: z.string().nullable(),
  oldDriver: z.object({ version: z.string(), gpus: z.array(z.string()) }).nullish(),
  engine: z
    .object({
      name: z.enum(['docker', 'podman']),
      version: z.string(),
      runtimes: z.array(z.string()),
      cdi: z.boolean(),
      rootless: z.boolean(),
      memoryBytes: z.number(),
      diskFreeBytes: z.number().nullable(),
    })
    .nullable(),
  toolkitHook: z.boolean(),
});

/**
 * Reads the facts of another host: what `slipway doctor --json` printed there, or the bare answer of nvidia-smi to
 * `--query-gpu=name,compute_cap,driver_version,memory.total --format=csv`, whose engine is then not known.
 * @throws Failure `usage` when it is neither.
 */
export function parseHostFacts(text: string, file: string): HostFacts {
  if (text.trimStart().startsWith('{')) {
    const parsed = schema.safeParse(hostPart(text));
    if (parsed.success) return parsed.data;
    throw unreadable(
      file,
      parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
    );
  }
  const answer = readGpuAnswer(text);
  if (/compute_cap/.test(answer.instead ?? '') && !answer.oldDriver) {
    throw unreadable(
      file,
      'its driver does not know compute_cap; ask it for less: nvidia-smi --query-gpu=name,driver_version --format=csv',
    );
  }
  const known = answer.gpus.length > 0 || answer.oldDriver || withoutGpus.test(answer.instead ?? '');
  if (!known) throw unreadable(file, 'no line of it is a GPU');
  return { ...answer, engine: null, toolkitHook: false };
}

/** What nvidia-smi says on a host without GPU, or where it cannot get at one. */
const withoutGpus = /^(?:No devices were found|NVIDIA-SMI has failed)/;

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
      'save there: slipway doctor --json, or nvidia-smi --query-gpu=name,compute_cap,driver_version,memory.total --format=csv',
  });
}
