import { readToml } from '@slipway/contract';
import { pyprojectFile } from './pyproject-file.ts';

/**
 * Files in which build back ends look for a version, as far as they are there, the likeliest first; whether one states it
 * is another question. git's tags, from which some take it, are no file.
 * @param text of pyproject.toml. @param files paths of the repository's files, from the root.
 */
export function versionFileCandidates(text: string, files: readonly string[]): string[] {
  const { project, tool, 'build-system': buildSystem } = readToml(text) as RawPyproject;
  const { file, attr } = tool?.setuptools?.dynamic?.version ?? {};
  const flit = buildSystem?.['build-backend']?.startsWith('flit') === true;
  const module = tool?.flit?.module?.name ?? project?.name?.replaceAll('-', '_');
  return [
    // Beside this one stands a version that nobody means.
    tool?.['poetry-dynamic-versioning'] === undefined ? pyprojectFile : undefined,
    tool?.hatch?.version?.path,
    tool?.pdm?.version?.path,
    ...[file ?? []].flat(),
    ...(attr === undefined ? [] : modulesOf(attr.split('.').slice(0, -1).join('/'))),
    ...(flit && module !== undefined ? modulesOf(module.replaceAll('.', '/')) : []),
  ].filter((path) => path !== undefined && (path === pyprojectFile || files.includes(path))) as string[];
}

// Sources: https://setuptools.pypa.io/en/latest/userguide/pyproject_config.html#dynamic-metadata,
// https://hatch.pypa.io/latest/version/, https://backend.pdm-project.org/metadata/#dynamic-project-version,
// https://flit.pypa.io/en/stable/pyproject_toml.html
interface RawPyproject {
  'build-system'?: { 'build-backend'?: string };
  project?: { name?: string };
  tool?: {
    setuptools?: { dynamic?: { version?: { file?: string | string[]; attr?: string } } };
    hatch?: { version?: { path?: string } };
    pdm?: { version?: { path?: string } };
    'poetry-dynamic-versioning'?: object;
    flit?: { module?: { name?: string } };
  };
}

/** `wood/about` -> the files that can be that module. */
function modulesOf(module: string): string[] {
  return ['src/', ''].flatMap((root) => [`${root}${module}/__init__.py`, `${root}${module}.py`]);
}
