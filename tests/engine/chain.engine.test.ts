import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readMachine } from '@slipway/effects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plansIn } from './plans-in.ts';
import { privateEngine } from './private-engine.ts';
import { requestsFor } from './registry-log.ts';
import { commit, type ThrowawayWorkspace, throwawayWorkspace } from './throwaway-workspace.ts';

/** The whole chain for one architecture, by the commands that a person calls, on the real engine and registry. */
describe('definition to trained model', () => {
  let workspace: ThrowawayWorkspace;
  beforeAll(async () => {
    workspace = await throwawayWorkspace();
  });
  afterAll(() => workspace?.dispose());

  it('prints the plan of a chain that does not exist yet and does nothing', async () => {
    const { exitCode, stdout } = await workspace.nx('run', 'runtime-cpu:build-image', '--dry-run');
    expect(exitCode).toBe(0);
    const plans = plansIn(stdout);
    expect(plans.map(({ project, state }) => [project, state])).toEqual([
      ['base-cpu', 'build'],
      ['runtime-cpu', 'waits'],
    ]);
    expect(existsSync(workspace.path('.slipway/records'))).toBe(false);
  });

  it('builds and pushes base and runtime image, and then has nothing to do', async () => {
    const first = await workspace.nx('run-many', '-t', 'build-image', '-p', 'base-cpu,runtime-cpu');
    expect(first.stdout + first.stderr).toContain('base-cpu: built and pushed');
    expect(first.stdout + first.stderr).toContain('runtime-cpu: built and pushed');
    expect(first.exitCode).toBe(0);
    const second = await workspace.nx('run-many', '-t', 'build-image', '-p', 'base-cpu,runtime-cpu');
    expect(second.stdout).toContain('base-cpu: built already');
    expect(second.stdout).toContain('runtime-cpu: built already');
    expect(second.exitCode).toBe(0);
  });

  it('never asks for a layer of the base when it builds a runtime image', async () => {
    const { registryLog = '' } = readMachine(workspace.root);
    workspace.edit('examples/digits/README.md', (text) => `${text}\nchanged\n`);
    // An engine that never had the base: the sandbox's own has its layers, and would not ask for them in any case.
    const settings = workspace.read('.slipway/machine.json');
    const engine = await privateEngine(workspace);
    const before = readFileSync(registryLog, 'utf8').length;
    const built = await workspace.nx('run', 'runtime-cpu:build-image').finally(() => engine.dispose());
    workspace.write('.slipway/machine.json', settings);
    expect(built.exitCode, built.stdout + built.stderr).toBe(0);
    const [record] = workspace.records('runtime-cpu').slice(-1);
    expect(record?.outcome).toBe('built');
    const fromBase = record?.layers?.filter(({ fromParent }) => fromParent) ?? [];
    expect(fromBase.length).toBeGreaterThan(2);
    const requests = requestsFor(registryLog, before);
    expect(requests.some(({ method }) => method === 'PUT')).toBe(true);
    const downloads = requests.filter(
      ({ method, path }) => method === 'GET' && fromBase.some(({ digest }) => path.includes(digest)),
    );
    expect(downloads).toEqual([]);
  });

  it('publishes a version, refuses other content for it, and repeats itself harmlessly', async () => {
    const published = await workspace.nx(
      'run',
      'runtime-image:publish',
      '--architectures=cpu',
      '--as=v0.2.0',
    );
    expect(published.exitCode, published.stdout + published.stderr).toBe(0);
    expect(published.stdout).toContain('published v0.2.0 for cpu');
    const again = await workspace.nx('run', 'runtime-image:publish', '--architectures=cpu', '--as=v0.2.0');
    expect(again.exitCode).toBe(0);
    expect(again.stdout).toContain('built already');
    workspace.edit('examples/digits/README.md', (text) => `${text}\nother content\n`);
    const other = await workspace.nx('run', 'runtime-image:publish', '--architectures=cpu', '--as=v0.2.0');
    expect(other.exitCode).not.toBe(0);
    expect(other.stdout + other.stderr).toContain('error[version-taken]');
  });

  it('starts what was published, and only then lets latest follow, forward', async () => {
    const started = await workspace.nx('run', 'runtime-image:smoke', '--as=v0.2.0');
    expect(started.exitCode, started.stdout + started.stderr).toBe(0);
    expect(started.stdout).toContain('cpu: starts as it should; 5 containers');
    expect(started.stdout).toContain('cpu-latest moved: it is new');
    expect(await workspace.tags('runtime')).toContain('cpu-latest');
    const missing = await workspace.nx('run', 'runtime-image:smoke', '--as=v9.9.9');
    expect(missing.exitCode).toBe(1);
    expect(missing.stdout + missing.stderr).toContain('error[release-incomplete]');
    // An earlier version that is published later does not take latest back, and one that does not start not on.
    await workspace.git('checkout', '--quiet', '--', 'examples');
    await workspace.nx('run', 'runtime-image:publish', '--architectures=cpu', '--as=v0.1.0');
    const earlier = await workspace.nx('run', 'runtime-image:smoke', '--as=v0.1.0');
    expect(earlier.stdout).toContain('cpu-latest was not moved: it is at v0.2.0, which is later');
    workspace.edit('examples/digits/digits/__init__.py', (text) => `${text}\nraise ImportError("broken")\n`);
    await workspace.nx('run', 'runtime-image:publish', '--architectures=cpu', '--as=v0.3.0');
    const broken = await workspace.nx('run', 'runtime-image:smoke', '--as=v0.3.0');
    expect(broken.exitCode).toBe(1);
    expect(broken.stdout + broken.stderr).toMatch(
      /error\[smoke-failed\] cpu: -c import: importing digits fails: ImportError: broken/,
    );
    expect(broken.stdout).not.toContain('cpu-latest moved');
    await workspace.git('checkout', '--quiet', '--', 'examples');
  });

  it('carries out a saved plan, and refuses it once a file changed', async () => {
    workspace.edit('examples/digits/README.md', (text) => `${text}\nplanned\n`);
    const plan = workspace.path('plan.json');
    workspace.write('plan.json', (await workspace.nx('run', 'runtime-cpu:build-image', '--dry-run')).stdout);
    const [planned] = plansIn(readFileSync(plan, 'utf8')).filter(({ project }) => project === 'runtime-cpu');
    workspace.edit('examples/digits/README.md', (text) => `${text}\nchanged since\n`);
    const refused = await workspace.nx('run', 'runtime-cpu:build-image', `--plan=${plan}`);
    expect(refused.stdout + refused.stderr).toContain('error[plan-outdated] examples/digits/README.md');
    expect(refused.exitCode).not.toBe(0);
    workspace.edit('examples/digits/README.md', (text) => text.replace('\nchanged since\n', ''));
    const built = await workspace.nx('run', 'runtime-cpu:build-image', `--plan=${plan}`);
    expect(built.exitCode, built.stdout + built.stderr).toBe(0);
    const [record] = workspace.records('runtime-cpu').slice(-1);
    expect(record?.outcome).toBe('built');
    expect(record?.plan.key).toBe(planned?.key);
  });

  it('trains in the published image, with the folders of this host, and records the run', async () => {
    const run = await workspace.slipway(
      'run',
      '--version',
      'v0.2.0',
      '--architecture',
      'cpu',
      '--output',
      'out',
      '--cache',
      'cache',
      '--shm-size',
      '256m',
      '--cfg',
      'configs/quick.yaml',
      '--opts',
      'EXPERIMENT.NAME',
      'trial',
    );
    expect(run.exitCode, run.stdout + run.stderr).toBe(0);
    const metrics = JSON.parse(workspace.read('out/trial/metrics.json'));
    expect(metrics.test_accuracy).toBeGreaterThan(0.95);
    expect(metrics.version).toBe('0.2.0');
    expect(existsSync(workspace.path('out/trial/learning-curve.png'))).toBe(true);
    const [record] = JSON.parse((await workspace.slipway('runs', '--json')).stdout);
    expect(record).toMatchObject({ outcome: 'finished', exitCode: 0, plan: { shmSize: '256m' } });
    expect(record.plan.image.digest).toMatch(/^sha256:/);
    expect(workspace.read(record.log)).toContain('accuracy');
  });

  it('serves the three ways of starting the image', async () => {
    const image = `${workspace.registry}/${workspace.repositories.runtime}:cpu-v0.2.0`;
    const shell = await workspace.docker(
      'run',
      '--rm',
      image,
      'bash',
      '-c',
      'echo from bash; cat /proc/1/comm; cat /etc/slipway/version',
    );
    expect(shell.stdout).toBe('from bash\ntini\nv0.2.0');
    const python = await workspace.docker(
      'run',
      '--rm',
      image,
      '-c',
      'import digits; print(digits.__file__)',
    );
    expect(python.stdout).toBe('/app/digits/digits/__init__.py');
    const entry = await workspace.docker(
      'run',
      '--rm',
      '--entrypoint',
      '/bin/bash',
      image,
      '-c',
      'echo "marker = 7" >> /app/digits/digits/__init__.py; python -c "import digits; print(digits.marker)"',
    );
    expect(entry.stdout).toBe('7');
  });

  it('goes on after a run was killed, and ends as if it never had been', async () => {
    const run = (flags: string[], ...opts: string[]) =>
      workspace.slipway(
        ...['run', '--version', 'v0.2.0', '--architecture', 'cpu', '--cache', 'cache', ...flags],
        ...['--cfg', 'configs/quick.yaml', '--opts', 'EXPERIMENT.NAME', 'trial', ...opts],
      );
    const metrics = (output: string) => {
      const { seconds, resumed_from, ...same } = JSON.parse(workspace.read(`${output}/trial/metrics.json`));
      return { same, resumed: resumed_from };
    };
    const killed = run(['--output', 'killed'], 'TRAIN.STEP_SECONDS', '0.02', 'TRAIN.CHECKPOINT_EVERY', '20');
    const log = workspace.path('killed/trial/metrics.jsonl');
    while (!existsSync(log) || !readFileSync(log, 'utf8').includes('"step": 100')) {
      const ended = await Promise.race([killed, sleep(100)]);
      if (ended !== undefined) throw new Error(`it ended too early: ${ended.stdout}${ended.stderr}`);
    }
    const { stdout: container } = await workspace.docker(
      'ps',
      '--quiet',
      '--filter',
      `volume=${workspace.path('killed')}`,
    );
    await workspace.docker('kill', container);
    expect((await killed).exitCode).toBe(137);
    expect(existsSync(workspace.path('killed/trial/metrics.json'))).toBe(false);
    const again = await run(['--output', 'killed'], 'TRAIN.CHECKPOINT_EVERY', '20');
    expect(again.exitCode).toBe(1);
    expect(again.stderr).toContain('error[output-used]');
    const forced = ['--output', 'killed', '--force', 'resume'];
    expect((await run(forced, 'TRAIN.CHECKPOINT_EVERY', '20')).exitCode).toBe(0);
    expect((await run(['--output', 'whole'], 'TRAIN.CHECKPOINT_EVERY', '20')).exitCode).toBe(0);
    expect(metrics('killed').resumed).toBeGreaterThanOrEqual(100);
    expect(metrics('whole').resumed).toBeNull();
    expect(metrics('killed').same).toEqual(metrics('whole').same);
  });

  it("returns the application's exit code", async () => {
    const run = await workspace.slipway(
      'run',
      '--architecture',
      'cpu',
      '--version',
      'v0.2.0',
      '--',
      'python',
      '-c',
      'import sys; print("bye"); sys.exit(3)',
    );
    expect(run.exitCode).toBe(3);
    expect(run.stdout).toContain('bye');
    expect(run.stderr).toContain('error[run-failed]');
    const records = JSON.parse((await workspace.slipway('runs', '--json')).stdout);
    expect(records.at(-1)).toMatchObject({ outcome: 'failed', exitCode: 3 });
  });

  describe('nx affected -t build-image', () => {
    const all = ['ada', 'ampere', 'blackwell', 'cpu', 'hopper', 'turing'];
    const both = (names: string[]) => [
      ...names.map((name) => `base-${name}`),
      ...names.map((name) => `runtime-${name}`),
    ];
    beforeAll(() => commit(workspace, 'chore: settle'));

    it.each([
      ['one architecture', 'architectures/ampere/architecture.toml', both(['ampere'])],
      ['the base Dockerfile', 'dockerfiles/base.Dockerfile', both(all)],
      // Nx also lists what an affected task stands on; those bases answer 'built already'.
      ['the runtime Dockerfile', 'dockerfiles/runtime.Dockerfile', both(all)],
      ['the application', 'examples/digits/digits/main.py', both(all)],
      ['something else', 'package.json', []],
    ])('selects, after a change of %s', async (_what, path, expected) => {
      workspace.edit(path, (text) =>
        path.endsWith('.json') ? text.replace('private', 'x') : `${text}\n# changed\n`,
      );
      const { stdout } = await workspace.nx(
        'affected',
        '-t',
        'build-image',
        '--base',
        'HEAD',
        '--graph=stdout',
      );
      await workspace.git('checkout', '--quiet', '--', '.');
      const { tasks } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as {
        tasks: { tasks: Record<string, unknown> };
      };
      expect(
        Object.keys(tasks.tasks)
          .map((id) => id.replace(':build-image', ''))
          .sort(),
      ).toEqual(expected.sort());
    });
  });
});
