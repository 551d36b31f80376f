import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { parseReference } from '@slipway/contract';
import { openRegistry, putArtifact } from '@slipway/effects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recorded } from '../../packages/run-launcher/src/testing/nvidia-smi.ts';
import { type LauncherWorkspace, launcherWorkspace, untilWritten } from './launcher-workspace.ts';
import { privateEngine } from './private-engine.ts';

/** What is found before anything is pulled, on a host without GPU, for images that exist in a registry. */
describe('a run that does not fit', () => {
  let workspace: LauncherWorkspace;
  const registry = openRegistry();
  const repository = () => `${workspace.registry}/${workspace.repositories.runtime}`;
  const slipway = (...args: string[]) => workspace.slipway(...args);

  beforeAll(async () => {
    workspace = await launcherWorkspace();
    await workspace.docker('pull', '--quiet', workspace.image);
    // Images for GPUs, with the labels that such images have; what they hold does not matter here.
    for (const [name, capabilities] of Object.entries({ turing: '7.5', ampere: '8.0;8.6' })) {
      const labels = {
        architecture: name,
        'gpu.compute-capabilities': capabilities,
        'gpu.torch-cuda-arch-list': capabilities,
        'gpu.cuda': '12.6',
        'gpu.minimum-driver': '525.60.13',
      };
      const lines = Object.entries(labels).map(([key, value]) => `LABEL io.slipway.${key}="${value}"`);
      const tag = `${repository()}:${name}-v0.1.1`;
      mkdirSync(workspace.path(name));
      writeFileSync(workspace.path(name, 'Dockerfile'), [`FROM ${workspace.image}`, ...lines, ''].join('\n'));
      const built = await workspace.docker('build', '--quiet', '--push', '--tag', tag, workspace.path(name));
      expect(built.exitCode, built.stderr).toBe(0);
    }
    const contract = (capabilities: string) => ({ 'io.slipway.gpu.compute-capabilities': capabilities });
    const one = (capabilities: string) => ({
      digest: `sha256:${'0'.repeat(64)}`,
      keyTag: 'x',
      base: { keyTag: 'x', digest: `sha256:${'0'.repeat(64)}` },
      contract: contract(capabilities),
      bytes: 1,
    });
    const architectures = { ampere: one('8.0;8.6'), turing: one('7.5') };
    await putArtifact(
      registry,
      parseReference(`${repository()}:v0.1.1`),
      'application/vnd.slipway.release.v1+json',
      JSON.stringify({
        slipwayRelease: 1,
        version: 'v0.1.1',
        application: 'quick',
        commit: null,
        architectures,
      }),
    );
    writeFileSync(workspace.path('turing.csv'), recorded.turing);
    writeFileSync(workspace.path('old.csv'), recorded.ampere.replace('580.126.09', '470.182.03'));
  });
  afterAll(() => workspace?.dispose());
  const ampere = () => ['--image', `${repository()}:ampere-v0.1.1`];

  it('to its GPU: the right image is named', async () => {
    const { exitCode, stdout, stderr } = await slipway('plan', ...ampere(), '--host-facts', 'turing.csv');
    expect(exitCode).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      'error[gpu-unfit] this host has an RTX 2080 Ti (7.5); ampere-v0.1.1 is for 8.0, 8.6; use turing-v0.1.1\n' +
        `  fix: --image ${repository()}:turing-v0.1.1; to start all the same: --force gpu`,
    );
    const right = await slipway(
      'plan',
      ...['--image', `${repository()}:turing-v0.1.1`, '--host-facts', 'turing.csv'],
    );
    expect(right.exitCode, right.stderr).toBe(0);
    expect(JSON.parse(right.stdout)).toMatchObject({ gpus: { devices: 'all', access: 'toolkit' } });
  });

  it('to its driver', async () => {
    const { exitCode, stderr } = await slipway('plan', ...ampere(), '--host-facts', 'old.csv');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('error[driver-too-old] the driver of this host is 470.182.03; CUDA 12.6');
  });

  it('to a host whose nvidia-smi fails, which is no host without GPU', async () => {
    const says = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.";
    workspace.write('smi/nvidia-smi', `#!/bin/sh\necho "${says}"\nexit 9\n`);
    chmodSync(workspace.path('smi/nvidia-smi'), 0o755);
    const path = process.env.PATH;
    process.env.PATH = `${workspace.path('smi')}:${path}`;
    try {
      const { exitCode, stderr } = await slipway('plan');
      expect(exitCode).toBe(1);
      expect(stderr).toContain(
        `error[gpu-unknown] which architecture this host takes cannot be told: nvidia-smi ended with exit code 9: ${says}\n` +
          '  fix: load the driver',
      );
      const doctor = await slipway('doctor');
      expect(doctor.exitCode).toBe(0);
      expect(doctor.stdout).toMatch(
        /^warning {2}gpu {10}whether this host has a GPU cannot be told: nvidia-smi/m,
      );
    } finally {
      process.env.PATH = path;
    }
  });

  it('to a host without GPU: refused, and overruled by name', async () => {
    const refused = await slipway('run', ...ampere());
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(
      'error[gpu-unfit] this host has no GPU (there is no nvidia-smi); ampere-v0.1.1',
    );
    const forced = await slipway('run', ...ampere(), '--force', 'gpu');
    expect(forced.exitCode, forced.stderr).toBe(0);
    expect(forced.stdout).toBe('training\nfinished');
    expect((await workspace.lastRun()).warnings).toMatchObject([{ check: 'gpu', severity: 'warning' }]);
    const gpus = await slipway('run', '--gpus', 'all', '--force', 'gpu');
    expect(gpus.stderr).toContain('error[toolkit-missing] docker');
  });

  it('in everything: all is said at once, and nothing was pulled, made or recorded', async () => {
    const before = await workspace.runs();
    writeFileSync(workspace.path('key'), '-----BEGIN OPENSSH PRIVATE KEY-----\n');
    chmodSync(workspace.path('key'), 0o644);
    writeFileSync(workspace.path('file'), '');
    const { exitCode, stderr } = await slipway(
      ...[
        'run',
        ...ampere(),
        '--ssh-key',
        'key',
        '--rclone',
        'nowhere',
        '--output',
        'file/out',
        '--data',
        'no',
      ],
      ...['--env', 'NOT_SET_ANYWHERE', '--opts', 'EXPERIMENT.WANDB.KEY', 'planted-52b7'],
    );
    expect(exitCode).toBe(1);
    expect(stderr.match(/^error\[[a-z-]+\]/gm)).toEqual([
      'error[gpu-unfit]',
      'error[output-unusable]',
      'error[key-unsafe]',
      'error[folder-missing]',
      'error[folder-missing]',
      'error[secret-missing]',
      'error[secret-in-options]',
    ]);
    expect(stderr).not.toContain('planted');
    expect(stderr).toContain(`fix: chmod 600 ${workspace.path('key')}`);
    expect(await workspace.runs()).toEqual(before);
  });

  it.each([
    [['--cgf', 'x'], "unknown option '--cgf'", '(Did you mean --cfg?)'],
    [['--cache', ''], '--cache: "" is empty', 'slipway run --help'],
    [['--opts', 'A.B'], '--opts: KEY VALUE pairs: the number of words is odd', ''],
    [['--force', 'gqu'], '--force gqu: there is no such check', '--force gpu'],
    [['--scheduler', 'slurm'], "option '--scheduler <name>' argument 'slurm' is invalid", 'docker, podman'],
    [['--processes', 'two'], 'It must be a whole number above 0', ''],
  ])('to the command line: %j', async (flags, what, remedy) => {
    const { exitCode, stderr } = await slipway('run', ...flags);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('error[usage] ');
    expect(stderr).toContain(what);
    expect(stderr).toContain(remedy);
  });

  it('through Nx: words arrive as they were typed', async () => {
    const words = [
      ...['--architecture=cpu', '--host-facts=turing.csv', '--force=gpu', '--gpus=1', '--user=1000'],
      ...['--opts=TRAIN.LR', '--opts=1e-3', '--env=X=value:a,b', '--args=sh,-c', '--args=5'],
    ];
    const { exitCode, stdout, stderr } = await workspace.nx('run', 'run-launcher:plan', ...words);
    expect(exitCode, stdout + stderr).toBe(0);
    const json = stdout.replace(/^run-launcher: /gm, '');
    expect(JSON.parse(json.slice(json.indexOf('{\n'), json.lastIndexOf('\n}') + 2))).toMatchObject({
      gpus: { devices: ['0'] },
      user: '1000',
      environment: { X: 'a,b' },
      command: ['sh,-c', '5', '--opts', 'TRAIN.LR', '1e-3'],
    });
    workspace.write('used/x', '');
    const forced = await slipway('plan', '--output', 'used', '--force', 'resume');
    workspace.write('plan.json', JSON.stringify({ ...JSON.parse(forced.stdout), forced: [] }));
    const saved = await slipway('run', '--plan', 'plan.json');
    expect(saved.stderr).toContain('(a saved plan takes no option but --force: make a new one)');
  });

  it('to run.toml: the line is named', async () => {
    workspace.write('wrong.toml', 'cfg = "a"\nshm_sise = "8g"\ngpus = 2\n');
    const { exitCode, stderr } = await slipway('run', '--file', 'wrong.toml');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('error[definition-invalid] wrong.toml:2: ');
    expect(stderr).toContain('shm_size');
    expect(stderr).toContain('error[definition-invalid] wrong.toml:3: ');
    const doctor = await slipway('doctor', '--file', 'wrong.toml');
    expect(doctor.stdout).toMatch(/^error {4}plan {9}wrong\.toml:2: .*shm_sise/m);
  });

  it('to what was published: not there, withdrawn, or not ours', async () => {
    const missing = await slipway('run', '--version', 'v9.9.9');
    expect(missing.exitCode).toBe(1);
    expect(missing.stderr).toContain('error[image-missing]');
    const foreign = `${workspace.registry}/${workspace.repositories.runtime}-foreign:dev`;
    writeFileSync(
      workspace.path('turing', 'Dockerfile'),
      `FROM ${workspace.image} AS ours\nFROM scratch\nCOPY --from=ours / /\n`,
    );
    await workspace.docker('build', '--quiet', '--push', '--tag', foreign, workspace.path('turing'));
    const unlabelled = await slipway('run', '--image', foreign, '--', 'echo', 'from abroad');
    expect(unlabelled.exitCode, unlabelled.stderr).toBe(0);
    expect(unlabelled.stdout).toBe('from abroad');
    expect(unlabelled.stderr).toContain('was not built by Slipway');
    const nothing = await slipway('run', '--image', foreign);
    expect(nothing.stderr).toContain('does not say how its application is started');
    // Built and never pushed: only the engine has it.
    await workspace.docker('tag', foreign, 'polli-labs/linnaeus:dev-of-this-test');
    const local = await slipway('plan', '--image', 'polli-labs/linnaeus:dev-of-this-test', '--cfg', 'x.yaml');
    await workspace.docker('rmi', 'polli-labs/linnaeus:dev-of-this-test');
    expect(local.exitCode, local.stderr).toBe(0);
    expect(JSON.parse(local.stdout)).toMatchObject({
      image: { from: 'engine' },
      workingFolder: '/app/linnaeus',
      command: expect.arrayContaining(['linnaeus/main.py', 'ENV.OUTPUT.BASE_DIR']),
    });
    await putArtifact(
      registry,
      parseReference(`${repository()}:v0.1.0.yank`),
      'application/vnd.slipway.yank.v1+json',
      JSON.stringify({
        slipwayYank: 1,
        version: 'v0.1.0',
        reason: 'it loses checkpoints',
        at: '2026-11-20T10:00:00Z',
      }),
    );
    const yanked = await slipway('run');
    expect(yanked.exitCode).toBe(1);
    expect(yanked.stderr).toContain(
      'error[version-yanked] v0.1.0 was withdrawn on 2026-11-20: it loses checkpoints',
    );
    expect(await slipway('run', '--force', 'yank')).toMatchObject({
      exitCode: 0,
      stdout: 'training\nfinished',
    });
  });

  it('to what cannot even be planned: the rest is told with it', async () => {
    const image = ['--image', `${workspace.registry}/nosuch/app:v1`];
    const { exitCode, stderr } = await slipway(
      'run',
      ...image,
      '--ssh-key',
      '/none',
      '--env',
      'NOT_SET_ANYWHERE',
    );
    expect(exitCode).toBe(1);
    expect(stderr.match(/^error\[[a-z-]+\]/gm)).toEqual([
      'error[image-missing]',
      'error[folder-missing]',
      'error[secret-missing]',
    ]);
    const malformed = ['--shm-size', 'lots', '--opts', 'A', '--force', 'gqu'];
    const all = await slipway('run', '--force', 'yank', ...malformed, '--ssh-key', '/none');
    expect(all.exitCode).toBe(2);
    expect(all.stderr.match(/^error\[[a-z-]+\] \S+/gm)).toEqual([
      'error[usage] --opts:',
      'error[usage] --shm-size:',
      'error[usage] --force',
      'error[folder-missing] the',
    ]);
    const shell = ['--processes', '2', '--ssh-key', '/none', '--', 'sh', 'train.sh'];
    const once = await slipway('run', '--force', 'yank', ...shell);
    expect(once.stderr.match(/^error\[[a-z-]+\]/gm)).toEqual(['error[usage]', 'error[folder-missing]']);
    const sick = await slipway('doctor', ...image, '--ssh-key', '/none', '--json');
    expect(sick.exitCode).toBe(1);
    const { host, findings } = JSON.parse(sick.stdout);
    expect(host).toMatchObject({ gpus: [], engine: { name: 'docker' } });
    const wrong = findings.filter(({ severity }: { severity: string }) => severity === 'error');
    expect(wrong).toMatchObject([{ code: 'image-missing' }, { check: 'ssh-key', code: 'folder-missing' }]);
    // Without an image, and from a run.toml.
    workspace.write('run.toml', 'ssh_key = "/none"\n');
    const without = await slipway('doctor', '--output', 'file/out');
    rmSync(workspace.path('run.toml'));
    expect(without.stdout).toMatch(/^error {4}output {7}\S+ cannot be used as \/output: \S+ is no folder/m);
    expect(without.stdout).toMatch(/^error {4}ssh-key {6}the SSH key \/none does not exist/m);
  });

  it("to the image's own user: it counts in every check, is handed on, and root can be asked for", async () => {
    const tag = `${repository()}:cpu-user`;
    writeFileSync(workspace.path('turing', 'Dockerfile'), `FROM ${workspace.image}\nUSER 1000\n`);
    const built = await workspace.docker(
      'build',
      '--quiet',
      '--push',
      '--tag',
      tag,
      workspace.path('turing'),
    );
    expect(built.exitCode, built.stderr).toBe(0);
    for (const name of ['own', 'open', 'cache']) mkdirSync(workspace.path(name));
    for (const name of ['open', 'cache']) chmodSync(workspace.path(name), 0o777);
    workspace.write('value', 'planted-8c1e');
    chmodSync(workspace.path('value'), 0o600);
    const says = [
      '--',
      'sh',
      '-c',
      'id -u; test "$PLANTED" = planted-8c1e && echo "secret read"; touch /output/x',
    ];
    const run = (...more: string[]) =>
      slipway(
        'run',
        ...['--image', tag, '--force', 'yank', '--cache', 'cache', '--env', 'PLANTED=file:value'],
        ...more,
        ...says,
      );
    const closed = await run('--output', 'own');
    expect(closed.exitCode).toBe(1);
    expect(closed.stderr).toContain('with mode 755, and the user in the container is 1000');
    const opened = await run('--output', 'open');
    expect(opened.exitCode, opened.stderr).toBe(0);
    expect(opened.stdout).toBe('1000\nsecret read');
    expect((await workspace.lastRun()).plan).toMatchObject({ user: '1000', origins: { user: 'the image' } });
    const root = await run('--output', 'own', '--user', 'root');
    expect(root.exitCode, root.stderr).toBe(0);
    expect(root.stdout).toBe('0\nsecret read');
  });

  it('to an entry point of its own: secrets reach it all the same', async () => {
    const tag = `${repository()}:cpu-entry`;
    const program =
      'echo "own $0 $1 of $(readlink /proc/1/exe)"; test "$PLANTED" = planted-8c1e && echo "secret read"';
    const entry = JSON.stringify(['sh', '-c', program]);
    writeFileSync(workspace.path('turing', 'Dockerfile'), `FROM ${workspace.image}\nENTRYPOINT ${entry}\n`);
    const image = ['--tag', tag, workspace.path('turing')];
    const built = await workspace.docker('build', '--quiet', '--push', ...image);
    expect(built.exitCode, built.stderr).toBe(0);
    workspace.write('value', 'planted-8c1e');
    chmodSync(workspace.path('value'), 0o600);
    const secrets = ['--env', 'PLANTED=file:value', '--env', 'SHORT=command:printf ab1'];
    const run = ['run', '--image', tag, '--force', 'yank', ...secrets, '--', 'a', 'b'];
    const { exitCode, stdout, stderr } = await slipway(...run);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain('slipway: warning[secrets] SHORT is too short to be hidden');
    expect(stdout).toMatch(/^own a b of .*(?:docker-init|tini|dev\/init).*\nsecret read$/);
  });

  it('to labels that say something else than Slipway writes there', async () => {
    const tag = `${repository()}:cpu-labels`;
    const labels =
      'LABEL io.slipway.application.name=../.ssh io.slipway.application.command="python main.py"';
    writeFileSync(workspace.path('turing', 'Dockerfile'), `FROM ${workspace.image}\n${labels}\n`);
    const image = ['--tag', tag, workspace.path('turing')];
    const built = await workspace.docker('build', '--quiet', '--push', ...image);
    expect(built.exitCode, built.stderr).toBe(0);
    const { exitCode, stderr } = await slipway('plan', '--image', tag);
    expect(exitCode).toBe(1);
    expect(stderr.match(/^error\[[a-z-]+\] the label \S+/gm)).toEqual([
      'error[labels-malformed] the label io.slipway.application.name',
      'error[labels-malformed] the label io.slipway.application.command',
    ]);
  });

  it('to what was withdrawn, whatever it is called by', async () => {
    const { digest } = JSON.parse((await slipway('plan', '--force', 'yank')).stdout).image;
    await workspace.docker('tag', workspace.image, `${repository()}:cpu-other`);
    await workspace.docker('push', '--quiet', `${repository()}:cpu-other`);
    for (const name of [`${repository()}@${digest}`, `${repository()}:cpu-other`]) {
      const { exitCode, stderr } = await slipway('plan', '--image', name);
      expect(exitCode, name).toBe(1);
      expect(stderr).toContain(
        'error[version-yanked] v0.1.0 was withdrawn on 2026-11-20: it loses checkpoints',
      );
    }
  });

  it('doctor tells the same, and its facts serve to plan elsewhere', async () => {
    const { exitCode, stdout } = await slipway('doctor', '--json');
    expect(exitCode).toBe(0);
    const { host, findings } = JSON.parse(stdout);
    expect(host).toMatchObject({
      gpus: [],
      instead: 'there is no nvidia-smi',
      engine: { name: 'docker', cdi: [] },
    });
    expect(findings).toContainEqual({
      check: 'gpu',
      severity: 'ok',
      found: 'this host has no GPU (there is no nvidia-smi)',
    });
    workspace.write('facts.json', stdout);
    const elsewhere = await slipway('plan', ...ampere(), '--host-facts', 'facts.json');
    expect(elsewhere.stderr).toContain('error[gpu-unfit] this host has no GPU');
    const sick = await slipway('doctor', ...ampere());
    expect(sick.exitCode).toBe(1);
    expect(sick.stdout).toMatch(/^error {4}gpu {10}this host has no GPU/m);
    const attention = await slipway('doctor', 'flash-attention', ...ampere());
    expect(attention.exitCode).toBe(1);
    expect(attention.stdout).toBe(
      "regular attention (torch's scaled_dot_product_attention) will be used, because ampere-v0.1.1 has no flash-attention and this host no GPU (there is no nvidia-smi).",
    );
  });

  it('into memory: killed for want of it, which the record says', async () => {
    const program = `echo up; ${untilWritten('limited')}; tail /dev/zero`;
    const run = workspace.start(
      'slipway',
      'run',
      '--force',
      'yank',
      '--output',
      'big',
      '--',
      'sh',
      '-c',
      program,
    );
    await run.until('up');
    const { stdout: container } = await workspace.docker(
      ...['ps', '--quiet', '--filter', `label=io.slipway.run.output=${workspace.path('big')}`],
    );
    const updated = await workspace.docker('update', '--memory=32m', '--memory-swap=32m', container);
    expect(updated.exitCode, updated.stderr).toBe(0);
    workspace.write('big/limited', '');
    const { exitCode, printed } = await run.ended;
    expect(exitCode, printed).toBe(137);
    expect(printed).toContain(
      'error[run-failed] the application ended with exit code 137: killed for want of memory',
    );
    expect(await workspace.lastRun()).toMatchObject({ outcome: 'killed by memory', exitCode: 137 });
    expect((await workspace.slipway('show', 'last')).stdout).toMatch(/^at least +\S+ of memory/m);
  });

  it('when the engine is restarted during it: it is lost, and the record says so', async () => {
    const settings = workspace.read('.slipway/machine.json');
    const engine = await privateEngine(workspace);
    try {
      const run = workspace.start(
        'slipway',
        'run',
        '--force',
        'yank',
        '--cfg',
        'long',
        '--output',
        'restarted',
      );
      // An engine without images has to fetch this one first.
      await run.until('training', 180_000);
      engine.kill();
      await engine.restart();
      const { exitCode, printed } = await run.ended;
      expect(exitCode, printed).not.toBe(0);
      const record = await workspace.lastRun();
      expect(record.outcome).toBe('lost');
      expect(record.endedAt).not.toBeNull();
    } finally {
      await engine.dispose();
      workspace.write('.slipway/machine.json', settings);
    }
  });
});
