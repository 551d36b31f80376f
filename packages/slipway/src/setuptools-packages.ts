import { readToml } from '@slipway/contract';
import { pyprojectFile } from './pyproject-file.ts';
import type { Repository } from './repository.ts';

/**
 * pyproject.toml with the packages that setuptools has found by itself so far. Where it looks for them beside
 * pyproject.toml it takes every folder whose name could be a module's for one, `architectures` and `node_modules` too, and
 * refuses to choose among several.
 * @returns the text as it is where it names them already, or where other files or another build back end do; a note where
 *   nobody can tell what is meant.
 */
export function nameSetuptoolsPackages(repository: Pick<Repository, 'pyproject' | 'files' | 'texts'>): {
  text: string;
  note?: string;
} {
  const { pyproject: text, files } = repository;
  if (!discovers(repository)) return { text };
  const packages = topLevel(files, /^([^/]+)\//, noPackages);
  const modules = topLevel(files, /^([^/]+)\.py$/, noModules);
  const found = packages.length > 0 ? packages : modules;
  const [only = ''] = found;
  if (found.length > 1) {
    const kind = packages.length > 0 ? 'packages' : 'modules';
    const wanted = packages.length > 0 ? `packages = ["${only}"]` : `py-modules = ["${only}"]`;
    const note = `setuptools installs none of several top-level ${kind} (${found.join(', ')}) unasked: say which in ${pyprojectFile}, as in [tool.setuptools] ${wanted}.`;
    return { text, note };
  }
  const after =
    packages.length > 0
      ? append(text, `[tool.setuptools.packages.find]\ninclude = ["${only}", "${only}.*"]\n`)
      : addModules(text, only);
  return isToml(after) ? { text: after } : { text, note: byHand(packages, only) };
}

/** Whether it is left to setuptools, in a repository without `src`, to find what is to be installed. */
function discovers({ pyproject, files, texts }: Pick<Repository, 'pyproject' | 'files' | 'texts'>): boolean {
  const { tool, 'build-system': buildSystem } = readToml(pyproject) as RawPyproject;
  const backend = buildSystem?.['build-backend'] ?? 'setuptools.build_meta';
  const says = ['packages', 'py-modules', 'package-dir'].some((key) => key in (tool?.setuptools ?? {}));
  return (
    /^setuptools\b/.test(backend) &&
    !says &&
    !files.some((path) => path.startsWith('src/')) &&
    !/^\s*(packages|py_modules|package_dir)\s*=/m.test(texts['setup.cfg'] ?? '') &&
    !/\b(packages|py_modules|package_dir)\s*=/.test(texts['setup.py'] ?? '')
  );
}

interface RawPyproject {
  'build-system'?: { 'build-backend'?: string };
  tool?: { setuptools?: object };
}

/** Names at the top of a repository that setuptools takes for modules; private ones (`_scratch`) it leaves out. */
function topLevel(files: readonly string[], pattern: RegExp, without: ReadonlySet<string>): string[] {
  const names = files.flatMap((path) => pattern.exec(path)?.[1] ?? []);
  return [...new Set(names)]
    .filter((name) => /^\p{L}[\p{L}\p{N}_]*$/u.test(name) && !without.has(name) && !ours.has(name))
    .sort();
}

const ours = new Set(['architectures', 'dockerfiles', 'node_modules']);

// Source of both: DEFAULT_EXCLUDE in setuptools/discovery.py, https://github.com/pypa/setuptools
const either = 'build benchmark benchmarks example examples exercise exercises fabfile tasks test tests';
const noPackages = new Set(
  `${either} bin changelog ci debian doc docs documentation htmlcov manpages news newsfragments python scripts site_scons tools unit_test unit_tests util utils`.split(
    ' ',
  ),
);
const noModules = new Set(
  `${either} SConstruct Sconstruct conanfile conftest dodo manage noxfile pavement sconstruct setup toxfile`.split(
    ' ',
  ),
);

function append(text: string, table: string): string {
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}\n${table}`;
}

/** An empty name: there are none to install, which has to be said as well. */
function addModules(text: string, module: string): string {
  const line = `py-modules = [${module === '' ? '' : `"${module}"`}]\n`;
  const heading = /^[ \t]*\[[ \t]*tool[ \t]*\.[ \t]*setuptools[ \t]*\][^\n]*\n/m.exec(text);
  if (heading === null) return append(text, `[tool.setuptools]\n${line}`);
  const end = heading.index + heading[0].length;
  return `${text.slice(0, end)}${line}${text.slice(end)}`;
}

function isToml(text: string): boolean {
  try {
    readToml(text);
    return true;
  } catch {
    return false;
  }
}

function byHand(packages: readonly string[], only: string): string {
  const wanted = packages.length > 0 ? `packages = ["${only}"]` : `py-modules = ["${only}"]`;
  return `setuptools would take architectures/ for a package of yours: write ${wanted} under tool.setuptools of ${pyprojectFile}.`;
}
