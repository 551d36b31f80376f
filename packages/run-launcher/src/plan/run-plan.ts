import { Failure, jsonComplaints, readJson } from '@slipway/contract';
import * as z from 'zod';
import { shmSizePattern } from '../definition/shm-size.ts';

/** Raised when a plan means something else than before. */
const planVersion = 4;

/** Made when a saved plan is read: it takes 4 ms, which every other command would wait for. */
function runPlanSchema() {
  // A plan may have been edited by hand: what becomes an argument or a line of a script is held against its form.
  const placeSchema = z.string().regex(/^\/\P{Cc}*$/u);
  const nameSchema = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/);
  const secretSource = z.discriminatedUnion('from', [
    z.strictObject({ from: z.literal('environment'), name: nameSchema }),
    z.strictObject({ from: z.literal('file'), path: z.string() }),
    z.strictObject({ from: z.literal('command'), command: z.array(z.string()).min(1) }),
  ]);

  return z.strictObject({
    slipwayRunPlan: z.literal(planVersion),
    id: z.string().regex(/^\w[\w-]*$/),
    scheduler: z.enum(['docker', 'podman']),
    image: z.strictObject({
      /** What was asked for. */
      reference: z.string(),
      /** What it was when the plan was made, and what runs: its digest, or its id where it is in the engine's store only. */
      digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
      from: z.enum(['registry', 'engine']),
      /** Compressed bytes of all layers; null: not known. */
      bytes: z.number().nullable(),
      /** The labels that say what it is for. */
      labels: z.record(z.string(), z.string()),
      /** Whom it runs as by itself; null: root. */
      user: z.string().nullable(),
      /** What it puts before every command; empty: nothing. */
      entrypoint: z.array(z.string()),
      /** Of the application's code in it, by the release manifest that lists it; null: not known. */
      commit: z.string().nullable(),
    }),
    application: z.string(),
    /** Null: the image's own. */
    entrypoint: z.string().nullable(),
    command: z.array(z.string()),
    /** Null: the image's own. */
    workingFolder: z.string().nullable(),
    mounts: z
      .array(z.strictObject({ source: placeSchema, target: placeSchema, readOnly: z.boolean() }))
      .refine((mounts) => mounts.some(({ target }) => target === '/output'), {
        error: 'one must be /output',
      }),
    /** Folders in memory that everyone may write, below some of the mounts. */
    tmpfs: z.array(placeSchema),
    /** Texts that everyone may read. */
    environment: z.record(nameSchema, z.string()),
    /** Variables whose values are read when the run starts, and are in no plan, argument or record. */
    secrets: z.record(nameSchema, secretSource),
    /** Where the SSH key and the host keys lie in the container. */
    ssh: z.strictObject({ key: placeSchema, knownHosts: placeSchema.nullable() }).nullable(),
    /** Code that is brought in before the command starts. */
    updates: z.array(
      z.strictObject({
        name: z.string(),
        path: placeSchema,
        url: z.string(),
        ref: z.string(),
        commit: z.string().regex(/^[0-9a-f]{40}$/),
      }),
    ),
    shmSize: z.string().regex(shmSizePattern),
    /** `all`, or indices and UUIDs; `access`: how the engine is asked for them. */
    gpus: z
      .strictObject({
        devices: z.union([z.literal('all'), z.array(z.string())]),
        access: z.enum(['toolkit', 'cdi']),
      })
      .nullable(),
    /** Training processes on this host. */
    processes: z.int().min(1),
    /** Null: the image's own, which is root then. A name is one that the image gives itself. */
    user: z.string().nullable(),
    /** An init process of the engine's, where the image has none of its own. */
    init: z.boolean(),
    /** Whether a person sits in front of it. */
    terminal: z.boolean(),
    /** Null: the engine's own. */
    network: z.string().nullable(),
    /** The signal that asks the application to save and end, and how long it may take, in seconds. */
    stop: z.strictObject({ signal: z.literal('SIGINT'), seconds: z.int().min(1) }),
    labels: z.record(z.string(), z.string()),
    /** Checks whose refusal was overruled. */
    forced: z.array(z.string()),
    /** Key of run.toml, or `opts.KEY` and the like for what its lists hold -> where its value comes from. */
    origins: z.record(z.string(), z.string()),
  });
}

/** What will be started, the same for every scheduler: complete, and carried out as it stands. */
export type RunPlan = z.infer<ReturnType<typeof runPlanSchema>>;

/**
 * Reads a saved plan back.
 * @param where the file it was read from, for the message.
 * @throws Failure `plan-unreadable` that names the first fields that are not as `planRun` writes them, or the version of
 *   Slipway that reads it.
 */
export function parseRunPlan(text: string, where: string): RunPlan {
  const found = readJson(text);
  const parsed = runPlanSchema().safeParse(found);
  if (parsed.success) return parsed.data;
  const version = (found as { slipwayRunPlan?: unknown } | null)?.slipwayRunPlan;
  if (typeof version === 'number' && version !== planVersion) throw ofOtherVersion(version, where);
  // Whoever edited it may have written a secret into it.
  const fields = jsonComplaints(parsed.error.issues, found, '', { secret: true });
  throw new Failure({
    code: 'plan-unreadable',
    where: { file: where },
    message: `it is not the plan of a run (${fields.slice(0, 3).join('; ')}${fields.length > 3 ? `; and ${fields.length - 3} more` : ''})`,
    remedy: 'save one with slipway plan ... > run-plan.json',
  });
}

function ofOtherVersion(version: number, where: string): Failure {
  const newer = version > planVersion;
  return new Failure({
    code: 'plan-unreadable',
    where: { file: where },
    message: `it was made by ${newer ? 'a newer' : 'an earlier'} slipway: plan version ${version}, and this one carries out version ${planVersion}`,
    remedy: newer
      ? 'update slipway, or call the one that made it'
      : 'start a new run, or call the one that made it',
  });
}
