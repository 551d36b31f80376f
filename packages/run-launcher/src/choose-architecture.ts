import { Failure } from '@slipway/contract';
import { probeGpus, readDefinition } from '@slipway/effects';

/** The architecture for the GPU of this host, or the one without GPU where there is none. */
export async function chooseArchitecture(root: string): Promise<string> {
  const { architectures } = readDefinition(root);
  const [gpu] = await probeGpus();
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
