import { join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { parseVersion, placedRepository } from '@slipway/contract';
import { writeWhole } from '@slipway/effects';
import { command, openWorkspace } from '@slipway/images';
import { requireRelease } from '@slipway/runtime-image/api';
import type { ReleaseRequest } from '../make-release.ts';
import { readTagMessage } from '../read-release-tag.ts';

type NotesOptions = Pick<ReleaseRequest, 'remote' | 'branch'> & { as: string; output?: string };

/** `nx run release:notes v0.2.0`: what a hosted release says, the commits by the tag and the images by the registry. */
export default function notesExecutor(
  { as: tag, output, ...request }: NotesOptions,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return command(root, async (around) => {
    const version = parseVersion(tag);
    const workspace = await openWorkspace(around);
    const { definition, inputs } = workspace;
    const repository = placedRepository(definition.repositories.runtime, inputs.machine);
    const [message, release] = await Promise.all([
      readTagMessage(tag, request, definition, around),
      requireRelease(workspace, repository, version),
    ]);
    // The tag's first line only says its name.
    const commits = message.split('\n').slice(1).join('\n').trim();
    const notes = [...(commits ? [commits, ''] : []), release.notes].join('\n');
    if (output === undefined) console.log(notes);
    else writeWhole(join(root, output), notes);
    return true;
  });
}
