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
  const module = importName(project);
  const runnable = [`src/${module}/__main__.py`, `${module}/__main__.py`].some((path) =>
    files.includes(path),
  );
  if (runnable) return { value: ['python', '-m', module] };
  const main = [`src/${module}/main.py`, `${module}/main.py`, 'main.py', 'train.py'].find((path) =>
    files.includes(path),
  );
  if (main !== undefined) return { value: ['python', main] };
  const unread =
    'What starts training is not known: there is no [project.scripts], no __main__.py and no main.py.';
  return { value: ['python', '-m', module], unread };
}

/** The scripts, one that has the project's name first. */
function byLikeness({ name, scripts }: Project): string[] {
  const own = normalizePythonName(name);
  const isOwn = (script: string) => normalizePythonName(script) === own;
  return [...scripts].sort((one, other) => Number(isOwn(other)) - Number(isOwn(one)));
}

/** What a distribution's module is usually called. */
function importName({ name }: Project): string {
  return normalizePythonName(name).replaceAll('-', '_');
}
