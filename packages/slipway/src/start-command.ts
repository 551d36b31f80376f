import { normalizePythonName } from '@slipway/contract';
import type { Project } from './project.ts';
import type { Written } from './written.ts';

/**
 * What starts training: a command that installing the application brings, else a module that can be run, else a main file.
 * @param files paths of the repository's files, from the root.
 */
export function startCommand(project: Project, files: readonly string[]): Written<string[]> {
  const [script, ...others] = byLikeness(project);
  if (script !== undefined) {
    const unread = `Which of the commands of [project.scripts] trains is not known; the others are ${others.join(', ')}.`;
    return { value: [script], ...(others.length > 0 && { unread }) };
  }
  const folder = moduleFolder(project, files);
  if (folder !== undefined) {
    const module = folder.slice(folder.lastIndexOf('/') + 1);
    if (files.includes(`${folder}/__main__.py`)) return { value: ['python', '-m', module] };
    const name = mains.find((each) => files.includes(`${folder}/${each}.py`));
    if (name !== undefined) {
      // Started as a file, a part of a package finds nothing that it imports from `.`.
      const isPackage = files.includes(`${folder}/__init__.py`);
      return {
        value: isPackage ? ['python', '-m', `${module}.${name}`] : ['python', `${folder}/${name}.py`],
      };
    }
  }
  const main = mains.map((name) => `${name}.py`).find((path) => files.includes(path));
  if (main !== undefined) return { value: ['python', main] };
  const unread =
    'What starts training is not known: there is no [project.scripts], no __main__.py, no main.py and no train.py.';
  return { value: ['python', '-m', importName(project.name)], unread };
}

const mains = ['main', 'train'];

/** The scripts, one that has the project's name first. */
function byLikeness({ name, scripts }: Project): string[] {
  const own = normalizePythonName(name);
  const isOwn = (script: string) => normalizePythonName(script) === own;
  return [...scripts].sort((one, other) => Number(isOwn(other)) - Number(isOwn(one)));
}

/** The folder of the distribution's module as it is really spelled, `src/Wood_Grain`. */
function moduleFolder({ name }: Project, files: readonly string[]): string | undefined {
  const folders = new Set(files.flatMap((path) => /^(?:src\/)?[^/]+(?=\/)/.exec(path) ?? []));
  return [...folders].find((folder) => importName(folder.replace(/^src\//, '')) === importName(name));
}

/** What a distribution's module is usually called. */
function importName(name: string): string {
  return normalizePythonName(name).replaceAll('-', '_');
}
