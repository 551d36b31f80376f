import type { ExecutorContext } from '@nx/devkit';
import { type Architecture, type Definition, Failure, findArchitecture } from '@slipway/contract';
import { readDefinition } from '@slipway/effects';
import {
  checkDevLock,
  checkImageLock,
  checkLock,
  command,
  lockArchitecture,
  lockImages,
  lockRequest,
  openWorkspace,
  readImageLock,
  readLockInputs,
  type Surroundings,
} from '@slipway/images';

interface LockOptions {
  architectures?: string[];
  check?: boolean;
  dryRun?: boolean;
  upgrade?: boolean;
  builder?: string;
}

/** Locks the named architectures, or only says which locks do not follow from the definition any more. */
export default function lock(options: LockOptions, { root }: ExecutorContext): Promise<{ success: boolean }> {
  return command(
    root,
    async (around) => {
      const definition = readDefinition(root);
      const names = options.architectures ?? definition.architectures.map(({ name }) => name);
      const architectures = names.map((name) => findArchitecture(definition, name));
      if (options.check || options.dryRun) {
        const inputs = await readLockInputs(root, definition);
        console.log(
          options.check ? checked(root, definition, inputs, architectures) : asked(inputs, architectures),
        );
      } else await resolve(architectures, around, options);
      return true;
    },
    options.builder,
  );
}

type LockInputs = Awaited<ReturnType<typeof readLockInputs>>;

function checked(
  root: string,
  definition: Definition,
  inputs: LockInputs,
  architectures: readonly Architecture[],
): string {
  const problems = [
    ...architectures.flatMap(
      // While a lock is stale, what stands on it says nothing new.
      (architecture) => checkLock(inputs, architecture) ?? checkDevLock(inputs, architecture) ?? [],
    ),
    ...checkImageLock(readImageLock(root), definition),
  ];
  if (problems.length > 0) throw new Failure(problems);
  return `${architectures.map(({ name }) => name).join(', ')}: every lock follows from the definition`;
}

function asked({ pyproject }: LockInputs, architectures: readonly Architecture[]): string {
  const requests = architectures.map((each) => [
    each.name,
    lockRequest(each, pyproject.text, pyproject.file),
  ]);
  return JSON.stringify(Object.fromEntries(requests), null, 2);
}

async function resolve(
  architectures: readonly Architecture[],
  around: Surroundings,
  { upgrade }: LockOptions,
): Promise<void> {
  const { definition, inputs, doors } = await openWorkspace(around);
  const options = { upgrade };
  const images = await lockImages(
    around.root,
    definition,
    architectures,
    inputs.machine,
    doors.registry,
    options,
  );
  for (const line of images) console.log(line);
  // What was locked just now is what the packages are resolved in.
  const locked = await openWorkspace(around);
  for (const architecture of architectures) {
    console.log(`${architecture.name}: ${await lockArchitecture(locked, architecture, around, options)}`);
  }
}
