import { compareNumbers } from './capability.ts';

/** What the file name of a wheel says (PEP 427), and what projects put into its local version. */
export interface WheelName {
  file: string;
  distribution: string;
  /** Without the local part. */
  version: string;
  /** What stands behind `+`, such as `cu128` or `cu12torch2.6cxx11abiFALSE`; empty: nothing. */
  local: string;
  /** Such as `cp312` or `py3`. */
  python: string;
  abi: string;
  /** Such as `linux_x86_64`. */
  platform: string;
}

/** What a wheel has to fit. What is left out is not asked for. */
export interface WheelTarget {
  distribution?: string;
  /** Without the local part. */
  version?: string;
  /** Major and minor of the Python that is there. */
  python?: string;
  /** The lowest Python, where the real one is not known yet. */
  lowestPython?: string;
  torch?: string;
  /** Major and minor. */
  cuda?: string;
  cxx11Abi?: boolean;
  platforms?: readonly string[];
}

/** Reads the end of a URL or a path as a wheel's name; undefined when it is none. */
export function parseWheelName(location: string): WheelName | undefined {
  const file = (location.split('/').at(-1) ?? '').replaceAll(/%2[bB]/g, '+');
  // name-version(-build)?-python-abi-platform.whl
  const match = /^([^-]+)-([^-]+)(?:-\d[^-]*)?-([^-]+)-([^-]+)-([^-]+)\.whl$/.exec(file);
  if (match === null) return undefined;
  const [, distribution = '', full = '', python = '', abi = '', platform = ''] = match;
  const [version = '', local = ''] = full.split('+');
  return { file, distribution: distribution.toLowerCase(), version, local, python, abi, platform };
}

/** Why a wheel cannot work there, one clause a reason; empty when its name speaks against nothing. */
export function wheelMisfits(wheel: WheelName, target: WheelTarget): string[] {
  return [
    misfit('distribution', wheel.distribution, target.distribution),
    misfit('version', wheel.version, target.version),
    pythonMisfit(wheel, target),
    misfit('torch', /torch(\d+\.\d+)/.exec(wheel.local)?.[1], target.torch && minor(target.torch)),
    cudaMisfit(wheel, target),
    misfit('C++11 ABI', /cxx11abi(TRUE|FALSE)/.exec(wheel.local)?.[1], abiWord(target.cxx11Abi)),
    platformMisfit(wheel, target),
  ].filter((reason) => reason !== undefined);
}

function misfit(what: string, has: string | undefined, wanted: string | undefined): string | undefined {
  if (has === undefined || wanted === undefined || has === wanted) return undefined;
  return `it is for ${what} ${has}, not ${wanted}`;
}

function pythonMisfit(wheel: WheelName, target: WheelTarget): string | undefined {
  const digits = /^cp3(\d+)$/.exec(wheel.python)?.[1];
  if (digits === undefined) return undefined;
  const has = `3.${digits}`;
  // A wheel of the stable ABI runs on its own Python and every later one.
  const stable = wheel.abi === 'abi3';
  if (target.python !== undefined) {
    const fits = stable ? compareNumbers(has, target.python) <= 0 : has === target.python;
    return fits ? undefined : `it is for Python ${has}, not ${target.python}`;
  }
  if (target.lowestPython === undefined || stable || compareNumbers(has, target.lowestPython) >= 0)
    return undefined;
  return `it is for Python ${has}, below ${target.lowestPython}`;
}

/** A wheel names a CUDA major (`cu12`), or a minor too (`cu128`); the major decides whether its libraries are there. */
function cudaMisfit(wheel: WheelName, target: WheelTarget): string | undefined {
  const [, major, minorDigit] = /^cu(\d\d)(\d?)(?!\d)/.exec(wheel.local) ?? [];
  if (major === undefined || target.cuda === undefined) return undefined;
  if (minorDigit) return misfit('CUDA', `${major}.${minorDigit}`, target.cuda);
  return misfit('CUDA', major, target.cuda.split('.')[0]);
}

const machines: Record<string, string> = { 'linux/amd64': 'x86_64', 'linux/arm64': 'aarch64' };

function platformMisfit(wheel: WheelName, target: WheelTarget): string | undefined {
  const missed = (target.platforms ?? []).find((platform) => {
    return wheel.platform !== 'any' && !(wheel.platform.includes('linux') && endsIn(wheel, platform));
  });
  return missed === undefined ? undefined : `it is for ${wheel.platform}, not ${missed}`;
}

function endsIn(wheel: WheelName, platform: string): boolean {
  return wheel.platform.endsWith(machines[platform] ?? platform);
}

function minor(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

function abiWord(abi: boolean | undefined): string | undefined {
  return abi === undefined ? undefined : abi ? 'TRUE' : 'FALSE';
}
