import { Failure } from './problem.ts';
import { readToml } from './read-toml.ts';
import { quote } from './syntax/quote.ts';

/**
 * The dependencies that a pyproject.toml leaves to other files, as TOML by their names under [project]. setuptools is the
 * one build back end that says there which files those are:
 * https://setuptools.pypa.io/en/latest/userguide/pyproject_config.html#dynamic-metadata
 * @param names what `project.dynamic` lists. @param file path of the pyproject.toml, from which the files' paths go on.
 * @throws Failure `definition-invalid` when they are worked out by a program, or such a file cannot be read.
 */
export function dynamicDependencies(
  text: string,
  file: string,
  names: readonly unknown[],
  read: (path: string) => string | undefined,
): { dependencies?: string; 'optional-dependencies'?: string } {
  const { tool } = readToml(text) as { tool?: Tool };
  const requirements = (named: Named, key: string) => {
    const paths = pathsOf(named);
    if (paths === undefined) throw workedOut(file, key, tool);
    return JSON.stringify(paths.flatMap((path) => readRequirements(file, path, read)));
  };
  const { dependencies, 'optional-dependencies': optional } = tool?.setuptools?.dynamic ?? {};
  const extras = () => {
    const entries = Object.entries(optional ?? {});
    if (entries.length === 0) throw workedOut(file, 'optional-dependencies', tool);
    const stated = entries.map(
      ([extra, named]) => `${JSON.stringify(extra)} = ${requirements(named, 'optional-dependencies')}`,
    );
    return `{ ${stated.join(', ')} }`;
  };
  return {
    ...(names.includes('dependencies') && { dependencies: requirements(dependencies, 'dependencies') }),
    ...(names.includes('optional-dependencies') && { 'optional-dependencies': extras() }),
  };
}

/** Paths of the files that a pyproject.toml leaves its dependencies to, as it writes them. @throws as `readToml`. */
export function dependencyFiles(text: string): string[] {
  const { tool } = readToml(text) as { tool?: Tool };
  const { dependencies, 'optional-dependencies': optional } = tool?.setuptools?.dynamic ?? {};
  return [dependencies, ...Object.values(optional ?? {})].flatMap((named) => pathsOf(named) ?? []);
}

interface Tool {
  setuptools?: { dynamic?: { dependencies?: Named; 'optional-dependencies'?: Record<string, Named> } };
  hatch?: { metadata?: { hooks?: object } };
  poetry?: object;
}

type Named = { file?: string | string[] } | undefined;

function pathsOf(named: Named): string[] | undefined {
  return named?.file === undefined ? undefined : [named.file].flat();
}

/** The lines of a requirements file, as setuptools takes them: one requirement each, without pip's options. */
function readRequirements(
  file: string,
  path: string,
  read: (path: string) => string | undefined,
): readonly string[] {
  const place = file.includes('/') ? `${file.slice(0, file.lastIndexOf('/'))}/${path}` : path;
  const text = read(place.replaceAll(/(^|\/)(?:\.\/)+/g, '$1'));
  if (text === undefined) {
    throw new Failure({
      code: 'definition-invalid',
      where: { file },
      message: `[tool.setuptools.dynamic] leaves dependencies to ${path}, and there is no such file`,
      remedy: `add ${path}, or correct its path`,
    });
  }
  const lines = text.replaceAll(/\\\r?\n/g, ' ').split(/\r?\n/);
  return lines
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
    .map((line) => {
      if (!line.startsWith('-')) return line;
      throw new Failure({
        code: 'definition-invalid',
        where: { file: path },
        message: `"${quote(line)}" is an option of pip's, which setuptools does not take in dependencies`,
        remedy: `write the requirements themselves there, or name more files: file = ["${path}", ...]`,
      });
    });
}

function workedOut(file: string, key: string, tool: Tool | undefined): Failure {
  const move = `write them under [project] ${key}, and take "${key}" out of dynamic`;
  const [by, remedy] =
    tool?.hatch?.metadata?.hooks !== undefined
      ? ['a hook of Hatch works them out', move]
      : tool?.poetry !== undefined
        ? ['they stand in a table of Poetry', `${move}: Poetry >= 2 reads them there`]
        : ['no file is named that they are read from', move];
  return new Failure({
    code: 'definition-invalid',
    where: { file },
    message: `project.${key} is dynamic, and ${by}`,
    remedy,
  });
}
