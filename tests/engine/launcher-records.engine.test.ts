import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, statSync } from 'node:fs';
import { parseReference } from '@slipway/contract';
import { openRegistry, run, secretsFolder, tryRun } from '@slipway/effects';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { faultProxy } from './fault-proxy.ts';
import { type LauncherWorkspace, launcherWorkspace, untilWritten } from './launcher-workspace.ts';

/** What becomes of runs, their records and their logs when something happens to who should keep them. */
describe('a record', () => {
  let workspace: LauncherWorkspace;
  beforeAll(async () => {
    workspace = await launcherWorkspace();
  });
  afterAll(() => workspace?.dispose());
  const { env } = process;
  const start = (...args: string[]) => workspace.start('slipway', 'run', ...args);
  const until = async (what: string, holds: () => Promise<boolean>) => {
    for (const end = Date.now() + 60_000; !(await holds()); ) {
      if (Date.now() > end) throw new Error(`never: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const status = async (id: string) =>
    (await workspace.docker('inspect', '--format', '{{.State.Status}}', `slipway-${id}`)).stdout;
  /** Starts a run and kills its launcher as soon as it has printed something. @returns its id. */
  const orphan = async (word: string, ...args: string[]) => {
    const run = start(...args);
    await run.until(word);
    run.signal('SIGKILL');
    await run.ended;
    return (await workspace.lastRun()).id;
  };

  /** Lets the program of a run go on that waits for a file of that name. */
  const goOn = (id: string, name: string) => workspace.write(`.slipway/runs/${id}/output/${name}`, '');

  /** Publishes the image once more, with a layer that no engine can have. @returns the digest of that layer. */
  const addLayer = async (tag: string): Promise<string> => {
    const registry = openRegistry();
    const reference = parseReference(workspace.image);
    let found = await registry.manifest(reference);
    const [child] = (JSON.parse(found?.raw ?? '') as { manifests?: { digest: string }[] }).manifests ?? [];
    if (child) found = await registry.manifest({ ...reference, tag: null, digest: child.digest });
    const manifest = JSON.parse(found?.raw ?? '');
    workspace.write('noise/noise', randomBytes(50_000).toString('hex'));
    await tryRun({
      file: 'tar',
      args: ['--create', '--file=../noise.tar', 'noise'],
      cwd: workspace.path('noise'),
    });
    const layer = workspace.read('noise.tar');
    const digest = await registry.putBlob(reference, layer);
    const config = JSON.parse(await registry.blob(reference, manifest.config.digest));
    config.rootfs.diff_ids.push(digest);
    config.history?.push({ created_by: 'noise' });
    const text = JSON.stringify(config);
    manifest.config = {
      ...manifest.config,
      digest: await registry.putBlob(reference, text),
      size: text.length,
    };
    manifest.layers.push({ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size: layer.length });
    const raw = JSON.stringify(manifest);
    await registry.putManifest({ ...reference, tag }, { digest: '', mediaType: found?.mediaType ?? '', raw });
    return digest;
  };

  it('of a run whose container is paused says that it goes on', async () => {
    const id = await orphan('training', '--cfg', 'long', '--output', 'paused');
    await workspace.docker('pause', `slipway-${id}`);
    const shown = await workspace.slipway('show', id);
    expect(shown.stdout).toContain('running');
    expect(await status(id)).toBe('paused');
    const second = await workspace.slipway('run', '--output', 'paused');
    expect(second.stderr).toContain(`error[output-busy] the run ${id} is writing`);
    await workspace.docker('unpause', `slipway-${id}`);
    expect((await workspace.slipway('stop', id)).exitCode).toBe(0);
    expect(await workspace.lastRun()).toMatchObject({ id, outcome: 'stopped', exitCode: 130 });
  });

  it('takes a log over only with the secrets that the run had, and gc leaves it until then', async () => {
    env.ROTATED = 'planted-before-51';
    const program = `echo "one $ROTATED"; ${untilWritten('orphaned')}; echo "two $ROTATED"; exit 3`;
    const id = await orphan('one', '--env', 'ROTATED', '--', 'sh', '-c', program);
    goOn(id, 'orphaned');
    await until('its end', async () => (await status(id)) === 'exited');
    env.ROTATED = 'rotated-52';
    const runs = await workspace.slipway('runs');
    expect(runs.stdout).toContain('its log stays with the engine');
    const log = workspace.path('.slipway/runs', id, 'log.txt');
    expect(existsSync(log) ? workspace.read(`.slipway/runs/${id}/log.txt`) : '').not.toContain('planted');
    const logs = await workspace.slipway('logs', id);
    expect(logs.stdout + logs.stderr).not.toContain('planted');
    expect(logs.stderr).toContain('error[secret-missing] ROTATED');
    expect((await workspace.slipway('gc')).stdout).toContain(`kept ${id}`);
    expect(await status(id)).toBe('exited');
    env.ROTATED = 'planted-before-51';
    const taken = await workspace.slipway('logs', id);
    expect(taken.stdout).toBe('one ***\ntwo ***');
    expect(await workspace.lastRun()).toMatchObject({ id, outcome: 'failed', exitCode: 3 });
    expect(await status(id)).toBe('');
    expect(existsSync(secretsFolder(id))).toBe(false);
    delete env.ROTATED;
  });

  it('that is damaged is named, and keeps no other from being shown', async () => {
    for (const [id, text] of Object.entries({ half: '{"record":"run","id":', empty: '{}', none: 'null' })) {
      workspace.write(`.slipway/runs/20200101-000000-${id}/record.json`, text);
    }
    const runs = await workspace.slipway('runs');
    expect(runs.exitCode).toBe(0);
    expect(runs.stdout).toContain('stopped  exit 130');
    expect(runs.stderr).toContain(
      '.slipway/runs/20200101-000000-half/record.json is not the record of a run, or only a part of one',
    );
    const shown = await workspace.slipway('show', '20200101-000000-em');
    expect(shown.exitCode).toBe(1);
    expect(shown.stderr).toContain(
      'error[record-unreadable] .slipway/runs/20200101-000000-empty/record.json',
    );
    expect((await workspace.slipway('gc')).exitCode).toBe(0);
  });

  it('is there while the image is fetched: the run can be seen and stopped', async () => {
    const proxy = await faultProxy(workspace.registry);
    try {
      const digest = await addLayer('cpu-noise');
      proxy.fail({ method: 'GET', path: new RegExp(`/blobs/${digest}`), does: 'hang' });
      const image = `${proxy.at}/${workspace.repositories.runtime}:cpu-noise`;
      const run = start('--image', image, '--output', 'fetched');
      await until('a layer is asked for', async () => proxy.requests.some(({ fault }) => fault === 'hang'));
      const { id, outcome } = await workspace.lastRun();
      expect(outcome).toBe('running');
      expect(await status(id)).toBe('');
      const stopped = await workspace.slipway('stop', id);
      expect(stopped.exitCode, stopped.stderr).toBe(0);
      const { exitCode, printed } = await run.ended;
      expect(exitCode, printed).toBe(130);
      expect(await workspace.lastRun()).toMatchObject({ id, outcome: 'stopped', exitCode: null });
      proxy.clear();
      const again = await workspace.slipway('run', '--image', image, '--output', 'fetched');
      expect(again.exitCode, again.stderr).toBe(0);
      // What is fetched in a moment, the engine tells no bytes of.
      expect((await workspace.lastRun()).pull).not.toBeNull();
    } finally {
      await proxy.close();
    }
  });

  it('of a run that is handed over while others ask for it is its own', async () => {
    let over = false;
    const asking = async () => {
      while (!over) await workspace.slipway('runs');
    };
    const others = [asking(), asking()];
    const ids: string[] = [];
    for (let count = 0; count < 2; count += 1)
      ids.push((await workspace.slipway('run', '--detach', '--', 'true')).stdout.trim());
    await until('their ends', async () => (await workspace.runs()).every(({ endedAt }) => endedAt !== null));
    over = true;
    await Promise.all(others);
    const records = (await workspace.runs()).filter(({ id }) => ids.includes(id));
    expect(records.map(({ outcome, exitCode }) => [outcome, exitCode])).toEqual(
      new Array(2).fill(['finished', 0]),
    );
  });

  it.runIf(process.getuid?.() === 0)(
    'has each line once, and the exit code, whoever asks first, and is shown where it cannot be written',
    async () => {
      const lines = 'for each in $(seq 20); do echo waiting; sleep 0.03; done';
      const program = `${lines}; ${untilWritten('orphaned')}; ${lines}; exit 255`;
      const id = await orphan('waiting', '--', 'sh', '-c', program);
      goOn(id, 'orphaned');
      await until('its end', async () => (await status(id)) === 'exited');
      const waited = new Array(40).fill('waiting').join('\n');
      const { root } = workspace;
      await run({ file: 'mount', args: ['--bind', root, root] });
      try {
        await run({ file: 'mount', args: ['-o', 'remount,bind,ro', root] });
        const runs = await workspace.slipway('runs');
        expect(runs.exitCode, runs.stderr).toBe(0);
        expect(runs.stdout).toContain(`${id}  failed  exit 255`);
        expect(runs.stderr).toContain(
          `the run ${id} has ended (failed, exit code 255), and that cannot be recorded`,
        );
        expect(await workspace.slipway('logs', id)).toMatchObject({ exitCode: 0, stdout: waited });
        expect(await status(id)).toBe('exited');
      } finally {
        await run({ file: 'umount', args: [root] });
      }
      await Promise.all([1, 2, 3, 4].map(() => workspace.slipway('runs')));
      expect(await workspace.lastRun()).toMatchObject({ id, outcome: 'failed', exitCode: 255 });
      expect(workspace.read(`.slipway/runs/${id}/log.txt`)).toBe(`${waited}\n`);
      expect(await status(id)).toBe('');
    },
  );

  it.runIf(process.getuid?.() === 0)(
    'that no disk has room for is made later: the container is left until then',
    async () => {
      const runs = workspace.path('.slipway/runs');
      await run({ file: 'mount', args: ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', runs] });
      try {
        const program = 'head -c 2m /dev/zero > /output/full 2> /dev/null; seq 3000; exit 7';
        const { exitCode, stderr } = await workspace.slipway('run', '--', 'sh', '-c', program);
        const [, id = ''] = /slipway: run (\S+) of/.exec(stderr) ?? [];
        expect(exitCode).toBe(1);
        expect(stderr).toContain(`error[disk-full] the run ${id} has ended (failed, exit code 7)`);
        expect(stderr).toContain(`then call slipway show ${id}`);
        const full = await workspace.slipway('runs');
        expect(full.exitCode, full.stderr).toBe(0);
        expect(full.stdout).toContain(`${id}  failed  exit 7`);
        expect(full.stderr).toContain('ENOSPC');
        expect(await status(id)).toBe('exited');
        rmSync(workspace.path('.slipway/runs', id, 'output/full'));
        expect(await workspace.lastRun()).toMatchObject({ id, outcome: 'failed', exitCode: 7 });
        expect(workspace.read(`.slipway/runs/${id}/log.txt`).split('\n')).toHaveLength(3001);
        expect(await status(id)).toBe('');
      } finally {
        await run({ file: 'umount', args: [runs] });
      }
    },
  );

  it('is gone on with by logs --follow when whoever kept it dies', async () => {
    const program = `echo one; ${untilWritten('unfollowed')}; echo two`;
    const id = (await workspace.slipway('run', '--detach', '--', 'sh', '-c', program)).stdout.trim();
    const logs = workspace.start('slipway', 'logs', '--follow', id);
    await logs.until('one');
    const { pid = 0 } = (await workspace.lastRun()).follower ?? {};
    // 0 would be the tests themselves.
    expect(pid).toBeGreaterThan(1);
    process.kill(pid, 'SIGKILL');
    goOn(id, 'unfollowed');
    expect(await logs.ended).toMatchObject({
      exitCode: 0,
      printed: expect.stringMatching(/^one\n(?:slipway: .*\n)?two\n$/),
    });
    expect(await workspace.lastRun()).toMatchObject({ id, outcome: 'finished', exitCode: 0 });
    expect(workspace.read(`.slipway/runs/${id}/log.txt`)).toBe('one\ntwo\n');
  });

  it('is there while a secret is read, however long that takes: the run can be stopped', async () => {
    const slow = 'SLOW=command:sh -c "sleep 100; echo x"';
    const run = start('--env', slow, '--output', 'slow', '--', 'true');
    await run.until('of 127');
    await until('its record', async () => (await workspace.lastRun()).plan.secrets.SLOW !== undefined);
    const stopped = await workspace.slipway('stop', 'last');
    expect(stopped.exitCode, stopped.stderr).toBe(0);
    const { exitCode, printed } = await run.ended;
    expect(exitCode, printed).toBe(130);
    expect(printed).toContain('error[interrupted] reading SLOW was interrupted');
    expect(await workspace.lastRun()).toMatchObject({ outcome: 'stopped', exitCode: null });
  });

  /** Starts a run whose output nobody reads before a file of that name is written. */
  const unread = (name: string, program: string) => {
    onTestFinished(() => workspace.write(`read-${name}`, ''));
    return tryRun({
      file: 'bash',
      args: [
        '-c',
        'set -o pipefail; slipway run --stop-seconds 30 --output "$0" -- sh -c "$1" | (until [ -e "read-$0" ]; do sleep 0.1; done; cat)',
        ...[name, program],
      ],
      cwd: workspace.root,
    });
  };
  const thousandLetters = 'line=$(printf %01000d 0)';

  it('of a run that is asked from elsewhere to stop is written though nobody reads its output', async () => {
    // More than an engine and pipes take.
    const save = 'for i in $(seq 4000); do echo $line; done; echo saved > /output/saved; exit 0';
    const program = `${thousandLetters}; trap '${save}' INT; echo up > /output/up; ${untilWritten('never')}`;
    const run = unread('stopped-unread', program);
    await until('its start', async () => existsSync(workspace.path('stopped-unread/up')));
    const stopped = await workspace.slipway('stop', 'last');
    expect(stopped.exitCode, stopped.stderr).toBe(0);
    await until('its end', async () => (await workspace.lastRun()).outcome !== 'running');
    const record = await workspace.lastRun();
    expect(record).toMatchObject({ outcome: 'stopped', exitCode: 0 });
    expect(workspace.read('stopped-unread/saved')).toBe('saved\n');
    expect(workspace.read(record.log).split('\n')).toHaveLength(4001);
    workspace.write('read-stopped-unread', '');
    const { exitCode, stderr } = await run;
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toMatch(/slipway: \d+ lines are in the log only/);
  });

  it('of a run that is over is written though nobody reads its output', async () => {
    // As much as an engine and pipes take.
    const run = unread('over-unread', `${thousandLetters}; for i in $(seq 400); do echo $line; done`);
    await until('its end', async () => (await workspace.lastRun()).outcome === 'finished');
    workspace.write('read-over-unread', '');
    const { exitCode, stdout } = await run;
    expect({ exitCode, lines: stdout.split('\n').length }).toEqual({ exitCode: 0, lines: 400 });
  });

  it('says nothing of a stop that did not reach the run', async () => {
    const program = `echo begun; ${untilWritten('asked')}; seq 100000`;
    const detached = await workspace.slipway(
      'run',
      '--detach',
      '--output',
      'unreached',
      '--',
      'sh',
      '-c',
      program,
    );
    const id = detached.stdout.trim();
    const settings = workspace.read('.slipway/machine.json');
    workspace.changeMachine((machine) => {
      machine.engine = { docker: 'docker', ...machine.engine, host: 'unix:///nowhere.sock' };
    });
    const stopped = await workspace.slipway('stop', id);
    workspace.write('.slipway/machine.json', settings);
    workspace.write('unreached/asked', '');
    expect(stopped.exitCode).toBe(1);
    expect(stopped.stderr).toContain('error[engine-unreachable]');
    await until('its end', async () => (await workspace.lastRun()).outcome !== 'running');
    expect(await workspace.lastRun()).toMatchObject({ id, outcome: 'finished', exitCode: 0 });
    // Nobody reads to the end, which is no failure.
    const read = await tryRun({
      file: 'bash',
      args: ['-c', `set -o pipefail; slipway logs ${id} | head -1`],
      cwd: workspace.root,
    });
    expect(read).toMatchObject({ exitCode: 0, stdout: 'begun', stderr: '' });
  });

  it('is not removed by gc with a folder that another run uses, and not changed by a dry one', async () => {
    const first = await workspace.slipway('run', '--', 'touch', '/output/first');
    expect(first.exitCode, first.stderr).toBe(0);
    const { id } = await workspace.lastRun();
    const into = ['--output', `.slipway/runs/${id}/output`, '--force', 'resume'];
    const program = `echo begun; ${untilWritten('kept')}; touch /output/other`;
    const other = await orphan('begun', ...into, '--', 'sh', '-c', program);
    const gc = (...args: string[]) => workspace.slipway('gc', '--older-than', '1s', '--outputs', ...args);
    expect((await gc()).stdout).toContain(`kept ${id}: ${other} uses its folder`);
    goOn(id, 'kept');
    await until('its end', async () => (await status(other)) === 'exited');
    // So that all there is is older than a second for both.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const dry = await gc('--dry-run');
    expect(dry.stdout).toContain(`would remove the container slipway-${other}`);
    expect((await gc('--dry-run')).stdout).toBe(dry.stdout);
    expect(existsSync(workspace.path('.slipway/runs', id, 'output/other'))).toBe(true);
    const shell = tryRun({
      ...{ file: 'slipway', args: ['shell', '--data', `.slipway/runs/${id}/output`], cwd: workspace.root },
      input: 'until [ -e /data/output/seen ]; do sleep 0.1; done\n',
    });
    const open = ['ps', '--quiet', '--filter', 'label=io.slipway.shell'];
    await until('a shell', async () => (await workspace.docker(...open)).stdout !== '');
    expect((await gc('--dry-run')).stdout).toMatch(new RegExp(`kept ${id}: \\S+ uses its folder`));
    goOn(id, 'seen');
    expect((await shell).exitCode).toBe(0);
    // As a launcher leaves it that was killed before it did anything.
    workspace.write('.slipway/runs/20200101-000000-bare/plan.json', '{}');
    const cleaned = await gc();
    expect(cleaned.stdout).toContain(`removed the record and log of ${id}, with its output`);
    expect(cleaned.stdout).toContain('removed the folder of 20200101-000000-bare');
    expect(await status(other)).toBe('');
  });

  it('of a run into a folder that was used is refused, also again, unless that is wanted', async () => {
    expect((await workspace.slipway('run', '--output', 'used')).exitCode).toBe(0);
    const again = await workspace.slipway('rerun', 'last');
    expect(again.stderr).toContain('error[output-used]');
    expect(again.stderr).toContain('--force resume');
    const forced = await workspace.slipway('rerun', 'last', '--force', 'resume');
    expect(forced.exitCode, forced.stderr).toBe(0);
    expect((await workspace.lastRun()).plan.forced).toEqual(['resume']);
    // That was said of this run alone.
    expect((await workspace.slipway('rerun', 'last')).stderr).toContain('error[output-used]');
    const unknown = await workspace.slipway('rerun', 'last', '--force', 'resum');
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toContain('--force resume');
  });
});

/** A user of the container who is nobody on this machine. */
describe('another user', () => {
  let workspace: LauncherWorkspace;
  beforeAll(async () => {
    workspace = await launcherWorkspace();
    process.env.OF_USER = 'user-secret-71';
  });
  afterAll(() => {
    delete process.env.OF_USER;
    workspace?.dispose();
  });
  const words = ['--user', '1000', '--env', 'OF_USER'];
  const program = ['--', 'sh', '-c', 'echo "$(id -u) $OF_USER" | tee /output/said; exit 7'];

  it('has the secrets and the folders, in a run, a shell and the pasted commands', async () => {
    const folders = (name: string) => ['--output', `out-${name}`, '--cache', `cache-${name}`];
    const ran = await workspace.slipway('run', ...words, ...folders('run'), ...program);
    expect(ran.exitCode, ran.stderr).toBe(7);
    expect(ran.stdout).toBe('1000 ***');
    const planned = await workspace.slipway('plan', '--shell', ...words, ...folders('pasted'), ...program);
    const pasted = await tryRun({ file: 'sh', args: [], input: planned.stdout, cwd: workspace.root });
    expect(pasted.exitCode, planned.stdout + pasted.stderr).toBe(7);
    expect(pasted.stdout).toContain('1000 user-secret-71');
    const shell = await tryRun({
      file: 'slipway',
      args: ['shell', ...words, ...folders('shell')],
      cwd: workspace.root,
      input: 'echo "$(id -u) $OF_USER" > /output/said; exit 7\n',
    });
    expect(shell.exitCode, shell.stderr).toBe(7);
    for (const name of ['run', 'pasted', 'shell']) {
      expect(workspace.read(`out-${name}/said`)).toBe('1000 user-secret-71\n');
      expect(statSync(workspace.path(`cache-${name}`)).uid).toBe(1000);
    }
  });
});
