/** A release of torch: which builds there are, and what their wheels hold. */
export interface TorchRelease {
  version: string;
  /** The CUDA of the build on the Python registry, where a version has no `+cuNNN` part. */
  registryCuda: string;
  /** CUDA minor -> the compute capabilities of the cubins inside; `+PTX`: code for newer GPUs too. */
  builds: Readonly<Record<string, readonly string[]>>;
}

const cuda126 = ['5.0', '6.0', '7.0', '7.5', '8.0', '8.6', '9.0'];
const cuda128 = ['7.0', '7.5', '8.0', '8.6', '9.0', '10.0', '12.0'];
const cuda129 = ['7.0', '7.5', '8.0', '8.6', '9.0', '10.0', '12.0+PTX'];
const cuda130 = ['7.5', '8.0', '8.6', '9.0', '10.0', '12.0+PTX'];
const cuda128first = ['7.5', '8.0', '8.6', '9.0', '10.0', '12.0+PTX'];

/**
 * Sources: `.ci/manywheel/build_cuda.sh` in https://github.com/pytorch/pytorch at each release's tag (builds; read
 * back from the wheels with `torch._C._cuda_getArchFlags()` for 2.7.1+cu126); the requirement nvidia-cuda-runtime-cu12
 * of https://pypi.org/project/torch/ (registryCuda: 12.6.77 up to 2.7.1, 12.8.90 from 2.8.0).
 */
export const torchReleases: readonly TorchRelease[] = [
  { version: '2.7.0', registryCuda: '12.6', builds: { '12.6': cuda126, '12.8': cuda128first } },
  { version: '2.7.1', registryCuda: '12.6', builds: { '12.6': cuda126, '12.8': cuda128first } },
  { version: '2.8.0', registryCuda: '12.8', builds: { '12.6': cuda126, '12.8': cuda128, '12.9': cuda129 } },
  { version: '2.9.0', registryCuda: '12.8', builds: { '12.6': cuda126, '12.8': cuda128, '13.0': cuda130 } },
  { version: '2.9.1', registryCuda: '12.8', builds: { '12.6': cuda126, '12.8': cuda128, '13.0': cuda130 } },
  { version: '2.10.0', registryCuda: '12.8', builds: { '12.6': cuda126, '12.8': cuda128, '13.0': cuda130 } },
];

/** The Python registry's wheels for other platforms have no CUDA. Source: https://pypi.org/project/torch/#files. */
export const torchRegistryPlatforms: readonly string[] = ['linux/amd64'];
