import type { ExecutorContext } from '@nx/devkit';
import { type ReleaseOptions, releaseCommand } from './release-command.ts';

/** `nx run release:candidate` */
export default function candidateExecutor(
  options: ReleaseOptions,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return releaseCommand('candidate', options, root);
}
