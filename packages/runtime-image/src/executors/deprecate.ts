import type { ExecutorContext } from '@nx/devkit';
import { placedRepository } from '@slipway/contract';
import { command, openWorkspace } from '@slipway/images';
import { noteDeprecations } from '../deprecated.ts';

/** `nx run runtime-image:deprecate`: notes beside the published images what the definition says of their architectures. */
export default function deprecateExecutor(
  _options: object,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return command(root, async (around) => {
    const { definition, inputs, doors } = await openWorkspace(around);
    const { architectures } = definition;
    const repository = placedRepository(definition.repositories.runtime, inputs.machine);
    const at = doors.now();
    const lines = await noteDeprecations(doors.registry, repository, architectures, { at, change: true });
    for (const line of lines) console.log(line);
    if (lines.length === 0) console.log(`${repository} says the same as the definition already`);
    return true;
  });
}
