import { normalizePythonName } from '@slipway/contract';
import type { OperatingSystem } from './operating-system.ts';
import type { Project } from './project.ts';
import { pyprojectFile } from './pyproject-file.ts';
import { imageRepositories } from './repositories.ts';
import type { Repository } from './repository.ts';
import { startCommand } from './start-command.ts';
import { tomlLine, type Written } from './written.ts';

/** The text of `slipway.toml`. */
export function slipwayToml(
  project: Project,
  system: OperatingSystem,
  { remote, branch, files }: Repository,
): string {
  const name = normalizePythonName(project.name);
  const repositories = imageRepositories(remote, project.name);
  return [
    '#:schema ./node_modules/@slipway/contract/schemas/slipway.schema.json\n\n',
    '[application]\n',
    tomlLine('name', { value: project.name }),
    tomlLine('source', { value: '.' }),
    tomlLine('path', { value: `/app/${name}` }),
    tomlLine('command', startCommand(project, files)),
    '\n[repositories]\n',
    ...Object.entries(repositories).map(([kind, repository]) => tomlLine(kind, repository)),
    operatingSystem(system),
    release(versionFiles(project), branch),
  ].join('');
}

/** Only where it is not the default. */
function operatingSystem({ os, cudaDevel }: OperatingSystem): string {
  if (os === 'ubuntu:24.04') return '';
  const why = `# The Python of ubuntu:24.04 is not one that requires-python allows.\n`;
  const none = '# NVIDIA has no compiler image of it: flash-attention must come as a wheel.\n';
  return `\n[images]\n${why}${tomlLine('os', { value: os })}${cudaDevel === null ? none : tomlLine('cuda_devel', { value: cudaDevel })}`;
}

/** Only what is not the default. */
function release(files: Written<readonly string[]>, branch: Written<string>): string {
  const lines = [
    files.value.length === 1 && files.value[0] === pyprojectFile ? '' : tomlLine('version_files', files),
    branch.value === 'main' && branch.unread === undefined ? '' : tomlLine('branch', branch),
  ].join('');
  return lines === '' ? '' : `\n[release]\n${lines}`;
}

function versionFiles({ versionFiles: value }: Project): Written<readonly string[]> {
  if (value.length > 0) return { value };
  const unread =
    'The version is dynamic and no file that is known states it: releases change none, and publish is told it, as in --as=v0.1.0.';
  return { value, unread };
}
