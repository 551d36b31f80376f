/** What has to be known of a CUDA minor release. */
export interface CudaRelease {
  /** Major and minor. */
  version: string;
  /** The patch release whose developer image is taken, as that image's tag spells it. */
  imageVersion: string;
  /** The oldest Linux driver that starts programs of this CUDA major, by minor-version compatibility. */
  minimumDriver: string;
  /** The driver that came with it: the oldest one that can compile PTX of this release. */
  ownDriver: string;
}

/**
 * Sources: https://docs.nvidia.com/cuda/cuda-toolkit-release-notes/ table 2 (minimumDriver) and table 3, GA rows
 * (ownDriver); https://hub.docker.com/r/nvidia/cuda/tags, devel-ubuntu24.04, which begins at 12.6
 * (imageVersion). PTX and minor versions: https://docs.nvidia.com/deploy/cuda-compatibility/.
 */
export const cudaReleases: readonly CudaRelease[] = [
  { version: '12.6', imageVersion: '12.6.3', minimumDriver: '525.60.13', ownDriver: '560.28.03' },
  { version: '12.8', imageVersion: '12.8.1', minimumDriver: '525.60.13', ownDriver: '570.26' },
  { version: '12.9', imageVersion: '12.9.1', minimumDriver: '525.60.13', ownDriver: '575.51.03' },
  { version: '13.0', imageVersion: '13.0.2', minimumDriver: '580.65.06', ownDriver: '580.65.06' },
];
