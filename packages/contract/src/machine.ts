import * as z from 'zod';
import { Failure } from './problem.ts';
import { jsonComplaints } from './syntax/json-complaints.ts';

const machineSchema = z.strictObject({
  /** The engine to use when it is not the default one. */
  engine: z
    .strictObject({
      /** The docker program. */
      docker: z.string().default('docker'),
      /** DOCKER_HOST. */
      host: z.string().optional(),
      /** DOCKER_CONFIG: credentials and plugins. */
      config: z.string().optional(),
      /** The command that starts the engine when nothing answers. */
      up: z.array(z.string()).optional(),
    })
    .optional(),
  /** Foreign image -> reference by digest of other bytes that stand in for it. */
  substitutes: z
    .record(
      z.string(),
      z
        .string()
        .refine((reference) => /@sha256:[0-9a-f]{64}$/.test(reference), { error: 'a reference by digest' }),
    )
    .default({}),
  /** Foreign image -> repository that holds the same bytes (held to the digest, when the definition names one). */
  mirrors: z.record(z.string(), z.string()).default({}),
  /** Repository of the definition, or `*` for all of them -> registry host that it is sent to instead. */
  repositories: z.record(z.string(), z.string()).default({}),
  /** What runs on this machine have in common; the launcher knows its form. */
  launch: z.looseObject({}).optional(),
  /** Access log of the registry, where there is one to read: tests count in it what was asked for. */
  registryLog: z.string().optional(),
});

/** What is true of this machine only: never part of a definition, and shown in every plan that used it. */
export type MachineSettings = z.infer<typeof machineSchema>;

/**
 * Reads the text of the machine's settings.
 * @throws Failure `definition-invalid` naming `file` and all its problems.
 */
export function parseMachineSettings(text: string, file: string): MachineSettings {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Failure({
      code: 'definition-syntax',
      where: { file },
      message: `not JSON: ${(error as Error).message}`,
      remedy: 'correct it, or delete it and start the sandbox again: npx nx run sandbox:up',
    });
  }
  const parsed = machineSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Failure(
    jsonComplaints(parsed.error.issues, value, '').map((message) => ({
      code: 'definition-invalid' as const,
      where: { file },
      message,
      remedy: 'correct it, or delete it and start the sandbox again: npx nx run sandbox:up',
    })),
  );
}

/** Whether a registry is on this machine: docker itself speaks plain HTTP with these. */
export function isLocal(registry: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(registry);
}

/** The reference a repository of the definition is really sent to on this machine. */
export function placedRepository(repository: string, machine: MachineSettings): string {
  const host = machine.repositories[repository] ?? machine.repositories['*'];
  if (host === undefined) return repository;
  const [first = '', ...rest] = repository.split('/');
  // A first component with a dot or a port is a registry host, which the machine's own replaces.
  const path = /[.:]/.test(first) || first === 'localhost' ? rest.join('/') : repository;
  return `${host}/${path}`;
}
