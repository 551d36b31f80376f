/**
 * What nvidia-smi answered on real machines to the question of `parseGpus`, as people published it: with and without
 * heading and units. Where they asked for the columns in another order, the values are in ours.
 */
export const recorded = {
  turing: 'NVIDIA GeForce RTX 2080 Ti, 7.5, 570.211.01, 11264 MiB\n',
  turings:
    'NVIDIA GeForce RTX 2080 Ti, 7.5, 595.71.05, 11264 MiB\nNVIDIA GeForce RTX 2080 Ti, 7.5, 595.71.05, 11264 MiB\n',
  ampere: 'NVIDIA A100-SXM4-80GB, 8.0, 580.126.09, 81920 MiB\n',
  ada: 'name, compute_cap, driver_version, memory.total [MiB]\nNVIDIA GeForce RTX 4070 Laptop GPU, 8.9, 581.42, 8188 MiB\n',
  // Its memory is that of the host.
  spark: 'NVIDIA GB10, 12.1, 580.159.03, [N/A]\n',
  /** Two kinds in one machine: https://github.com/triton-inference-server/server/pull/8070 */
  mixed:
    'NVIDIA TITAN V, 7.0, 570.86.15, 12288 MiB\nNVIDIA RTX 5880 Ada Generation, 8.9, 570.86.15, 49140 MiB\n',
} as const;

/** What it says when there is nothing to list; each with an exit code other than 0. */
export const failed = {
  noDriver:
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.",
  /** Drivers before 510: https://github.com/huggingface/candle/issues/733 */
  oldDriver: 'Field "compute_cap" is not a valid field to query.',
} as const;
