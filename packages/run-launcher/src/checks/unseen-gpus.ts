import type { Finding } from './check.ts';

/** What helps where nvidia-smi is there and fails, by what it says; the first that fits. */
const remedies: readonly [RegExp, string][] = [
  [
    /timed out/,
    'see whether nvidia-smi ever ends: a GPU that hangs takes a restart of the host, and one that is slow to begin is kept ready by sudo nvidia-smi -pm 1',
  ],
  [
    /version mismatch/i,
    'the driver was updated under the running kernel: restart the host, or load its modules anew',
  ],
  [/communicate with the NVIDIA driver/i, 'load the driver (sudo modprobe nvidia), or install it anew'],
  [
    /No devices|device handle|is lost/i,
    'see what the driver says of it (sudo dmesg | grep NVRM); a GPU that fell off its bus takes a restart of the host',
  ],
];

/** What to do about GPUs that nvidia-smi does not tell. */
export function unseenRemedy(failure: string): string {
  const [, remedy] = remedies.find(([pattern]) => pattern.test(failure)) ?? [];
  return remedy ?? 'mend what nvidia-smi says';
}

/** That nvidia-smi failed, which is no sign that there are no GPUs, or no more than it listed. */
export function unseenGpus(
  failure: string,
  { listed }: { listed: number },
): Omit<Finding, 'check' | 'severity'> {
  const what = listed > 0 ? 'more GPUs than are listed' : 'a GPU';
  return {
    code: 'gpu-unknown',
    found: `whether this host has ${what} cannot be told: ${failure}`,
    remedy: unseenRemedy(failure),
  };
}
