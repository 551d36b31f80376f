import { type Architecture, type Definition, Failure, findArchitecture } from '@slipway/contract';
import { type ImageRequest, isLoaded, readPlan } from '@slipway/images';

/** What a person asks for when asking for a dev image. */
export interface DevRequest {
  architecture?: string;
  push?: boolean;
  /** File with a saved plan, which the two above may only repeat. */
  plan?: string;
}

/**
 * The request for a dev image, complete.
 * @returns with it, in `chosen`, why this architecture, where nobody named one.
 * @throws Failure `architecture-unknown`, `plan-unreadable`, or `usage` when a saved plan is of something else.
 */
export function devRequest(definition: Definition, asked: DevRequest): ImageRequest & { chosen: string } {
  const { architecture = planned(asked), push = false, plan } = asked;
  const { name } =
    architecture === undefined
      ? defaultArchitecture(definition.architectures)
      : findArchitecture(definition, architecture);
  return {
    project: `dev-${name}`,
    kind: 'dev',
    architecture: name,
    push,
    ...(plan !== undefined && { plan }),
    chosen: architecture === undefined ? ', chosen by default; --architecture names another' : '',
  };
}

/**
 * The architecture of a dev image for which nobody named one: it follows from the definition alone, so that the tag means
 * the same wherever it is made. The oldest GPUs that flash-attention still serves, since what is made for them runs on
 * newer ones of their generation too; without any flash-attention the oldest GPUs, and without GPUs the first name.
 */
export function defaultArchitecture(architectures: readonly Architecture[]): Architecture {
  const [first] = architectures.toSorted((a, b) => {
    const [one, other] = [rank(a), rank(b)];
    const differs = one.findIndex((value, index) => value !== other[index]);
    return differs === -1 ? a.name.localeCompare(b.name) : (one[differs] ?? 0) - (other[differs] ?? 0);
  });
  if (first !== undefined) return first;
  throw new Failure({
    code: 'architecture-unknown',
    message: 'no architecture is defined',
    remedy: 'write architectures/<name>/architecture.toml',
  });
}

/** Lower is preferred: a current one, with flash-attention, with the oldest GPUs. */
function rank({ deprecated, flashAttention, computeCapabilities }: Architecture): number[] {
  const oldest = Math.min(...computeCapabilities.map(Number));
  return [deprecated === null ? 0 : 1, flashAttention === null ? 1 : 0, oldest];
}

/** The architecture of a saved plan, which has to be one of a single dev image that goes where it was asked to go. */
function planned({ plan, push }: DevRequest): string | undefined {
  if (plan === undefined) return undefined;
  const [image, ...more] = readPlan(plan);
  const refuse = (message: string) =>
    new Failure({
      code: 'usage',
      where: { file: plan },
      message,
      remedy: `make one: npx nx run runtime-image:build-dev --dry-run > ${plan}`,
    });
  if (image?.kind !== 'dev' || more.length > 0) throw refuse('this is not the plan of one dev image');
  if (push && isLoaded(image))
    throw refuse('--push was given, but the plan is one for the engine of this machine');
  return image.architecture;
}
