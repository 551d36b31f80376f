import { posix } from 'node:path';
import { z } from 'zod';
import type { RunDefinition } from './run-definition.ts';

const runPlanSchema = z.strictObject({
  slipwayRunPlan: z.literal(1),
  id: z.string().regex(/^[\w-]+$/),
  scheduler: z.literal('docker'),
  /** The image that was asked for, and the digest that it resolved to when the plan was made: the digest is what runs. */
  image: z.strictObject({ reference: z.string(), digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) }),
  command: z.array(z.string()),
  workingFolder: z.string(),
  mounts: z.array(z.strictObject({ source: z.string(), target: z.string(), readOnly: z.boolean() })),
  environment: z.record(z.string(), z.string()),
  shmSize: z.string(),
  gpus: z.string().nullable(),
  /** The signal that asks the application to save and end, and how long it may take, in seconds. */
  stop: z.strictObject({ signal: z.literal('SIGINT'), seconds: z.number() }),
  labels: z.record(z.string(), z.string()),
});

/** What will be started, the same for every scheduler: complete, and carried out as it stands. */
export type RunPlan = z.infer<typeof runPlanSchema>;

/** Reads a saved plan back. Throws an error that names every field that is not as `planRun` writes it. */
export function parseRunPlan(value: unknown): RunPlan {
  const parsed = runPlanSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'the file'}: ${message}`,
  );
  throw new Error(`it is not the plan of a run (${fields.join('; ')})`);
}

/** Facts that planning is told: nothing here is looked up by the planning itself. */
export interface RunFacts {
  id: string;
  image: { reference: string; digest: string; labels: Record<string, string> };
  /** Absolute path that relative folders start from. */
  folder: string;
  home: string;
  /** Absolute path of the folder that this run's plan, record and log will lie in. */
  runFolder: string;
}

/** Plans a run. Pure: equal arguments give equal plans. */
export function planRun(definition: RunDefinition, facts: RunFacts): RunPlan {
  const { labels } = facts.image;
  const application = labels['io.slipway.application.name'] ?? 'application';
  const absolute = (path: string) => posix.resolve(facts.folder, path);
  return {
    slipwayRunPlan: 1,
    id: facts.id,
    scheduler: 'docker',
    image: { reference: facts.image.reference, digest: facts.image.digest },
    command: planCommand(definition, labels),
    workingFolder: labels['io.slipway.application.path'] ?? '/app',
    mounts: [
      {
        source: absolute(definition.output ?? `${facts.runFolder}/output`),
        target: '/output',
        readOnly: false,
      },
      {
        source: absolute(definition.cache ?? `${facts.home}/.cache/${application}`),
        target: `/root/.cache/${application}`,
        readOnly: false,
      },
    ],
    environment: { SLIPWAY_RUN_ID: facts.id },
    shmSize: definition.shmSize,
    gpus: definition.gpus ?? null,
    stop: { signal: 'SIGINT', seconds: 120 },
    labels: { 'io.slipway.run': facts.id, 'io.slipway.image': facts.image.reference },
  };
}

/** The application's own command with the configuration and options, or the words that were given instead. */
function planCommand({ command, cfg, opts }: RunDefinition, labels: Record<string, string>): string[] {
  const own = JSON.parse(labels['io.slipway.application.command'] ?? '[]') as string[];
  const words = command.length > 0 ? command : own;
  return [
    ...words,
    ...(cfg === undefined ? [] : ['--cfg', cfg]),
    ...(opts.length > 0 ? ['--opts', ...opts] : []),
  ];
}
