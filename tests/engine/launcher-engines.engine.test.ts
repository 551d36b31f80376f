import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { run, secretsFolder, tryRun } from '@slipway/effects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestPodman, testPodman } from './launcher-podman.ts';
import { type LauncherWorkspace, launcherWorkspace, untilWritten } from './launcher-workspace.ts';

const podman: TestPodman = await testPodman();
afterAll(() => podman.dispose());
if (podman.missing !== null) console.error(`podman is not tested: ${podman.missing}`);

let workspace: LauncherWorkspace;
beforeAll(async () => {
  workspace = await launcherWorkspace();
});
afterAll(() => workspace?.dispose());

/** The same on both schedulers, by the commands that a person calls. */
describe.each(['docker', 'podman'] as const)('runs on %s', (scheduler) => {
  const here = it.skipIf(scheduler === 'podman' && podman.missing !== null);
  const engine = (...args: string[]) =>
    scheduler === 'docker' ? workspace.docker(...args) : podman.podman(...args);
  const slipway = (command: string, ...args: string[]) =>
    workspace.slipway(command, '--scheduler', scheduler, ...args);
  const start = (...args: string[]) => workspace.start('slipway', 'run', '--scheduler', scheduler, ...args);
  const containers = async () =>
    (await engine('ps', '--all', '--quiet', '--filter', `label=io.slipway.image=${workspace.image}`)).stdout;
  const output = (name: string) => `${scheduler}-${name}`;

  /**
   * Puts a program in the engine's place that comes back when the container that it started has ended, so that nobody meets
   * it running. @returns what gives the place back.
   */
  const holdUntilOver = async () => {
    const settings = workspace.read('.slipway/machine.json');
    const { PATH } = process.env;
    const { docker = 'docker' } = JSON.parse(settings).engine ?? {};
    const program = scheduler === 'docker' ? docker : 'podman';
    const { stdout: place } = await run({ file: 'sh', args: ['-c', 'command -v "$0"', program] });
    workspace.write(
      `held/${scheduler}`,
      `#!/bin/sh
[ "$1" = run ] || exec '${place}' "$@"
id=$('${place}' "$@") && '${place}' wait "$id" > /dev/null
`,
    );
    chmodSync(workspace.path('held', scheduler), 0o755);
    if (scheduler === 'podman') process.env.PATH = `${workspace.path('held')}:${PATH}`;
    else
      workspace.changeMachine((machine) => {
        machine.engine = { ...machine.engine, docker: workspace.path('held/docker') };
      });
    return () => {
      process.env.PATH = PATH;
      workspace.write('.slipway/machine.json', settings);
    };
  };

  here('to their end, and records them', async () => {
    const { exitCode, stdout, stderr } = await slipway('run', '--output', output('whole'));
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toBe('training\nfinished');
    expect(workspace.read(`${output('whole')}/checkpoint`)).toBe('done\n');
    const record = await workspace.lastRun();
    expect(record).toMatchObject({
      outcome: 'finished',
      exitCode: 0,
      follower: null,
      host: { engine: { name: scheduler } },
      plan: { scheduler, image: { digest: expect.stringMatching(/^sha256:/) } },
    });
    expect(workspace.read(record.log)).toBe('training\nfinished\n');
    expect(await containers()).toBe('');
  });

  here("with the application's exit code", async () => {
    const { exitCode, stderr } = await slipway('run', '--', 'sh', '-c', 'exit 3');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('error[run-failed] the application ended with exit code 3');
    expect(await workspace.lastRun()).toMatchObject({ outcome: 'failed', exitCode: 3 });
  });

  here('that the engine cannot start: no failure of the application', async () => {
    const { exitCode, stderr } = await slipway('run', '--gpus=all', '--force=gpu', '--force=toolkit');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`error\\[command-failed\\] ${scheduler} could not start the container of the run .*: .+`),
    );
    expect(await workspace.lastRun()).toMatchObject({ outcome: 'failed', exitCode: null });
    expect(await containers()).toBe('');
  });

  here('until Ctrl-C: the application saves and ends', async () => {
    const run = start('--cfg', 'long', '--output', output('stopped'));
    await run.until('training');
    run.signal('SIGINT');
    const { exitCode, printed } = await run.ended;
    expect(exitCode, printed).toBe(130);
    expect(printed).toContain('saving');
    expect(workspace.read(`${output('stopped')}/checkpoint`)).toBe('saved\n');
    expect(await workspace.lastRun()).toMatchObject({ outcome: 'stopped', exitCode: 130 });
    expect(await containers()).toBe('');
  });

  here('two into one folder at the same moment: one of them', async () => {
    const both = await Promise.all([
      slipway('run', '--output', output('one')),
      slipway('run', '--output', output('one')),
    ]);
    expect(both.map(({ exitCode }) => exitCode).toSorted()).toEqual([0, 1]);
    const [refused] = both.filter(({ exitCode }) => exitCode === 1);
    // Whether it met the other one on its way, running or ended.
    expect(refused?.stderr).toMatch(/error\[output-(busy|used)\]/);
    expect(await containers()).toBe('');
  });

  here('detached and over at once: it says how it ended, as an attached one does', async () => {
    const short = ['--output', output('short'), '--', 'sh', '-c', 'exit 3'];
    const giveBack = await holdUntilOver();
    const { exitCode, stdout, stderr } = await slipway('run', '--detach', ...short).finally(giveBack);
    expect(exitCode, stderr).toBe(3);
    expect(stderr).toContain(`run ${stdout.trim()} failed, exit code 3`);
    expect(stderr).not.toContain('goes on');
  });

  here('detached: followed, shown, stopped, recorded and compared', async () => {
    const detached = await slipway('run', '--detach', '--cfg', 'long', '--output', output('detached'));
    expect(detached.exitCode, detached.stderr).toBe(0);
    const id = detached.stdout.trim();
    expect(await workspace.lastRun()).toMatchObject({ id, outcome: 'running', follower: expect.anything() });
    // A second one into the same folder.
    const second = await slipway('run', '--output', output('detached'));
    expect(second.exitCode).toBe(1);
    expect(second.stderr).toContain(
      `error[output-busy] the run ${id} is writing into the same output folder`,
    );
    const below = await slipway('run', '--output', `${output('detached')}/below`);
    expect(below.stderr).toContain(
      `error[output-busy] the run ${id} is writing into ${workspace.path(output('detached'))}, which holds the output`,
    );
    const logs = workspace.start('slipway', 'logs', '--follow', id);
    await logs.until('training');
    // What the kernel counts is told of when the run has ended: it is to be read before, which is done once a second at
    // least, and was begun before the two that were refused.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const stopped = await workspace.slipway('stop', id);
    expect(stopped.exitCode, stopped.stderr).toBe(0);
    expect((await logs.ended).printed).toContain('saving');
    const record = await workspace.lastRun();
    expect(record).toMatchObject({ id, outcome: 'stopped', exitCode: 130, follower: null });
    expect(record.peaks?.memoryBytes).toBeGreaterThan(10_000);
    expect(workspace.read(record.log)).toBe('training\nsaving\n');
    expect(await containers()).toBe('');
    const again = await workspace.slipway('rerun', id, '--output', output('again'), '--detach');
    expect(again.exitCode, again.stderr).toBe(0);
    await workspace.slipway('stop', again.stdout.trim(), '--now');
    const other = await workspace.lastRun();
    expect(other).toMatchObject({ outcome: 'stopped', plan: { image: record.plan.image } });
    const { stdout } = await workspace.slipway('diff', id, other.id);
    expect(stdout).toContain(`mounts./output\n  - "${workspace.path(output('detached'))}"`);
    expect(stdout).toContain('exitCode\n  - 130\n  + 137');
    expect(stdout).not.toContain('image');
  });

  here('whose container is removed by hand: lost, with the log as far as it came', async () => {
    // Engines kill it first: whoever follows it sees one or the other, unless it sleeps meanwhile.
    const remove = async (id: string, signal: (name: NodeJS.Signals) => unknown) => {
      signal('SIGSTOP');
      await engine('rm', '--force', ...(scheduler === 'podman' ? ['--time=0'] : []), `slipway-${id}`);
      signal('SIGCONT');
    };
    const run = start('--cfg', 'long', '--output', output('removed'));
    await run.until('training');
    const attached = (await workspace.lastRun()).id;
    await remove(attached, run.signal);
    const { exitCode, printed } = await run.ended;
    expect(exitCode, printed).toBe(1);
    expect(printed).toContain(`error[engine-lost] the container of the run ${attached} was removed`);
    const detached = await slipway('run', '--detach', '--cfg', 'long', '--output', output('removed-too'));
    const id = detached.stdout.trim();
    const logs = workspace.start('slipway', 'logs', '--follow', id);
    await logs.until('training');
    const { pid = 0 } = (await workspace.lastRun()).follower ?? {};
    // 0 would be the tests themselves.
    expect(pid).toBeGreaterThan(1);
    await remove(id, (name) => process.kill(pid, name));
    await expect.poll(async () => (await workspace.lastRun()).outcome, { timeout: 20_000 }).toBe('lost');
    await logs.ended;
    const shown = await workspace.slipway('show', id);
    expect(shown.stdout).toMatch(/^outcome +lost, exit code unknown$/m);
    expect(shown.stdout).toMatch(
      /^problem +the container of the run \S+ was removed, .* its log ends there$/m,
    );
    const told = [printed, shown.stdout, workspace.read(`.slipway/runs/${id}/follower.txt`)].join('\n');
    expect(told).not.toMatch(/stays with the engine|start the engine/);
    expect((await workspace.slipway('logs', id)).stdout).toBe('training');
  });

  here('with a secret as it is, and not at all where the start fails', async () => {
    process.env.WITH_END = 'x1234567\n\n';
    const says = ['--', 'sh', '-c', 'printf %s "$WITH_END" | wc -c'];
    const ran = await slipway('run', '--env', 'WITH_END', '--output', output('secret'), ...says);
    expect(ran).toMatchObject({ exitCode: 0, stdout: '9' });
    const words = ['--env', 'WITH_END', '--output', output('none'), '--', 'no-such-program'];
    const { exitCode, stderr } = await slipway('run', ...words);
    delete process.env.WITH_END;
    expect(exitCode).toBe(1);
    expect(stderr).toContain('was not started, since this failed before: starting no-such-program');
    expect(stderr).not.toContain('the application ended');
    expect(await workspace.lastRun()).toMatchObject({
      ...{ outcome: 'failed', exitCode: 127 },
      problems: [{ code: 'command-failed' }],
    });
  });

  here('on when the launcher is killed: found again, stopped and recorded', async () => {
    const run = start('--cfg', 'long', '--output', output('orphan'));
    await run.until('training');
    run.signal('SIGKILL');
    await run.ended;
    expect(await workspace.lastRun()).toMatchObject({ outcome: 'running', exitCode: null });
    const listed = await workspace.slipway('runs');
    expect(listed.stdout.split('\n').at(-1)).toContain('goes on by itself');
    // Whoever watches it and has seen enough leaves no program of the engine behind.
    const { id } = await workspace.lastRun();
    const followers = () => tryRun({ file: 'pgrep', args: ['-f', `logs .*--follow.* slipway-${id}`] });
    const logs = workspace.start('slipway', 'logs', '--follow', id);
    await expect.poll(async () => (await followers()).exitCode, { timeout: 20_000 }).toBe(0);
    logs.signal('SIGINT');
    const watched = await logs.ended;
    expect(watched.exitCode, watched.printed).toBe(130);
    expect(watched.printed).not.toContain('error[');
    expect((await followers()).stdout).toBe('');
    const stopped = await workspace.slipway('stop', 'last');
    expect(stopped.exitCode, stopped.stderr).toBe(0);
    expect(workspace.read(`${output('orphan')}/checkpoint`)).toBe('saved\n');
    const record = await workspace.lastRun();
    expect(record).toMatchObject({ outcome: 'stopped', exitCode: 130 });
    expect(workspace.read(record.log)).toBe('training\nsaving\n');
    expect(await containers()).toBe('');
  });

  here('lost, when launcher and container are gone', async () => {
    const run = start('--cfg', 'long', '--output', output('lost'));
    await run.until('training');
    run.signal('SIGKILL');
    await run.ended;
    await engine('rm', '--force', (await containers()).trim());
    expect(await workspace.lastRun()).toMatchObject({
      outcome: 'lost',
      exitCode: null,
      problems: [{ code: 'engine-lost' }],
    });
  });

  here('with secrets that nobody else sees', async () => {
    const planted = {
      PLANTED_ENV: 'env-8f3a51c7d2',
      PLANTED_FILE: 'file-77b0c1e9aa',
      PLANTED_COMMAND: 'cmd-19dd04be6f',
    };
    const values = Object.values(planted);
    process.env.PLANTED_ENV = planted.PLANTED_ENV;
    workspace.write('secret.txt', `${planted.PLANTED_FILE}\n`);
    workspace.write('ask', `#!/bin/sh\nprintf %s ${planted.PLANTED_COMMAND}\n`);
    await tryRun({ file: 'chmod', args: ['700', workspace.path('ask')] });
    await tryRun({ file: 'chmod', args: ['600', workspace.path('secret.txt')] });
    const program = [
      'echo "env has $PLANTED_ENV, file has $PLANTED_FILE, command has $PLANTED_COMMAND"',
      'test -z "$(ls /run/slipway/secrets)" && echo taken',
      `test "$PLANTED_ENV$PLANTED_FILE$PLANTED_COMMAND" = ${'"'}$(printf %s%s%s ${values.map((value) => value.split('').join('""')).join(' ')})" && echo right`,
      untilWritten('seen'),
      'exit 7',
    ];
    const run = start(
      ...['--env', 'PLANTED_ENV', '--env', 'PLANTED_FILE=file:secret.txt'],
      ...['--env', `PLANTED_COMMAND=command:${workspace.path('ask')}`, '--', 'sh', '-c', program.join('; ')],
    );
    await run.until('right');
    const seen = [
      // Arguments of every process of this machine, those in containers among them.
      ...readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map((pid) => (existsSync(`/proc/${pid}/cmdline`) ? readSafely(`/proc/${pid}/cmdline`) : '')),
      (await engine('inspect', (await containers()).trim())).stdout,
    ];
    workspace.write(`.slipway/runs/${(await workspace.lastRun()).id}/output/seen`, '');
    const { exitCode, printed } = await run.ended;
    expect(exitCode, printed).toBe(7);
    expect(printed).toContain('env has ***, file has ***, command has ***');
    expect(printed).toContain('taken');
    const record = await workspace.lastRun();
    const folder = workspace.path('.slipway/runs', record.id);
    seen.push(
      printed,
      ...readdirSync(folder)
        .filter((name) => name.includes('.'))
        .map((name) => readFileSync(`${folder}/${name}`, 'utf8')),
    );
    expect(record.plan.secrets.PLANTED_ENV).toEqual({ from: 'environment', name: 'PLANTED_ENV' });
    for (const value of values) expect(seen.filter((text) => text.includes(value))).toEqual([]);
    expect(existsSync(secretsFolder(record.id))).toBe(false);
    delete process.env.PLANTED_ENV;
    const without = await slipway('run', '--env', 'PLANTED_ENV');
    expect(without.stderr).toContain(
      'error[secret-missing] PLANTED_ENV is to come from the variable PLANTED_ENV',
    );
  });

  here('as another user than root, who may write into the home: pasted, too', async () => {
    workspace.write('rclone/rclone.conf', '[remote]\n');
    const program = [
      'mkdir ~/.cache/torch ~/.config/matplotlib',
      'cp /bin/true ~/.cache/torch/compiled',
      '~/.cache/torch/compiled',
      'ls ~/.config/rclone',
    ].join(' && ');
    const words = (name: string) => [
      ...['--user', '1000', '--rclone', 'rclone', '--force', 'rclone'],
      ...['--output', output(`user-${name}`), '--cache', output(`cache-${name}`), '--', 'sh', '-c', program],
    ];
    const { exitCode, stdout, stderr } = await slipway('run', ...words('run'));
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain('rclone.conf');
    const planned = await slipway('plan', '--shell', ...words('pasted'));
    const pasted = await tryRun({ file: 'sh', args: [], input: planned.stdout, cwd: workspace.root });
    expect(pasted.exitCode, planned.stdout + pasted.stderr).toBe(0);
    expect(pasted.stdout).toContain('rclone.conf');
  });

  here('as the commands that plan --shell prints: pasted, they do the same', async () => {
    process.env.PASTED = 'pasted-4711';
    const planned = await slipway(
      'plan',
      ...['--shell', '--output', output('pasted'), '--env', 'PASTED'],
      ...['--', 'sh', '-c', `echo "it's \${PASTED#pasted-}" > /output/'a b'`],
    );
    expect(planned.exitCode, planned.stderr).toBe(0);
    expect(planned.stdout).not.toContain('4711');
    const pasted = await tryRun({ file: 'bash', args: ['-eu'], input: planned.stdout });
    expect(pasted.exitCode, planned.stdout + pasted.stderr).toBe(0);
    expect(workspace.read(`${output('pasted')}/a b`)).toBe("it's 4711\n");
    delete process.env.PASTED;
  });
});

it.skipIf(podman.missing !== null)(
  'a folder that a run of docker writes into is none for podman',
  async () => {
    const detached = await workspace.slipway('run', '--detach', '--cfg', 'long', '--output', 'shared');
    expect(detached.exitCode, detached.stderr).toBe(0);
    const other = await workspace.slipway('run', '--scheduler', 'podman', '--output', 'shared');
    expect(other.stderr).toContain('error[output-busy] another run is writing into the same output folder');
    expect((await workspace.slipway('stop', detached.stdout.trim(), '--now')).exitCode).toBe(0);
  },
);

function readSafely(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
