import { compareNumbers, coverage, describeCapability } from '../capability.ts';
import type { Architecture, FlashAttention } from '../definition.ts';
import {
  type FlashAttentionMajor,
  flashAttentionMajors,
  flashAttentionWheels,
} from '../facts/flash-attention.ts';
import { type OsImage, osImages } from '../facts/os-images.ts';
import { majorOf } from '../gpu-contract.ts';
import { isKnownCapability } from '../known.ts';
import { parseWheelName, wheelMisfits } from '../wheel-name.ts';
import { contradiction, type Rule } from './contradiction.ts';
import { list } from './words.ts';

/** Its extension links against torch. */
export const flashAttentionHasTorch: Rule = (definition) =>
  withFlashAttention(definition.architectures)
    .filter(({ torch }) => torch === null)
    .map(({ file, flashAttention }) =>
      contradiction(
        definition,
        { file, path: 'flash_attention' },
        `flash-attention ${flashAttention.version} is asked for, but there is no torch to link it against`,
        'Add the table [torch], or remove [flash_attention].',
      ),
    );

/** A version has facts by its major; without them nobody knows which GPUs it serves. */
export const flashAttentionIsKnown: Rule = (definition) =>
  withFlashAttention(definition.architectures).flatMap(({ file, flashAttention: { version, from } }) => {
    const facts = factsOf(version);
    const place = { file, path: 'flash_attention.version' };
    if (facts === undefined) {
      const majors = list(flashAttentionMajors.map(({ major }) => String(major)));
      const message = `no facts are known about flash-attention ${version}; known are the majors ${majors}`;
      return [contradiction(definition, place, message, 'Write version = "2.7.4.post1".')];
    }
    if (from === 'build' && !facts.source) {
      const message = `flash-attention ${version} cannot be built: the Python registry has no source of major ${facts.major}`;
      const remedy = 'Write from = { url = "...", sha256 = "..." } with an exact wheel, or take a version 2.';
      return [contradiction(definition, place, message, remedy)];
    }
    return [];
  });

/** Older GPUs are refused by its own check, others have no cubin that serves them. */
export const flashAttentionServesTheCapabilities: Rule = (definition) =>
  withFlashAttention(definition.architectures).flatMap((architecture) => {
    const { version } = architecture.flashAttention;
    const facts = factsOf(version);
    if (facts === undefined) return [];
    return architecture.computeCapabilities.flatMap((capability, index) => {
      if (!isKnownCapability(capability) || servingArch(facts, capability) !== undefined) return [];
      const tooOld = compareNumbers(capability, facts.minimumCapability) < 0;
      const reason = tooOld
        ? `it needs ${facts.minimumCapability} or newer`
        : `it has cubins for ${list(facts.archs.map(({ cubin }) => cubin))} only`;
      return [
        contradiction(
          definition,
          { file: architecture.file, path: `compute_capabilities.${index}` },
          `flash-attention ${version} does not run on compute capability ${describeCapability(capability)}: ${reason}`,
          `Remove [flash_attention] (attention then falls back to torch's own), or "${capability}".`,
        ),
      ];
    });
  });

/** The compiler is the one of the architecture's CUDA. */
export const flashAttentionCompiles: Rule = (definition) =>
  withFlashAttention(definition.architectures).flatMap((architecture) => {
    const { file, cuda, flashAttention, computeCapabilities } = architecture;
    const facts = factsOf(flashAttention.version);
    if (facts === undefined || cuda === null || flashAttention.from !== 'build') return [];
    return computeCapabilities.flatMap((capability, index) => {
      const arch = servingArch(facts, capability);
      if (arch === undefined || compareNumbers(cuda, arch.minimumNvcc) >= 0) return [];
      return [
        contradiction(
          definition,
          { file, path: `compute_capabilities.${index}` },
          `flash-attention ${flashAttention.version} for compute capability ${describeCapability(capability)} needs nvcc ${arch.minimumNvcc} or newer, but cuda is ${cuda}`,
          `Write cuda = "${arch.minimumNvcc}" with a torch of that build, or remove [flash_attention].`,
        ),
      ];
    });
  });

/** What is compiled for the Python of one operating system is not loaded by that of another. */
export const flashAttentionIsCompiledForItsPython: Rule = (definition) => {
  const { os, cudaDevel } = definition.images;
  const [runs, compiles] = [osImages.find(isTagOf(os)), osImages.find(isReleaseOf(cudaDevel))];
  if (runs === undefined || compiles === undefined || runs.python === compiles.python) return [];
  return withFlashAttention(definition.architectures)
    .filter(({ flashAttention }) => flashAttention.from === 'build')
    .map(({ file, flashAttention: { version } }) =>
      contradiction(
        definition,
        { file, path: 'flash_attention.from' },
        `flash-attention ${version} would be compiled in ${cudaDevel} for Python ${compiles.python}, but ${os} has Python ${runs.python}`,
        'Write from = { url = "...", sha256 = "..." } with a wheel for that Python, or give images.os and images.cuda_devel one operating system.',
      ),
    );
};

/** A wheel of another torch, CUDA, Python or platform fails at import, after everything was built and pushed. */
export const flashAttentionWheelFits: Rule = (definition) =>
  withFlashAttention(definition.architectures).flatMap(
    ({ file, flashAttention, torch, cuda, python, platforms }) => {
      if (flashAttention.from === 'build') return [];
      const { version, from } = flashAttention;
      const place = { file, path: 'flash_attention.from.url' };
      const wheel = parseWheelName(from.url);
      if (wheel === undefined) {
        const message = `"${from.url.split('/').at(-1)}" is not the name of a wheel`;
        return [
          contradiction(definition, place, message, 'Take the URL of name-version-python-abi-platform.whl.'),
        ];
      }
      const reasons = wheelMisfits(wheel, {
        version,
        lowestPython: python,
        platforms,
        ...(torch !== null && { torch: torch.version }),
        // From 2.7 on, all of torch's wheels have the new C++ ABI; before, it differs from build to build.
        ...(torch !== null && compareNumbers(release(torch.version), '2.7') >= 0 && { cxx11Abi: true }),
        ...(cuda !== null && { cuda }),
      });
      const named = /^flash_attn(?:_\d)?$/.test(wheel.distribution) ? [] : [`it is ${wheel.distribution}`];
      if (reasons.length + named.length === 0) return [];
      const made = flashAttentionWheels.find((candidate) => candidate.version === version);
      return [
        contradiction(
          definition,
          place,
          `the wheel ${wheel.file} does not fit: ${list([...named, ...reasons])}`,
          made === undefined
            ? 'Take the wheel that fits, or write from = "build".'
            : `Take a wheel that fits (the project's own of ${version} are for torch ${made.torch[0]} to ${made.torch.at(-1)}), or write from = "build".`,
        ),
      ];
    },
  );

type WithFlashAttention = Architecture & { flashAttention: FlashAttention };

function withFlashAttention(architectures: readonly Architecture[]): WithFlashAttention[] {
  return architectures.filter((one): one is WithFlashAttention => one.flashAttention !== null);
}

function factsOf(version: string): FlashAttentionMajor | undefined {
  return flashAttentionMajors.find(({ major }) => major === majorOf(version));
}

function servingArch(facts: FlashAttentionMajor, capability: string) {
  return facts.archs.find(({ cubin }) => coverage([cubin], capability) === 'cubin');
}

/** `debian:13` and `mirror.example.org/library/debian:13@sha256:...` alike. */
function isTagOf(reference: string) {
  const name = reference.split('@')[0] ?? '';
  return ({ repository, tags }: OsImage) => tags.some((tag) => `/${name}`.endsWith(`/${repository}:${tag}`));
}

/** `nvidia/cuda:<cuda>-devel-ubuntu24.04` */
function isReleaseOf(cudaDevel: string) {
  const [, name] = /-([a-z]+[\d.]+)(?:@.*)?$/.exec(cudaDevel) ?? [];
  return ({ repository, tags }: OsImage) => tags.some((tag) => `${repository}${tag}` === name);
}

function release(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}
