import { stripVTControlCharacters } from 'node:util';
import { tryRun } from '@slipway/effects';
import { expect, it } from 'vitest';
import { throwawayWorkspace } from './throwaway-workspace.ts';

it('on a terminal a build shows what it is doing at this moment, through Nx and its pipe', async () => {
  const workspace = await throwawayWorkspace({ quick: true });
  try {
    workspace.edit('dockerfiles/base.Dockerfile', (text) =>
      text.replace('WORKDIR /app', `WORKDIR /${workspace.repositories.base}\nRUN sleep 2.5`),
    );
    const env = { CI: undefined, TERM: 'xterm-256color', NX_DAEMON: 'false' };
    const { exitCode, stdout } = await tryRun({
      file: 'script',
      args: ['--quiet', '--return', '--command', 'nx run base-cpu:build-image', '/dev/null'],
      cwd: workspace.root,
      env,
    });
    expect(exitCode, stdout).toBe(0);
    expect(stripVTControlCharacters(stdout)).toMatch(/base-cpu: \[os \d\/\d\] RUN sleep 2\.5 \.\.\. [12] s/);
    expect(stdout).toContain('base-cpu: built and pushed');
    // The line is taken back before the next one is drawn.
    expect(stdout).toContain('\u001b[2K');
  } finally {
    workspace.dispose();
  }
});
