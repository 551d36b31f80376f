import { type Architecture, Failure } from '@slipway/contract';
import type { Gpu } from '@slipway/effects';
import { describeGpu } from '../checks/describe-gpu.ts';

/** An architecture, and those of the GPUs that it is for. */
export interface ChosenArchitecture {
  name: string;
  gpus: readonly Gpu[];
}

/**
 * The architecture for all GPUs of a run, else for the first one that there is one for; without GPUs, the one for none.
 * @throws Failure `architecture-unknown` when none fits.
 */
export function chooseArchitecture(
  architectures: readonly Architecture[],
  gpus: readonly Gpu[],
): ChosenArchitecture {
  if (gpus.length === 0) {
    const [bare] = architectures.filter(({ computeCapabilities }) => computeCapabilities.length === 0);
    if (bare !== undefined) return { name: bare.name, gpus };
    throw unknown(architectures, 'a run without GPU');
  }
  const fitting = architectures.map(({ name, computeCapabilities }) => ({
    name,
    gpus: gpus.filter(({ computeCapability: each }) => each !== null && computeCapabilities.includes(each)),
  }));
  const whole = fitting.find((each) => each.gpus.length === gpus.length);
  const [first] = gpus.flatMap((gpu) => fitting.find((each) => each.gpus.includes(gpu)) ?? []);
  const chosen = whole ?? first;
  if (chosen !== undefined) return chosen;
  throw unknown(architectures, `the ${[...new Set(gpus.map(describeGpu))].join(', ')} of this host`);
}

function unknown(architectures: readonly Architecture[], what: string): Failure {
  return new Failure({
    code: 'architecture-unknown',
    message: `no architecture covers ${what}`,
    remedy: `choose one with --architecture: ${architectures.map(({ name }) => name).join(', ')}`,
  });
}
