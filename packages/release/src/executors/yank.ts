import type { ExecutorContext } from '@nx/devkit';
import { parseVersion, placedRepository } from '@slipway/contract';
import { command, newRecordPlace, openWorkspace, writeRecord } from '@slipway/images';
import { yankVersion } from '../yank.ts';

interface YankOptions {
  as: string;
  reason: string;
}

/** `nx run release:yank v0.2.0 --reason="it diverges"` */
export default function yankExecutor(
  { as: tag, reason }: YankOptions,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return command(root, async (around) => {
    const version = parseVersion(tag);
    const { definition, inputs, doors } = await openWorkspace(around);
    const repository = placedRepository(definition.repositories.runtime, inputs.machine);
    const at = doors.now();
    const done = await yankVersion(doors.registry, repository, version, { reason, at });
    const path = writeRecord(root, newRecordPlace(at, 'yank'), {
      record: 'yank',
      startedAt: at.toISOString(),
      ...done,
    });
    console.log(`${repository}:${tag} is yanked: ${done.yank.reason} (${done.yank.at})`);
    for (const { tag: followed, why } of done.followed) console.log(`  ${followed}: ${why}`);
    console.log(`  its images stay; slipway run refuses them, unless told --force yank\n  record ${path}`);
    return true;
  });
}
