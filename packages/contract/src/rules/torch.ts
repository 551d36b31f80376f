import { coverage, describeCapability } from '../capability.ts';
import type { Architecture, Torch } from '../definition.ts';
import { torchRegistryPlatforms, torchReleases } from '../facts/torch.ts';
import { torchArchs } from '../gpu-contract.ts';
import { isKnownCapability, isKnownCuda } from '../known.ts';
import { parseWheelName, wheelMisfits } from '../wheel-name.ts';
import { contradiction, type Rule } from './contradiction.ts';
import { cudaSuffix, list } from './words.ts';

/** A nightly disappears from its index, so it is only reproducible as an exact wheel. */
export const nightlyTorchIsPinned: Rule = (definition) =>
  withTorch(definition.architectures)
    .filter(({ torch }) => torch.wheels.length === 0 && isNightly(torch))
    .map(({ file, torch }) =>
      contradiction(
        definition,
        { file, path: 'torch.version' },
        `torch ${torch.version} is a nightly without exact wheels: in a few weeks it is gone from its index`,
        'Add wheels = [{ url = "...", sha256 = "..." }] to [torch], one for each wheel that the registry does not have.',
      ),
    );

/** A version says which build it is once, and the channel says nothing else than the version. */
export const torchVersionAgrees: Rule = (definition) =>
  withTorch(definition.architectures).flatMap(({ file, cuda, torch }) => {
    const [version = '', local] = torch.version.split('+');
    const place = { file, path: 'torch.version' };
    if (local !== undefined && cuda !== null && local !== cudaSuffix(cuda)) {
      const message = `torch ${torch.version} is a ${local} build, but cuda is ${cuda}`;
      const remedy = `Write version = "${version}": the build follows from cuda.`;
      return [contradiction(definition, place, message, remedy)];
    }
    if (torch.channel === 'nightly' && !isNightly(torch)) {
      const message = `torch ${torch.version} is no nightly, but channel is nightly`;
      const remedy = 'Write channel = "stable", or the nightly\'s version such as 2.9.0.dev20250801.';
      return [contradiction(definition, { file, path: 'torch.channel' }, message, remedy)];
    }
    if (torch.channel === 'stable' && isNightly(torch)) {
      const message = `torch ${torch.version} is a nightly, but channel is stable`;
      return [contradiction(definition, place, message, 'Write channel = "nightly", or a stable version.')];
    }
    return [];
  });

/** The Python registry has one CUDA build of each torch; another comes by its exact wheels. */
export const torchBuildIsOnTheRegistry: Rule = (definition) =>
  withTorch(definition.architectures).flatMap(({ file, cuda, torch }) => {
    if (
      torch.wheels.length > 0 ||
      torch.channel === 'nightly' ||
      isNightly(torch) ||
      cuda === null ||
      !isKnownCuda(cuda)
    )
      return [];
    const version = publicVersion(torch);
    const release = torchReleases.find((candidate) => candidate.version === version);
    if (release?.registryCuda === cuda) return [];
    const fitting = torchReleases
      .filter(({ registryCuda }) => registryCuda === cuda)
      .map((one) => one.version);
    const message =
      release === undefined
        ? `no facts are known about torch ${version}; known are ${list(torchReleases.map((one) => one.version))}`
        : `the Python registry's torch ${version} is the ${cudaSuffix(release.registryCuda)} build, but cuda is ${cuda}`;
    const choice = [
      ...(fitting.length > 0 ? [`take torch ${list(fitting, 'or')}`] : []),
      ...(release === undefined ? [] : [`write cuda = "${release.registryCuda}"`]),
      'give its exact wheels in [torch] wheels',
    ];
    return [
      contradiction(definition, { file, path: 'torch.version' }, message, sentence(list(choice, 'or'))),
    ];
  });

/** The wheels for other platforms on the Python registry know no CUDA at all. */
export const torchIsThereForThePlatform: Rule = (definition) =>
  withTorch(definition.architectures).flatMap(({ file, torch, platforms }) => {
    if (torch.wheels.length > 0) return [];
    return platforms.flatMap((platform, index) => {
      if (torchRegistryPlatforms.includes(platform)) return [];
      return [
        contradiction(
          definition,
          { file, path: `platforms.${index}` },
          `the Python registry's torch ${publicVersion(torch)} for ${platform} has no CUDA`,
          `Remove "${platform}" from platforms, or give exact wheels in [torch] wheels.`,
        ),
      ];
    });
  });

/** A wheel without code for a GPU installs, imports, and fails at the first kernel. */
export const torchServesTheCapabilities: Rule = (definition) =>
  withTorch(definition.architectures).flatMap((architecture) => {
    const archs = torchArchs(architecture);
    if (archs === undefined) return [];
    const build = `torch ${publicVersion(architecture.torch)} ${cudaSuffix(architecture.cuda ?? '')}`;
    return architecture.computeCapabilities.flatMap((capability, index) => {
      if (!isKnownCapability(capability) || coverage(archs, capability) !== undefined) return [];
      const serving = servingBuilds(capability);
      return [
        contradiction(
          definition,
          { file: architecture.file, path: `compute_capabilities.${index}` },
          `${build} has no code for compute capability ${describeCapability(capability)}: it carries ${archs.join(';')}`,
          serving.length === 0
            ? `Remove "${capability}": no build of torch that is known carries it.`
            : `Take a build that carries it: torch ${list(serving, 'or')}.`,
        ),
      ];
    });
  });

/** What the names of pinned wheels say must fit what the architecture says. */
export const torchWheelsFit: Rule = (definition) =>
  withTorch(definition.architectures).flatMap(({ file, cuda, python, torch, platforms }) => {
    const names = torch.wheels.map(({ url }) => parseWheelName(url));
    const problems = names.flatMap((wheel, index) => {
      const place = { file, path: `torch.wheels.${index}.url` };
      if (wheel === undefined) {
        const message = `"${torch.wheels[index]?.url.split('/').at(-1)}" is not the name of a wheel`;
        return [
          contradiction(definition, place, message, 'Take the URL of name-version-python-abi-platform.whl.'),
        ];
      }
      const isTorch = wheel.distribution === 'torch';
      const reasons = wheelMisfits(wheel, {
        ...(isTorch && { version: publicVersion(torch), ...(cuda !== null && { cuda }) }),
        lowestPython: python,
        platforms,
      });
      if (reasons.length === 0) return [];
      const message = `the wheel ${wheel.file} does not fit: ${list(reasons)}`;
      return [
        contradiction(definition, place, message, 'Take the wheel that fits, or correct the definition.'),
      ];
    });
    const hasTorch = names.some((wheel) => wheel?.distribution === 'torch');
    if (names.length === 0 || hasTorch) return problems;
    const message = `[torch] wheels has no wheel of torch itself, which is to be ${torch.version}`;
    const remedy = 'Add the URL and sha256 of the torch wheel, or remove wheels.';
    return [...problems, contradiction(definition, { file, path: 'torch.wheels' }, message, remedy)];
  });

type WithTorch = Architecture & { torch: Torch };

function withTorch(architectures: readonly Architecture[]): WithTorch[] {
  return architectures.filter((architecture): architecture is WithTorch => architecture.torch !== null);
}

function isNightly(torch: Torch): boolean {
  return torch.version.includes('.dev');
}

function publicVersion(torch: Torch): string {
  return torch.version.split('+')[0] ?? '';
}

/** `2.8.0 cu128`: for each CUDA the first torch that serves it, those on the Python registry first. */
function servingBuilds(capability: string): string[] {
  const builds = torchReleases.flatMap(({ version, builds, registryCuda }) =>
    Object.entries(builds)
      .filter(([, archs]) => coverage(archs, capability) !== undefined)
      .map(([cuda]) => ({ version, cuda, onRegistry: cuda === registryCuda })),
  );
  const onRegistry = builds.filter((build) => build.onRegistry);
  const shown = onRegistry.length > 0 ? onRegistry : builds;
  return shown.map(({ version, cuda }) => `${version} ${cudaSuffix(cuda)}`);
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
