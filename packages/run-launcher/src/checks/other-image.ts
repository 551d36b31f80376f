import { formatReference, parseReference } from '@slipway/contract';
import { byVersion } from '../plan/plan-origins.ts';
import type { RunPlan } from '../plan/run-plan.ts';

/** The options that choose another image of the same version, in the way in which this one was chosen. */
export function otherImage(tag: string, { image, origins }: RunPlan): string {
  const [, architecture, version] = /^(.+)-(v\d.*)$/.exec(tag) ?? [];
  if (origins.image === byVersion && version) return `--architecture ${architecture} --version ${version}`;
  return `--image ${formatReference({ ...parseReference(image.reference), tag, digest: null })}`;
}

/** The option that chooses another version of the same image, in the way in which this one was chosen. */
export function otherVersion({ image, origins }: RunPlan): string {
  if (origins.image === byVersion) return '--version vX.Y.Z';
  const reference = parseReference(image.reference);
  const tag = reference.tag?.replace(/v\d+\.\d+\.\d+.*$/, 'vX.Y.Z') ?? null;
  return `--image ${formatReference({ ...reference, tag: tag ?? 'TAG', digest: null })}`;
}

/** The tag alone, as people call an image. */
export function tagOf({ image }: Pick<RunPlan, 'image'>): string {
  return /:([^/:@]+)(?:@|$)/.exec(image.reference)?.[1] ?? image.reference;
}
