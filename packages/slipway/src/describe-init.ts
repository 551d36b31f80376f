import { createTwoFilesPatch } from 'diff';
import { environmentFile } from './merge-environment.ts';
import type { InitPlan, PlannedFile } from './plan-init.ts';
import { pyprojectFile } from './pyproject-file.ts';

/** The files of a plan that are not as they must be. */
export function changedFiles({ files }: InitPlan): PlannedFile[] {
  return files.filter(({ before, after }) => before !== after);
}

/** The difference that a file would get, as a patch that git understands; of what may hold secrets the new lines alone. */
export function difference({ path, before, after }: PlannedFile): string {
  const from = before === null ? '/dev/null' : `a/${path}`;
  const patch = createTwoFilesPatch(from, `b/${path}`, before ?? '', after, '', '', {
    context: path === environmentFile ? 0 : 3,
  });
  return patch.replace(/^=+\n/, '').replace(/^((?:---|\+\+\+) .*?)\t$/gm, '$1');
}

/** What to look at and to call once everything is there. */
export function nextSteps(
  { files, notes, packageManager: { install, run } }: InitPlan,
  installed: boolean,
): string {
  const unread = files.flatMap(({ path, after }) => {
    const lines = after.split('\n').flatMap((line, index) => (isUnread(path, line) ? [index + 1] : []));
    return lines.length === 0 ? [] : [`  ${path}:${lines.join(',')}`];
  });
  return [
    ...(unread.length > 0 ? ['Not read from anywhere, so look at these lines:', ...unread] : []),
    ...notes,
    'Next:',
    ...(installed ? [] : [`  ${install}`]),
    `  ${run} nx run base-images:lock`,
    '  git add --all && git commit -m "build: images by Slipway"',
    `  ${run} nx run base-images:build-image`,
    `  ${run} nx run runtime-image:publish`,
    `  ${run} slipway run`,
  ].join('\n');
}

/** Comments that `init` wrote into the definition, apart from the one that editors read. */
function isUnread(path: string, line: string): boolean {
  return path.endsWith('.toml') && path !== pyprojectFile && line.startsWith('# ');
}
