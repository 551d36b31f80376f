import { describeCapability } from '../capability.ts';
import { computeCapabilities } from '../facts/compute-capabilities.ts';
import { cudaReleases } from '../facts/cuda.ts';
import { isKnownCapability, isKnownCuda } from '../known.ts';
import { nearestNumber } from '../nearest.ts';
import { contradiction, type Rule } from './contradiction.ts';
import { list } from './words.ts';

/** Driver and compiler image of a CUDA are facts; without them there is no GPU contract. */
export const cudaIsKnown: Rule = (definition) => {
  const known = cudaReleases.map(({ version }) => version);
  return definition.architectures
    .filter(({ cuda }) => cuda !== null && !isKnownCuda(cuda))
    .map(({ file, cuda }) => {
      return contradiction(
        definition,
        { file, path: 'cuda' },
        `no facts are known about CUDA ${cuda}; known are ${list(known)}`,
        `Write cuda = "${nearestNumber(cuda ?? '', known)}", or another of these.`,
      );
    });
};

/** A GPU is promised by its capability and reached through CUDA: one without the other promises nothing. */
export const cudaAndCapabilitiesGoTogether: Rule = (definition) =>
  definition.architectures.flatMap(({ file, cuda, torch, computeCapabilities: promised }) => {
    if (cuda === null && torch !== null) {
      const message = `torch ${torch.version} is asked for, but cuda is missing`;
      return [
        contradiction(definition, { file, path: 'torch' }, message, 'Add cuda = "12.6", or remove [torch].'),
      ];
    }
    if (cuda === null && promised.length > 0) {
      const message = `compute capability ${list(promised)} is promised, but cuda is missing`;
      const place = { file, path: 'compute_capabilities' };
      return [contradiction(definition, place, message, 'Add cuda, or write compute_capabilities = [].')];
    }
    if (cuda !== null && promised.length === 0) {
      const message = `cuda is ${cuda}, but compute_capabilities is empty: no GPU would be served`;
      return [
        contradiction(definition, { file, path: 'cuda' }, message, 'Name the capabilities, or remove cuda.'),
      ];
    }
    return [];
  });

/** A capability that no GPU has can only be a slip. */
export const capabilitiesAreKnown: Rule = (definition) => {
  const known = computeCapabilities.map(({ capability }) => capability);
  return definition.architectures.flatMap(({ file, computeCapabilities: promised }) =>
    promised.flatMap((capability, index) => {
      if (isKnownCapability(capability)) return [];
      const meant = nearestNumber(capability, known) ?? '';
      return [
        contradiction(
          definition,
          { file, path: `compute_capabilities.${index}` },
          `no GPU has compute capability ${capability}; known are ${list(known)}`,
          `Write ${describeCapability(meant)} if that was meant.`,
        ),
      ];
    }),
  );
};

/** One image for several CUDA minors would compile most of them with a foreign compiler. */
export const cudaDevelFollowsCuda: Rule = (definition) => {
  const minors = [...new Set(definition.architectures.flatMap(({ cuda }) => cuda ?? []))].sort();
  const { cudaDevel } = definition.images;
  if (cudaDevel.includes('<cuda>') || minors.length < 2) return [];
  return [
    contradiction(
      definition,
      { file: 'slipway.toml', path: 'images.cuda_devel' },
      `cuda_devel "${cudaDevel}" is one image, but the architectures have CUDA ${list(minors)}`,
      'Put <cuda> where the CUDA release stands in it, for example nvidia/cuda:<cuda>-devel-ubuntu24.04.',
    ),
  ];
};
