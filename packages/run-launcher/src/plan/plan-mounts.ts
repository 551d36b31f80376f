import { posix } from 'node:path';
import type { Problem } from '@slipway/contract';
import type { RunDefinition } from '../definition/run-definition.ts';
import { holds, neededPlace } from './needed-place.ts';
import type { RunFacts } from './plan-run.ts';
import { isRoot } from './plan-user.ts';
import type { RunPlan } from './run-plan.ts';
import { handover } from './start-script.ts';

/** Where in the container things lie. */
export interface Places {
  home: string;
  output: string;
  cache: string;
  /** The SSH key as it is mounted; it is copied before it is used. */
  key: string;
}

/** Root has a home in every image; another user gets one where everyone may write. */
export function placesFor(application: string, root: boolean): Places {
  const home = root ? '/root' : '/tmp';
  const key = root ? '/root/.ssh/id_rsa' : handover.key;
  return { home, output: '/output', cache: `${home}/.cache/${application}`, key };
}

/**
 * The folders and files of the host that the container sees.
 * @param problems gets every data folder that would hide something else.
 */
export function planMounts(
  definition: RunDefinition,
  facts: RunFacts,
  places: Places,
  problems: Problem[],
): RunPlan['mounts'] {
  const { sshKey, rclone, data } = definition;
  const own = [
    { source: definition.output ?? `${facts.runFolder}/output`, target: places.output, readOnly: false },
    {
      source: definition.cache ?? `${facts.home}/.cache/${facts.application}`,
      target: places.cache,
      readOnly: false,
    },
    ...(sshKey === null ? [] : [{ source: sshKey, target: places.key, readOnly: true }]),
    ...(sshKey === null || facts.knownHosts === null
      ? []
      : [{ source: facts.knownHosts, target: handover.knownHosts, readOnly: true }]),
    ...(rclone === null
      ? []
      : [
          {
            source: rclone,
            target: `${places.home}/.config/rclone${facts.rcloneIsFile ? '/rclone.conf' : ''}`,
            readOnly: true,
          },
        ]),
  ];
  const { path } = definition.application;
  const code = [...(path === null ? [] : [path]), ...facts.updates.map((update) => update.path)];
  const needed = [...own.map((mount) => mount.target), handover.secrets, ...code];
  for (const { source, target } of data) {
    const hidden = neededPlace(target, needed, facts.image);
    if (hidden === undefined) continue;
    problems.push({
      code: 'usage',
      message: `--data ${source}:${target}: the run itself needs ${hidden}`,
      remedy: `name another place: --data ${source}:/data/NAME`,
    });
  }
  return [...own, ...data.map(({ source, target }) => ({ source, target, readOnly: true }))];
}

/**
 * Folders of the home that an engine would make for root alone, since something is mounted below them: `.cache`, where
 * programs of every other user keep their own things, too.
 */
export function planTmpfs(mounts: RunPlan['mounts'], home: string): string[] {
  const above = mounts.flatMap(({ target }) => foldersAbove(target, `${home}/.`));
  return [...new Set(above)]
    .filter((folder) => !mounts.some(({ target }) => holds(target, folder)))
    .toSorted();
}

/** `/tmp/.a` and `/tmp/.a/b` of `/tmp/.a/b/c`, as far as they begin as is said. */
function foldersAbove(place: string, beginning: string): string[] {
  const above = posix.dirname(place);
  return above.startsWith(beginning) ? [...foldersAbove(above, beginning), above] : [];
}

/** The mount of a plan that brings the rclone configuration, its folder or the file alone; undefined: none does. */
export function rcloneMount({
  application,
  user,
  mounts,
}: Pick<RunPlan, 'application' | 'user' | 'mounts'>): RunPlan['mounts'][number] | undefined {
  const folder = `${placesFor(application, isRoot(user)).home}/.config/rclone`;
  return mounts.find(({ target }) => target === folder || target === `${folder}/rclone.conf`);
}
