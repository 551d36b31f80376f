import { Failure, normalizePythonName, parsePyproject, readToml } from '@slipway/contract';
import { parsePipRequirementsLine } from 'pip-requirements-js';

/** What is read of a pyproject.toml. */
export interface Project {
  /** The distribution's name as it is written. */
  name: string;
  /** Files that state its version, from the root; empty: none does. */
  versionFiles: readonly string[];
  /** As it is written; '' when it says nothing. */
  requiresPython: string;
  dependencies: readonly Requirement[];
  /** Optional dependencies by extra. */
  extras: Readonly<Record<string, readonly Requirement[]>>;
  /** Names of the commands that installing it brings. */
  scripts: readonly string[];
  /** What builds it, as it is written; '' where pyproject.toml leaves that to setuptools. */
  buildBackend: string;
}

/** A requirement as far as it is looked at. */
export interface Requirement {
  /** In the one spelling that all spellings share. */
  name: string;
  /** As PEP 440 spells it, `>=2.7,<3`; '' when any version will do. */
  specifier: string;
}

/** The file, for problems. */
export const pyprojectFile = 'pyproject.toml';

/**
 * Reads a pyproject.toml.
 * @param files paths of the repository's files, from the root.
 * @throws Failure `definition-syntax` when it is not TOML, `definition-invalid` when it has no [project] or its name is
 *   none that Python packages can have.
 */
export function parseProject(text: string, files: readonly string[]): Project {
  const declared = parsePyproject(text, pyprojectFile);
  if (!pythonName.test(declared.name)) {
    throw new Failure({
      code: 'definition-invalid',
      where: { file: pyprojectFile, line: lineOf(text, /^\s*name\s*=/) },
      message: `project.name "${declared.name}" is not the name of a Python package`,
      remedy: 'write one of letters, digits, ".", "_" and "-" that begins and ends with a letter or digit',
    });
  }
  const { project, tool, 'build-system': buildSystem } = readToml(text) as RawPyproject;
  const requirements = (texts: readonly string[]) => texts.flatMap((each) => readRequirement(each) ?? []);
  return {
    name: declared.name,
    versionFiles: declared.version === null ? dynamicVersionFiles(tool, files) : [pyprojectFile],
    requiresPython: String(project['requires-python'] ?? ''),
    dependencies: requirements(declared.dependencies),
    extras: Object.fromEntries(
      Object.entries(declared.optionalDependencies).map(([extra, texts]) => [extra, requirements(texts)]),
    ),
    scripts: Object.keys(project.scripts ?? {}),
    buildBackend: buildSystem?.['build-backend'] ?? '',
  };
}

interface RawPyproject {
  'build-system'?: { 'build-backend'?: string };
  project: { 'requires-python'?: unknown; scripts?: Record<string, string> };
  tool?: {
    setuptools?: { dynamic?: { version?: { file?: string | string[]; attr?: string } } };
    hatch?: { version?: { path?: string } };
    pdm?: { version?: { path?: string } };
  };
}

// Source: https://packaging.python.org/en/latest/specifications/name-normalization/#name-format
const pythonName = /^[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?$/i;

/** Where build back ends find a dynamic version, when that is a file that is there; git's tags, for one, are none. */
function dynamicVersionFiles(tool: RawPyproject['tool'], files: readonly string[]): string[] {
  const { file, attr } = tool?.setuptools?.dynamic?.version ?? {};
  const named = [tool?.hatch?.version?.path, tool?.pdm?.version?.path, ...[file ?? []].flat()];
  const candidates = [...named, ...(attr === undefined ? [] : modulesOf(attr))];
  return candidates
    .filter((path) => path !== undefined)
    .filter((path) => files.includes(path))
    .slice(0, 1);
}

/** `wood.about.__version__` -> the files that can define it. */
function modulesOf(attribute: string): string[] {
  const module = attribute.split('.').slice(0, -1).join('/');
  return ['src/', ''].flatMap((root) => [`${root}${module}/__init__.py`, `${root}${module}.py`]);
}

/** Undefined: an address, or none at all, about which the resolver says more. */
function readRequirement(text: string): Requirement | undefined {
  try {
    const read = parsePipRequirementsLine(text);
    if (read?.type !== 'ProjectName') return undefined;
    const specifier = (read.versionSpec ?? [])
      .map(({ operator, version }) => `${operator}${version}`)
      .join(',');
    return { name: normalizePythonName(read.name), specifier };
  } catch {
    return undefined;
  }
}

function lineOf(text: string, pattern: RegExp): number | undefined {
  const index = text.split('\n').findIndex((line) => pattern.test(line));
  return index === -1 ? undefined : index + 1;
}
