import { satisfies } from '@renovatebot/pep440';
import { Failure, osImages, parseReference, readToml } from '@slipway/contract';
import { pyprojectFile } from './pyproject-file.ts';

/** An operating system for images, with its Python. */
export interface OperatingSystem {
  os: string;
  /** The image with a CUDA compiler and the same Python, `<cuda>` for the release; null: NVIDIA has none. */
  cudaDevel: string | null;
  /** Major and minor. */
  python: string;
}

/**
 * The first operating system whose Python an application runs on; that is the default of `slipway.toml` where it fits.
 * @param requiresPython as pyproject.toml says it. @throws Failure `definition-rule` when none fits.
 */
export function chooseOperatingSystem(requiresPython: string): OperatingSystem {
  const fitting = preferred.find(({ python }) => accepts(requiresPython, python));
  if (fitting !== undefined) return fitting;
  const known = preferred.map(({ os, python }) => `${python} (${os})`).join(', ');
  throw new Failure({
    code: 'definition-rule',
    where: { file: pyprojectFile },
    message: `requires-python = "${requiresPython}" allows no Python that an operating system for images has: ${known}`,
    remedy: 'Allow one of them in requires-python, once the application runs on it.',
  });
}

/** The one that a `slipway.toml` chose; undefined when there is none, it says none that is known, or cannot be read. */
export function chosenOperatingSystem(slipwayToml: string | undefined): OperatingSystem | undefined {
  if (slipwayToml === undefined) return undefined;
  try {
    const { images = {} } = readToml(slipwayToml) as { images?: { os?: string; cuda_devel?: string } };
    if (images.os === undefined) return preferred[0];
    const { repository, tag } = parseReference(images.os);
    const found = preferred.find(({ os }) => `/${repository}:${tag}`.endsWith(`/${os}`));
    return found && { ...found, cudaDevel: images.cuda_devel ?? found.cudaDevel };
  } catch {
    return undefined;
  }
}

/** Source of the second: https://hub.docker.com/r/nvidia/cuda/tags, which has images of Ubuntu and none of Debian. */
const preferred: readonly OperatingSystem[] = [
  'ubuntu:24.04',
  'debian:13',
  'debian:12',
  'ubuntu:22.04',
].flatMap((os) => {
  const [repository, tag = ''] = os.split(':');
  const image = osImages.find((each) => each.repository === repository && each.tags.includes(tag));
  const cudaDevel = repository === 'ubuntu' ? `nvidia/cuda:<cuda>-devel-ubuntu${tag}` : null;
  return image === undefined ? [] : [{ os, cudaDevel, python: image.python }];
});

/** Whether some patch of a minor is allowed; which one the image has is known when it is built. */
function accepts(requiresPython: string, minor: string): boolean {
  if (requiresPython === '') return true;
  return Array.from({ length: 30 }, (_, patch) => `${minor}.${patch}`).some((version) =>
    satisfies(version, requiresPython),
  );
}
