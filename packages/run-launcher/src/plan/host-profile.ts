import { Failure, jsonComplaints } from '@slipway/contract';
import * as z from 'zod';
import { wrongShmSize } from '../definition/shm-size.ts';

/** Built where it is needed: most machines have no such settings. */
const schema = () =>
  z.strictObject({
    /** Shared memory of a run that says nothing itself, such as `64g` on a machine with eight GPUs. */
    shm_size: z
      .string()
      .refine((size) => wrongShmSize(size) === null, { error: 'a size such as 8g or 512m' })
      .optional(),
    /** Variables of a run on several GPUs: `NCCL_NVLS_ENABLE`, `NCCL_SOCKET_IFNAME` and the like. No secrets. */
    environment: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).optional(),
    /** The engine's network, such as `host`. */
    network: z.string().min(1).optional(),
  });

/** What runs on this machine have in common: `launch` of the machine's settings. */
export type HostProfile = z.infer<ReturnType<typeof schema>>;

/**
 * Reads the part of the machine's settings that concerns runs.
 * @throws Failure `definition-invalid`.
 */
export function parseHostProfile(settings: object, file: string): HostProfile {
  const { launch } = settings as { launch?: unknown };
  if (launch === undefined) return {};
  const parsed = schema().safeParse(launch);
  if (parsed.success) return parsed.data;
  throw new Failure(
    jsonComplaints(parsed.error.issues, launch, 'launch').map((message) => ({
      code: 'definition-invalid' as const,
      where: { file },
      message,
      remedy: 'correct it: launch may hold shm_size, environment and network',
    })),
  );
}
