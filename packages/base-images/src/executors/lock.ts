import type { ExecutorContext } from '@nx/devkit';
import { Failure, findArchitecture, formatProblem } from '@slipway/contract';
import { readDefinition } from '@slipway/effects';
import {
  checkLock,
  interruption,
  lockArchitecture,
  lockRequest,
  openWorkspace,
  readLockInputs,
} from '@slipway/images';

interface LockOptions {
  architectures?: string[];
  check?: boolean;
  dryRun?: boolean;
  upgrade?: boolean;
}

/** Locks the named architectures, or only says which locks do not follow from the definition any more. */
export default async function lock(
  { architectures: names, check, dryRun, upgrade }: LockOptions,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  const { signal, dispose } = interruption();
  const around = { root, signal, say: (line: string) => console.error(line) };
  try {
    const definition = readDefinition(root);
    const wanted = (names ?? definition.architectures.map(({ name }) => name)).map((name) =>
      findArchitecture(definition, name),
    );
    if (check) {
      const inputs = await readLockInputs(root, definition);
      const problems = wanted.flatMap((architecture) => checkLock(inputs, architecture) ?? []);
      if (problems.length > 0) throw new Failure(problems);
      console.log(`${wanted.map(({ name }) => name).join(', ')}: every lock follows from the definition`);
      return { success: true };
    }
    if (dryRun) {
      const { pyproject } = await readLockInputs(root, definition);
      const requests = wanted.map((each) => [each.name, lockRequest(each, pyproject.text, pyproject.file)]);
      console.log(JSON.stringify(Object.fromEntries(requests), null, 2));
      return { success: true };
    }
    const workspace = await openWorkspace(around);
    for (const architecture of wanted) {
      console.log(
        `${architecture.name}: ${await lockArchitecture(workspace, architecture, around, { upgrade })}`,
      );
    }
    return { success: true };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(error.problems.map(formatProblem).join('\n'));
    return { success: false };
  } finally {
    dispose();
  }
}
