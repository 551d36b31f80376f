import { validRange } from '@renovatebot/pep440';
import {
  completePyproject,
  Failure,
  normalizePythonName,
  parsePyproject,
  parseWheelName,
  readToml,
  versionOfFiles,
} from '@slipway/contract';
import { parsePipRequirementsLine } from 'pip-requirements-js';
import { pyprojectFile } from './pyproject-file.ts';
import type { Repository } from './repository.ts';
import { versionFileCandidates } from './version-files.ts';

/** What is read of a pyproject.toml. */
export interface Project {
  /** The distribution's name as it is written. */
  name: string;
  /** As it is written; null: no file states it. */
  version: string | null;
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

/**
 * Reads a pyproject.toml, and what it leaves to other files.
 * @throws Failure `definition-syntax` when it is not TOML, `definition-invalid` when it has no [project], its name is none
 *   that Python packages can have, requires-python says nothing that PEP 440 knows, or its dependencies cannot be read.
 */
export function parseProject({
  pyproject: text,
  files,
  texts,
}: Pick<Repository, 'pyproject' | 'files' | 'texts'>): Project {
  const read = (path: string) => (path === pyprojectFile ? text : texts[path]);
  // Where there is no [project] at all, that is what to say.
  parsePyproject(text, pyprojectFile);
  const versionFile = versionFileCandidates(text, files).find(
    (path) => versionOfFiles([path], read) !== null,
  );
  const versionFiles = versionFile === undefined ? [] : [versionFile];
  const complete = completePyproject(text, pyprojectFile, { versionFiles, read });
  const declared = parsePyproject(complete, pyprojectFile);
  if (!pythonName.test(declared.name)) {
    throw invalid(
      text,
      'name',
      `project.name "${declared.name}" is not the name of a Python package`,
      'write one of letters, digits, ".", "_" and "-" that begins and ends with a letter or digit',
    );
  }
  const { project, 'build-system': buildSystem } = readToml(text) as RawPyproject;
  const requirements = (lines: readonly string[]) => lines.flatMap((each) => readRequirement(each) ?? []);
  return {
    name: declared.name,
    version: declared.version ?? versionOfFiles(versionFiles, read),
    versionFiles,
    requiresPython: readRequiresPython(text, String(project['requires-python'] ?? '')),
    dependencies: requirements(declared.dependencies),
    extras: Object.fromEntries(
      Object.entries(declared.optionalDependencies).map(([extra, lines]) => [extra, requirements(lines)]),
    ),
    scripts: Object.keys(project.scripts ?? {}),
    buildBackend: buildSystem?.['build-backend'] ?? '',
  };
}

/** The line of a key of pyproject.toml that begins one, from 1. */
export function lineOf(text: string, key: string): number | undefined {
  const index = text.split('\n').findIndex((line) => new RegExp(`^\\s*${key}\\s*=`).test(line));
  return index === -1 ? undefined : index + 1;
}

interface RawPyproject {
  'build-system'?: { 'build-backend'?: string };
  project: { 'requires-python'?: unknown; scripts?: Record<string, string> };
}

// Source: https://packaging.python.org/en/latest/specifications/name-normalization/#name-format
const pythonName = /^[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?$/i;

function readRequiresPython(text: string, written: string): string {
  if (written === '' || validRange(written)) {
    // `==3.12` is 3.12.0, which its author hardly meant: no operating system stayed there.
    const exact = written.split(',').find((each) => /^\s*={2,3}\s*\d+(\.\d+)?\s*$/.test(each));
    if (exact === undefined) return written;
    const minor = exact.replace(/[=\s]/g, '');
    throw invalid(
      text,
      'requires-python',
      `requires-python "${written}" allows Python ${minor}.0 alone, and no operating system for images has that`,
      `write "==${minor}.*"`,
    );
  }
  const [, from, major] = /^\^\s*((\d+)[\d.]*)$/.exec(written.trim()) ?? [];
  throw invalid(
    text,
    'requires-python',
    `requires-python "${written}" is not a specifier of PEP 440, so pip refuses it`,
    from === undefined
      ? 'write one such as ">=3.11": https://packaging.python.org/en/latest/specifications/version-specifiers/'
      : `write ">=${from},<${Number(major) + 1}"`,
  );
}

/** Undefined: an address without a name, or none at all, about which the resolver says more. */
function readRequirement(text: string): Requirement | undefined {
  const [, name, address] = /^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*@\s*(\S+)/.exec(text) ?? [];
  if (name !== undefined && address !== undefined) {
    const version = parseWheelName(address.replace(/#.*$/, ''))?.version;
    return {
      name: normalizePythonName(name),
      specifier: version === undefined ? '' : `==${version}`,
    };
  }
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

function invalid(text: string, key: string, message: string, remedy: string): Failure {
  const where = { file: pyprojectFile, line: lineOf(text, key) };
  return new Failure({ code: 'definition-invalid', where, message, remedy });
}
