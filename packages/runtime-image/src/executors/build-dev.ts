import type { ExecutorContext } from '@nx/devkit';
import { buildDevImage, type DevOptions } from '../build-dev-image.ts';

/** The same as the batch, where Nx is told to use none. */
export default async function buildDev(
  options: DevOptions,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  const { success, text } = await buildDevImage(root, options);
  console.log(text);
  return { success };
}
