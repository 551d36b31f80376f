import type { ExecutorContext } from '@nx/devkit';
import { type ReleaseOptions, releaseCommand } from './release-command.ts';

/** `nx run release:promote` */
export default function promoteExecutor(
  options: ReleaseOptions,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return releaseCommand('promotion', options, root);
}
