import { explain, gt, lt, type Pep440Version, satisfies, validRange } from '@renovatebot/pep440';
import {
  type EnvironmentMarker,
  type EnvironmentMarkerLeaf,
  type EnvironmentMarkerNode,
  parsePipRequirementsLine,
} from 'pip-requirements-js';
import type { Problem } from './problem.ts';
import { parsePyproject } from './pyproject.ts';
import { normalizePythonName, pythonNamePattern } from './python-name.ts';
import { quote } from './syntax/quote.ts';

/**
 * What an application declares and its base image does not have; a runtime image brings no dependencies of its own.
 * Nothing is pulled: `base` is what is kept beside the image. What an extra of another package adds (`ray[default]`)
 * is not known there, so only that package itself is looked for; the lock has seen to the rest.
 * @throws Failure when the pyproject.toml cannot be read.
 */
export function checkClosure(
  declared: { pyproject: string; file: string; extras: readonly string[]; architecture: string },
  base: { reference: string; python: string; packages: readonly { name: string; version: string }[] },
): Problem[] {
  const { file, architecture } = declared;
  const { name, dependencies, optionalDependencies } = parsePyproject(declared.pyproject, file);
  const optional = byName(Object.entries(optionalDependencies));
  const installed = byName(base.packages.map((each) => [each.name, each.version]));
  const environment = markerEnvironment(base.python);
  // By text: a requirement is met with every extra anew, and is one problem all the same.
  const problems = new Map<string, Problem>();
  // '' stands for no extra. The loop also visits what a self-reference such as `digits[torch]` adds meanwhile.
  const extras = new Set(['', ...declared.extras.map(normalizePythonName)]);
  for (const extra of extras) {
    if (extra !== '' && !optional.has(extra)) problems.set(`[${extra}]`, unknownExtra(extra, optional, file));
    for (const text of [...dependencies, ...(optional.get(extra) ?? [])]) {
      const wanted = readRequirement(text);
      if (wanted === undefined) {
        problems.set(text, malformed(text, file));
        continue;
      }
      if (wanted.marker && !applies(wanted.marker, { ...environment, extra })) continue;
      if (wanted.name === normalizePythonName(name)) {
        for (const each of wanted.extras) extras.add(each);
        continue;
      }
      const found = installed.get(wanted.name);
      if (found !== undefined && fits(found, wanted.specifiers)) continue;
      problems.set(text, {
        code: 'closure-violated',
        where: { file },
        message: `${wanted.name}${wanted.specifiers.join(',')} is asked for, but ${base.reference} has ${found ?? 'none'}`,
        remedy: `lock it, then build the base: npx nx run base-${architecture}:lock && npx nx run base-${architecture}:build-image`,
      });
    }
  }
  return [...problems.values()];
}

interface Requirement {
  name: string;
  extras: string[];
  /** Such as `>=2.6` and `<3`; all of them count. */
  specifiers: string[];
  marker: EnvironmentMarker | undefined;
}

/** Reads a requirement of PEP 508; undefined: it is none. */
function readRequirement(text: string): Requirement | undefined {
  // A direct reference asks for its name only, and the library takes no marker behind an address.
  const named = text.replace(/^([^;@<>=!~()]*)@\s*\S+(?=\s+;|\s*$)/, '$1');
  // The library takes the beginning of `===` for `==` and stumbles over the rest.
  const exact = /^[^;]*===/.test(named);
  try {
    const parsed = parsePipRequirementsLine(named.replaceAll('===', '=='));
    if (parsed?.type !== 'ProjectName' || !pythonNamePattern.test(parsed.name)) return undefined;
    const specifiers = (parsed.versionSpec ?? []).map(
      ({ operator, version }) => `${exact && operator === '==' ? '===' : operator}${version}`,
    );
    if (!specifiers.every(validRange)) return undefined;
    return {
      name: normalizePythonName(parsed.name),
      extras: (parsed.extras ?? []).map(normalizePythonName),
      specifiers,
      marker: parsed.environmentMarkerTree,
    };
  } catch {
    return undefined;
  }
}

/** Whether a version fits every specifier. What is installed is there on purpose, so pre-releases count. */
function fits(version: string, specifiers: readonly string[]): boolean {
  const found = explain(version);
  return specifiers.every((specifier) => {
    const [, operator, text = ''] = /^([<>=!~]+)(.*)$/.exec(specifier) ?? [];
    if (operator === '===') return version.toLowerCase() === text.toLowerCase();
    // Not a version of PEP 440, which compares with nothing.
    if (found === null) return false;
    const limit = explain(text);
    if (limit !== null && (operator === '<' || operator === '>')) {
      return isBeyond(found.public, operator, limit);
    }
    // Without these zeros the library finds no `2.0.*` in a plain `2`.
    const padded = found.public.replace(found.base_version, `${found.base_version}.0.0.0`);
    const whole = found.local === null ? padded : `${padded}+${found.local}`;
    return satisfies(whole, specifier, { prereleases: true });
  });
}

/**
 * `<` leaves out the limit's own pre-releases and `>` its post-releases. The library leaves out everything that shares
 * the limit's numbers, so that 2.0 would not be above 2.0.dev1.
 */
function isBeyond(version: string, operator: '<' | '>', limit: Pep440Version): boolean {
  const { public: plain, is_prerelease: pre, is_postrelease: post, is_devrelease: dev } = limit;
  if (operator === '<') return lt(version, pre ? plain : `${plain}.dev0`);
  return gt(version, post || dev ? plain : `${plain}.post${Number.MAX_SAFE_INTEGER}`);
}

/** What PEP 508 lets a marker ask, on CPython and Linux x86_64. */
function markerEnvironment(python: string): Record<string, string> {
  return {
    python_version: python.split('.').slice(0, 2).join('.'),
    python_full_version: python,
    implementation_name: 'cpython',
    implementation_version: python,
    platform_python_implementation: 'CPython',
    os_name: 'posix',
    sys_platform: 'linux',
    platform_system: 'Linux',
    platform_machine: 'x86_64',
    // The kernel belongs to the host of a run, which nobody knows yet.
    platform_release: '',
    platform_version: '',
  };
}

function applies(marker: EnvironmentMarker, environment: Record<string, string>): boolean {
  if (!isNode(marker)) return holds(marker, environment);
  const [left, right] = [applies(marker.left, environment), applies(marker.right, environment)];
  return marker.operator === 'and' ? left && right : left || right;
}

function isNode(marker: EnvironmentMarker): marker is EnvironmentMarkerNode {
  return marker.operator === 'and' || marker.operator === 'or';
}

/** One comparison of a marker: of versions where both sides are some, of texts otherwise. */
function holds(leaf: EnvironmentMarkerLeaf, environment: Record<string, string>): boolean {
  const textOf = (side: string): string => {
    const value = /^["']/.test(side) ? side.slice(1, -1) : (environment[side] ?? '');
    return leaf.left === 'extra' || leaf.right === 'extra' ? normalizePythonName(value) : value;
  };
  const [left, right] = [textOf(leaf.left), textOf(leaf.right)];
  const specifier = `${leaf.operator}${right}`;
  if (leaf.operator === 'in') return right.includes(left);
  if (leaf.operator === 'not in') return !right.includes(left);
  if (explain(left) !== null && validRange(specifier)) return fits(left, [specifier]);
  // Texts are equal or not; an order of them means nothing.
  return leaf.operator === '!=' ? left !== right : leaf.operator === '==' && left === right;
}

function byName<T>(entries: readonly (readonly [string, T])[]): Map<string, T> {
  return new Map(entries.map(([name, value]) => [normalizePythonName(name), value]));
}

function malformed(text: string, file: string): Problem {
  return {
    code: 'definition-invalid',
    where: { file },
    message: `"${quote(text)}" is not a requirement`,
    remedy: 'write it as https://packaging.python.org/en/latest/specifications/dependency-specifiers/ says',
  };
}

function unknownExtra(extra: string, optional: Map<string, unknown>, file: string): Problem {
  return {
    code: 'definition-rule',
    where: { file },
    message: `there are no optional dependencies named ${extra}; there are ${[...optional.keys()].join(', ') || 'none'}`,
    remedy: `add [project.optional-dependencies] ${extra}, or take it out of extras`,
  };
}
