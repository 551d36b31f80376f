import { type Architecture, Failure } from '@slipway/contract';
import type { Gpu } from '@slipway/effects';

/**
 * The architecture for the first GPU of a host, or the one without GPU where there is none.
 * @throws Failure `architecture-unknown` when none fits.
 */
export function chooseArchitecture(architectures: readonly Architecture[], [gpu]: readonly Gpu[]): string {
  const fits = architectures.find(({ computeCapabilities }) =>
    gpu === undefined
      ? computeCapabilities.length === 0
      : computeCapabilities.includes(gpu.computeCapability),
  );
  if (fits !== undefined) return fits.name;
  throw new Failure({
    code: 'architecture-unknown',
    message: `no architecture covers ${gpu ? `the ${gpu.name} of this host (${gpu.computeCapability})` : 'a host without GPU'}`,
    remedy: `choose one with --architecture: ${architectures.map(({ name }) => name).join(', ')}`,
  });
}
