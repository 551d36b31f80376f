import { getStaticTOMLValue } from 'toml-eslint-parser';
import { dynamicDependencies } from './dynamic-dependencies.ts';
import { keysOf } from './syntax/toml-keys.ts';
import { versionOfFiles } from './version-of-files.ts';

/** Where a pyproject.toml may leave things to. */
export interface OtherFiles {
  /** `release.version_files` of the workspace. */
  versionFiles: readonly string[];
  /** Text of a file of the workspace; undefined: there is none. */
  read(path: string): string | undefined;
}

/**
 * A pyproject.toml that states by itself what it leaves to other files, its version and its dependencies, so that
 * whatever looks at it finds both in one place. A version that no file states stays dynamic.
 * @param file its path from the workspace's root.
 * @throws Failure `definition-syntax`; `definition-invalid` when its dependencies are dynamic and cannot be read.
 */
export function completePyproject(text: string, file: string, { versionFiles, read }: OtherFiles): string {
  const dynamic = new Map(keysOf(file, text)).get('project.dynamic');
  const names: unknown = dynamic && getStaticTOMLValue(dynamic);
  if (dynamic?.parent.type !== 'TOMLKeyValue' || !Array.isArray(names)) return text;
  const version = names.includes('version') ? versionOfFiles(versionFiles, read) : null;
  const stated = {
    ...(version !== null && { version: JSON.stringify(version) }),
    ...dynamicDependencies(text, file, names, read),
  };
  const { key } = dynamic.parent;
  // `project.dynamic = ` outside any table: what is stated in its place belongs to the same one.
  const prefix = text.slice(key.range[0], key.keys.at(-1)?.range[0]);
  const lines = Object.entries(stated).map(([name, value]) => `${prefix}${name} = ${value}`);
  const left = names.filter((name) => !(name in stated));
  const [from, to] = dynamic.parent.range;
  const separator = dynamic.parent.parent.type === 'TOMLInlineTable' ? ', ' : '\n';
  const written = [`${prefix}dynamic = ${JSON.stringify(left)}`, ...lines].join(separator);
  return `${text.slice(0, from)}${written}${text.slice(to)}`;
}
