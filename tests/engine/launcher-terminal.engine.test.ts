import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultProxy } from './fault-proxy.ts';
import { ctrlC, onTerminal } from './launcher-terminal.ts';
import { type LauncherWorkspace, launcherWorkspace, untilWritten } from './launcher-workspace.ts';

/** What a person sees and types on a real terminal. */
describe('on a terminal', () => {
  let workspace: LauncherWorkspace;
  beforeAll(async () => {
    workspace = await launcherWorkspace();
    // What is said while an image is pulled is none of these tests' concern.
    await workspace.docker('pull', '--quiet', workspace.image);
  });
  afterAll(() => workspace?.dispose());
  const slipway = (...args: string[]) => onTerminal(['slipway', ...args], workspace.root);
  const containers = async () =>
    (
      await workspace.docker(
        'ps',
        '--all',
        '--quiet',
        '--filter',
        `label=io.slipway.image=${workspace.image}`,
      )
    ).stdout;

  /**
   * Puts a docker in the engine's place that makes containers and holds them before they start.
   * @returns whether it has made one.
   */
  const holdStarts = () => {
    const { docker = 'docker' } = JSON.parse(workspace.read('.slipway/machine.json')).engine ?? {};
    workspace.write(
      'held/docker',
      `#!/bin/bash
words=()
for word; do [ "$word" = run ] && word=create; words+=("$word"); done
[ "\${words[*]}" = "$*" ] && exec '${docker}' "$@"
'${docker}' "\${words[@]}" > /dev/null && touch '${workspace.path('held/created')}'
sleep 60
`,
    );
    chmodSync(workspace.path('held/docker'), 0o755);
    workspace.changeMachine((settings) => {
      settings.engine = { ...settings.engine, docker: workspace.path('held/docker') };
    });
    return () => existsSync(workspace.path('held/created'));
  };

  it('a shell: bash with the folders of a run, a real terminal, its secrets, and its exit code', async () => {
    process.env.SHELL_SECRET = 'shell-9021';
    const shell = slipway('shell', '--output', 'shelled', '--env', 'SHELL_SECRET', '--data', 'application');
    await shell.until(/[#$] $/);
    shell.type('tty; pwd; ls /data/application; echo "[$SHELL_SECRET]"; cat /proc/1/comm\n');
    await shell.until('/dev/pts/0');
    await shell.until('/app/quick');
    await shell.until('pyproject.toml');
    await shell.until(/\[shell-9021\]/);
    // An init process, so that what is started in it and left is taken care of.
    await shell.until(/tini|docker-init/);
    // Ctrl-C is for what runs in the shell.
    shell.type('sleep 60\n');
    await new Promise((resolve) => setTimeout(resolve, 500));
    shell.type(ctrlC);
    shell.type('echo still here > /output/note; exit 5\n');
    const { exitCode, printed } = await shell.ended;
    expect(exitCode, printed).toBe(5);
    expect(workspace.read('shelled/note')).toBe('still here\n');
    expect(await containers()).toBe('');
    delete process.env.SHELL_SECRET;
  });

  it('a shell through a pipe, without a terminal', async () => {
    const { tryRun } = await import('@slipway/effects');
    const { exitCode, stdout } = await tryRun({
      file: 'slipway',
      args: ['shell'],
      cwd: workspace.root,
      input: 'echo piped; exit 4\n',
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: 'piped' });
  });

  it('Ctrl-C asks once; s stops', async () => {
    const run = slipway('run', '--cfg', 'long', '--output', 'asked');
    await run.until('training');
    run.type(ctrlC);
    await run.until('[s]top the run, [d]etach and let it go on, or go on watching');
    run.type('s\n');
    const { exitCode, printed } = await run.ended;
    expect(exitCode, printed).toBe(130);
    expect(printed).toContain('saving');
    expect(workspace.read('asked/checkpoint')).toBe('saved\n');
    expect(await workspace.lastRun()).toMatchObject({ outcome: 'stopped', exitCode: 130 });
    expect(await containers()).toBe('');
  });

  it('Ctrl-C, then d: the run goes on, is followed in the background, and can be stopped', async () => {
    const run = slipway('run', '--cfg', 'long', '--output', 'left');
    await run.until('training');
    run.type(ctrlC);
    await run.until('etach');
    run.type('d\n');
    const { exitCode, printed } = await run.ended;
    expect(exitCode, printed).toBe(0);
    const { id, outcome, follower } = await workspace.lastRun();
    expect({ outcome, followed: follower !== null && existsSync(`/proc/${follower.pid}`) }).toEqual({
      outcome: 'running',
      followed: true,
    });
    expect((await workspace.slipway('stop', id)).exitCode).toBe(0);
    const record = await workspace.lastRun();
    expect(record).toMatchObject({ outcome: 'stopped', exitCode: 130, follower: null });
    expect(workspace.read(record.log)).toBe('training\nsaving\n');
  });

  it('Ctrl-\\: the run goes on, and is followed in the background', async () => {
    const run = slipway('run', '--cfg', 'long', '--output', 'quit');
    await run.until('training');
    run.type('\u001c');
    const { exitCode, printed } = await run.ended;
    expect(exitCode, printed).toBe(0);
    expect(printed).toMatch(/run \S+ goes on/);
    expect((await workspace.slipway('stop', 'last')).exitCode).toBe(0);
    expect(await workspace.lastRun()).toMatchObject({ outcome: 'stopped', exitCode: 130 });
  });

  it('Ctrl-C, then Enter: one goes on watching; twice in a row stops, and once more ends it at once', async () => {
    const run = slipway(
      'run',
      '--',
      'sh',
      '-c',
      'trap "echo deaf" INT; echo up; while :; do sleep 0.2; echo tick; done',
    );
    await run.until('up');
    run.type(ctrlC);
    await run.until('etach');
    run.type('\n');
    await run.until(/etach[\s\S]*tick/);
    run.type(ctrlC);
    await run.until(/etach[\s\S]*etach/);
    run.type(ctrlC);
    await run.until('asking the application to save and end');
    await run.until('deaf');
    run.type(ctrlC);
    expect((await run.ended).exitCode).toBe(137);
    expect(await workspace.lastRun()).toMatchObject({ outcome: 'stopped', exitCode: 137 });
    expect(await containers()).toBe('');
  });

  it('a stop that is left by Ctrl-C says that the run is asked all the same', async () => {
    const deaf = 'trap "" INT; echo up; while :; do sleep 0.2; done';
    expect((await workspace.slipway('run', '--detach', '--', 'sh', '-c', deaf)).exitCode).toBe(0);
    const stop = slipway('stop', 'last');
    // Before the engine is asked, it is not.
    const { id } = await workspace.lastRun();
    await expect
      .poll(() => existsSync(workspace.path(`.slipway/runs/${id}/stop-requested`)), { timeout: 20_000 })
      .toBe(true);
    stop.type(ctrlC);
    const { exitCode, printed } = await stop.ended;
    expect(exitCode, printed).toBe(130);
    expect(printed).toMatch(/the run \S+ is asked all the same; slipway show/);
    expect((await workspace.slipway('stop', 'last', '--now')).exitCode).toBe(0);
  });

  it('closed: the run goes on, and is followed in the background', async () => {
    const run = slipway('run', '--cfg', 'long', '--output', 'closed');
    await run.until('training');
    run.hangUp();
    await run.ended;
    await expect
      .poll(async () => (await workspace.lastRun()).follower?.pid, { timeout: 20_000, interval: 200 })
      .toSatisfy(
        (pid?: number) => pid !== undefined && read(`/proc/${pid}/cmdline`).includes('follow-in-background'),
      );
    const { id } = await workspace.lastRun();
    expect((await workspace.slipway('stop', id)).exitCode).toBe(0);
    const record = await workspace.lastRun();
    expect(record).toMatchObject({ outcome: 'stopped', exitCode: 130 });
    expect(workspace.read(record.log)).toBe('training\nsaving\n');
    const shell = slipway('shell');
    await shell.until(/[#$] $/);
    shell.hangUp();
    await shell.ended;
    await expect.poll(containers, { timeout: 20_000, interval: 200 }).toBe('');
  });

  it('closed while it asks: the run goes on, and is followed in the background', async () => {
    const run = slipway('run', '--cfg', 'long', '--output', 'closed-asked');
    await run.until('training');
    run.type(ctrlC);
    await run.until('etach');
    run.hangUp();
    await run.ended;
    await expect
      .poll(async () => (await workspace.lastRun()).follower?.pid, { timeout: 20_000, interval: 200 })
      .toSatisfy((pid?: number) => read(`/proc/${pid}/cmdline`).includes('follow-in-background'));
    expect((await workspace.slipway('stop', 'last')).exitCode).toBe(0);
    expect(await workspace.lastRun()).toMatchObject({ outcome: 'stopped', exitCode: 130 });
  });

  it('elsewhere, a terminal that is closed stops nothing: with nohup the command itself goes on', async () => {
    const run = workspace.start('slipway', 'run', '--cfg', 'long', '--output', 'nohup');
    await run.until('training');
    const logs = workspace.start('slipway', 'logs', '--follow', 'last');
    await logs.until('training');
    for (const each of [run, logs]) each.signal('SIGHUP');
    await sleep(500);
    const { outcome, follower } = await workspace.lastRun();
    expect(outcome).toBe('running');
    expect(read(`/proc/${follower?.pid}/cmdline`)).toContain('--output\0nohup');
    run.signal('SIGINT');
    expect((await run.ended).exitCode).toBe(130);
    const shown = await logs.ended;
    expect(shown.exitCode, shown.printed).toBe(0);
    expect(shown.printed).toContain('saving');
  });

  it('while it asks nothing else is written; a run that ends meanwhile needs no answer', async () => {
    const lines = `echo "line 1"; ${untilWritten('asks')}; for line in 2 3 4 5 6 7 8; do echo "line $line"; done`;
    const run = slipway('run', '--output', 'meanwhile', '--', 'sh', '-c', lines);
    await run.until('line 1');
    run.type(ctrlC);
    await run.until('go on watching (Enter)?');
    workspace.write('meanwhile/asks', '');
    const { exitCode, printed } = await run.ended;
    expect(exitCode, printed).toBe(0);
    expect(printed).toMatch(/go on watching \(Enter\)\? \s+line \d/);
    expect(printed).toMatch(/line 8\s+slipway: run \S+ finished, exit code 0/);
  });

  it('a shell that is left before it is open: by Ctrl-C while its image is pulled, and while it starts', async () => {
    const runs = () =>
      existsSync(workspace.path('.slipway/runs')) ? readdirSync(workspace.path('.slipway/runs')) : [];
    const before = runs();
    const proxy = await faultProxy(workspace.registry);
    proxy.fail({ method: 'HEAD', path: /manifests\/sha256:/, does: 'hang' });
    const pulling = slipway('shell', '--image', workspace.image.replace(workspace.registry, proxy.at));
    await pulling.until('pulling');
    pulling.type(ctrlC);
    const first = await pulling.ended;
    await proxy.close();
    expect(first.printed).toContain('error[interrupted]');
    expect(first.exitCode).toBe(130);
    expect(runs()).toEqual(before);
    const machine = workspace.read('.slipway/machine.json');
    const created = holdStarts();
    const starting = slipway('shell');
    await expect.poll(created, { interval: 5 }).toBe(true);
    starting.type(ctrlC);
    const second = await starting.ended;
    workspace.write('.slipway/machine.json', machine);
    expect(second.printed).toMatch(/^\^C(?:slipway: .*\s+)*error\[interrupted\] the shell was interrupted/);
    expect(second.exitCode).toBe(130);
    expect(runs()).toEqual(before);
    expect(await containers()).toBe('');
  });

  it('a progress bar that is written over is seen as it comes', async () => {
    const bar = String.raw`printf '10%%\r'; sleep 0.5; printf '50%%\r'; ${untilWritten('seen')}; echo done`;
    const run = slipway('run', '--output', 'bar', '--', 'sh', '-c', bar);
    await run.until('10%');
    expect(run.printed()).not.toContain('done');
    workspace.write('bar/seen', '');
    await run.ended;
    expect(workspace.read((await workspace.lastRun()).log)).toBe('10%\r50%\rdone\n');
  });

  it('through Nx, detached: it is followed too', async () => {
    const run = await workspace.nx('run', 'run-launcher:run', '--cfg=long', '--output=nx-left', '--detach');
    expect(run.exitCode, run.stdout + run.stderr).toBe(0);
    const { id, follower } = await workspace.lastRun();
    expect(read(`/proc/${follower?.pid}/cmdline`)).toContain('follow-in-background');
    expect((await workspace.slipway('stop', id)).exitCode).toBe(0);
    expect(await workspace.lastRun()).toMatchObject({ id, outcome: 'stopped', exitCode: 130 });
  });

  it('through Nx, as run-launcher:run and :doctor', async () => {
    const run = await workspace.nx('run', 'run-launcher:run', '--cfg=quick', '--output=nx');
    expect(run.exitCode, run.stdout + run.stderr).toBe(0);
    expect(run.stdout + run.stderr).toContain('training');
    expect(workspace.read('nx/checkpoint')).toBe('done\n');
    const failing = await workspace.nx('run', 'run-launcher:run', '--args=sh', '--args=-c', '--args=exit 3');
    expect(failing.exitCode).toBe(1);
    expect(failing.stdout + failing.stderr).toContain('error[run-failed]');
    const doctor = await workspace.nx('run', 'run-launcher:doctor');
    expect(doctor.stdout).toContain('this host has no GPU');
    const attention = await workspace.nx('run', 'run-launcher:doctor', '--args=flash-attention');
    expect(attention.stdout + attention.stderr).toMatch(
      /flash-attention .*cpu-v0\.1\.0|cpu-v0\.1\.0.* flash-attention/,
    );
    expect(attention.stdout).not.toContain('this host has no GPU (');
    const planned = await workspace.nx('run', 'run-launcher:plan', '--shell', '--as=v0.1.0');
    expect(planned.stdout).toContain('--pull=never');
    const wrong = await workspace.nx('run', 'run-launcher:run', '--outptu=x');
    expect(wrong.exitCode).not.toBe(0);
    expect(wrong.stdout + wrong.stderr).toContain('outptu');
  });

  it('run-launcher:shell has the terminal too', async () => {
    const shell = onTerminal(
      ['env', 'NX_DAEMON=false', 'NX_TUI=false', 'nx', 'run', 'run-launcher:shell'],
      workspace.root,
    );
    await shell.until(/[#$] /);
    shell.type('tty; exit\n');
    await shell.until('/dev/pts/0');
    expect((await shell.ended).exitCode).toBe(0);
  });
});

const read = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
