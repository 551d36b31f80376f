import type { Problem } from '@slipway/contract';
import type { RunDefinition } from '../definition/run-definition.ts';
import type { RunFacts } from './plan-run.ts';
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
  for (const { source, target } of data) {
    // What is mounted above a place of ours hides it, too.
    const hidden = [...own.map((mount) => mount.target), handover.secrets, ...code].find(
      (place) => place === target || place.startsWith(`${target}/`),
    );
    if (hidden === undefined) continue;
    problems.push({
      code: 'usage',
      message: `--data ${source}:${target}: the run itself needs ${hidden}`,
      remedy: `name another place: --data ${source}:/data/NAME`,
    });
  }
  return [...own, ...data.map(({ source, target }) => ({ source, target, readOnly: true }))];
}
