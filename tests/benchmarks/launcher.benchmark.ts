import { join } from 'node:path';
import { run, tryRun } from '@slipway/effects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PackedLauncher, packedLauncher } from '../engine/launcher-packed.ts';
import { type LauncherWorkspace, launcherWorkspace } from '../engine/launcher-workspace.ts';

/** How often each is measured, by turns; the median counts. */
const rounds = 15;

/** What the launcher costs on a host: its own time to a plan, and what a run takes longer than the engine's own. */
describe('launcher', () => {
  let packed: PackedLauncher;
  let workspace: LauncherWorkspace;
  beforeAll(async () => {
    packed = await packedLauncher();
    workspace = await launcherWorkspace();
    await workspace.docker('pull', '--quiet', workspace.image);
  });
  afterAll(() => {
    packed?.dispose();
    workspace?.dispose();
  });

  it('plans, and runs', async () => {
    const script = join(packed.folder, 'node_modules/@slipway/launcher/bin/slipway.cjs');
    const slipway = (...args: string[]) =>
      run({ file: process.execPath, args: [script, ...args], cwd: workspace.root });
    const { image } = JSON.parse((await slipway('plan')).stdout) as {
      image: { reference: string; digest: string };
    };
    const { engine } = JSON.parse(workspace.read('.slipway/machine.json')) as {
      engine: { docker: string; host: string; config: string };
    };
    const pinned = `${image.reference.replace(/:[^/:]*$/, '')}@${image.digest}`;
    const docker = () =>
      run({
        file: engine.docker,
        args: [
          ...['run', '--rm', '--pull=never', '--shm-size=8g', '--workdir=/app/quick'],
          ...[
            '--volume',
            `${workspace.path('by-hand')}:/output`,
            '--volume',
            '/root/.cache/quick:/root/.cache/quick',
          ],
          ...[pinned, 'sh', 'train.sh'],
        ],
        env: { DOCKER_HOST: engine.host, DOCKER_CONFIG: engine.config },
      });
    const figures: Record<string, number[]> = {};
    const note = (name: string, value: number) => {
      figures[name] = [...(figures[name] ?? []), value];
    };
    let probes = {};
    await slipway('run', '--output', 'warm', '--force', 'resume');
    await docker();
    for (let round = 0; round < rounds; round += 1) {
      const bare = await run({ file: process.execPath, args: ['--eval', '0'] });
      const planned = await tryRun({
        file: process.execPath,
        args: [script, 'plan', '--timings'],
        cwd: workspace.root,
      });
      expect(planned.exitCode, planned.stderr).toBe(0);
      const { waitedMs, each } = JSON.parse(planned.stderr) as { waitedMs: number; each: object };
      probes = each;
      note('bare', bare.durationMs);
      note('plan', planned.durationMs);
      note('probes', waitedMs);
      note('own', planned.durationMs - bare.durationMs - waitedMs);
      note('docker', (await docker()).durationMs);
      note('slipway', (await slipway('run', '--output', 'warm', '--force', 'resume')).durationMs);
    }
    const median = Object.fromEntries(
      Object.entries(figures).map(([name, values]) => [
        name,
        values.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0,
      ]),
    );
    const { own = 0, bare, probes: waited, plan, docker: engines = 0, slipway: ours = 0 } = median;
    console.log(
      `launcher: to a plan ${plan} ms, of which Node's start ${bare} ms, probes ${waited} ms (${JSON.stringify(probes)}), its own ${own} ms`,
    );
    console.log(
      `launcher: a run ${ours} ms, the same with docker run ${engines} ms: ${ours - engines} ms more`,
    );
    console.log(`launcher: the package has ${packed.bytes} bytes`);
    expect(own).toBeLessThanOrEqual(100);
    expect(ours - engines).toBeLessThanOrEqual(150);
  });
});
