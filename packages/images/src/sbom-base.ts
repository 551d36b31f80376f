import { Enums, Models } from '@cyclonedx/cyclonedx-library';
import { normalizePythonName } from '@slipway/contract';
import { PackageURL } from 'packageurl-js';
import type { BuildFacts } from './build-facts.ts';
import { type SbomImage, sbomText } from './sbom.ts';

/**
 * What a base image holds, as its verification found it: the distribution and its packages, Python, and what is
 * installed there. Libraries that lie inside a wheel are part of that wheel, and not listed by themselves.
 */
export function baseSbom(
  image: SbomImage,
  { python, packages = [], system }: Pick<BuildFacts, 'python' | 'packages' | 'system'>,
): string {
  const parts = [
    ...(system && system.id !== '' ? [distribution(system)] : []),
    ...(python === undefined ? [] : [pythonItself(python)]),
    ...unique(packages.map(pythonPackage)),
    ...unique((system?.packages ?? []).map((each) => debianPackage(each, system))),
  ];
  // A document that is silent about something must not look like an image that has none of it.
  return sbomText(image, parts, system ? {} : { unlisted: 'packages of the operating system' });
}

type System = NonNullable<BuildFacts['system']>;

function distribution({ id, version }: System): Models.Component {
  return new Models.Component(Enums.ComponentType.OperatingSystem, id, {
    version,
    bomRef: `os:${id}@${version}`,
  });
}

function pythonItself(version: string): Models.Component {
  const purl = new PackageURL('generic', null, 'python', version, null, null).toString();
  return new Models.Component(Enums.ComponentType.Platform, 'python', { version, purl, bomRef: purl });
}

/** A distribution of the virtual environment. */
export function pythonPackage({
  name,
  version,
}: {
  name: string;
  /** Null: it is not known. */
  version: string | null;
}): Models.Component {
  const purl = new PackageURL('pypi', null, normalizePythonName(name), version, null, null).toString();
  return new Models.Component(Enums.ComponentType.Library, name, {
    ...(version !== null && { version }),
    purl,
    bomRef: purl,
  });
}

function debianPackage(
  { name, version, architecture }: System['packages'][number],
  system: System | undefined,
): Models.Component {
  const distro = system?.id ?? 'debian';
  const qualifiers = { arch: architecture, distro: `${distro}-${system?.version}` };
  const purl = new PackageURL('deb', distro, name, version, qualifiers, null).toString();
  return new Models.Component(Enums.ComponentType.Library, name, { version, purl, bomRef: purl });
}

/** The same distribution may lie in two folders that Python looks in. */
function unique(parts: readonly Models.Component[]): Models.Component[] {
  return [...new Map(parts.map((part) => [part.purl, part])).values()];
}
