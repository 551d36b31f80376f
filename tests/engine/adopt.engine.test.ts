import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { tryRun } from '@slipway/effects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdoptingRepository, adoptingRepository } from './adopting-repository.ts';
import { onTerminal } from './launcher-terminal.ts';

/**
 * What somebody else does: a Python repository of their own, Slipway installed from packages, and the same commands as
 * here. Each step stands on the one before.
 */
describe('a repository that adopts Slipway', () => {
  let repository: AdoptingRepository;
  beforeAll(async () => {
    repository = await adoptingRepository();
  });
  afterAll(() => repository?.dispose());
  const npx = (...args: string[]) => repository.call('npx', '--no', ...args);
  const nx = (...args: string[]) => npx('nx', 'run', ...args, '--output-style=static');

  it('gets packages of JavaScript, without tests and without anything of this machine', async () => {
    expect(repository.tarballs.length).toBeGreaterThan(8);
    for (const tarball of repository.tarballs) {
      const { stdout } = await tryRun({ file: 'tar', args: ['-tzf', tarball] });
      const names = stdout.split('\n');
      expect(names.filter((name) => /\.tsx?$|\.test\.|testing\/|__pycache__/.test(name))).toEqual([]);
      expect(names).toEqual(expect.arrayContaining(['package/package.json', 'package/LICENSE']));
      const { stdout: contents } = await tryRun({ file: 'tar', args: ['-xzOf', tarball] });
      expect(contents).not.toContain(join(import.meta.dirname, '../..'));
    }
  });

  it('installs them', async () => {
    const installed = await repository.call(
      'npm',
      'install',
      '--no-audit',
      '--no-fund',
      '--save-dev',
      '--prefix',
      repository.root,
      ...repository.tarballs,
    );
    expect(installed.exitCode, installed.stderr).toBe(0);
    for (const command of ['slipway', 'nx', 'node']) {
      expect(existsSync(join(repository.root, 'node_modules/.bin', command)), command).toBe(true);
    }
  });

  it('is asked before a file of its own changes, and set up by a yes', async () => {
    const refused = await npx('slipway', 'init');
    expect(refused.exitCode, refused.stderr).toBe(1);
    expect(refused.stdout).toContain('+node_modules/\n');
    expect(refused.stderr).toMatch(/^error\[file-exists\] \.gitignore would have to change/m);
    expect(existsSync(join(repository.root, 'slipway.toml'))).toBe(false);
    const terminal = onTerminal(
      [join(repository.root, 'node_modules/.bin/slipway'), 'init'],
      repository.root,
    );
    await terminal.until('Change .gitignore as shown above? [y/N]');
    terminal.type('n\r');
    expect(await terminal.ended).toMatchObject({
      exitCode: 1,
      printed: expect.stringContaining('nothing was written'),
    });
    expect(existsSync(join(repository.root, 'slipway.toml'))).toBe(false);
    const agreed = onTerminal([join(repository.root, 'node_modules/.bin/slipway'), 'init'], repository.root);
    await agreed.until('Change .gitignore as shown above? [y/N]');
    agreed.type('y\r');
    expect(await agreed.ended).toMatchObject({ exitCode: 0 });
    expect(repository.read('slipway.toml')).toContain(`base = "ghcr.io/${repository.name}-base"\n`);
    expect(repository.read('slipway.toml')).toContain('command = ["grain-train"]\n');
    expect(readdirSync(join(repository.root, 'architectures'))).toEqual(['cpu']);
    expect((await npx('slipway', 'init')).stdout).toContain('nothing was changed');
  });

  it('has the projects, and workflows that follow from its definition', async () => {
    const projects = await npx('nx', 'show', 'projects');
    expect(projects.stdout.split('\n').sort(), projects.stderr).toEqual(
      expect.arrayContaining([
        'base-cpu',
        'base-images',
        'release',
        'runtime-cpu',
        'runtime-image',
        'workflows',
      ]),
    );
    // On a terminal, where Nx asks what nx.json does not say.
    const check = onTerminal(
      [join(repository.root, 'node_modules/.bin/nx'), 'run', 'workflows:check'],
      repository.root,
    );
    expect(await check.ended).toMatchObject({
      exitCode: 0,
      printed: expect.stringContaining('follows from the definition'),
    });
  });

  it('locks and builds its base', async () => {
    repository.useSandbox();
    const lock = await nx('base-images:lock');
    expect(lock.exitCode, lock.stdout + lock.stderr).toBe(0);
    expect(repository.read('architectures/cpu/requirements.lock')).toMatch(/^tomli-w==/m);
    await repository.commit('build: images by Slipway');
    const base = await nx('base-cpu:build-image');
    expect(base.exitCode, base.stdout + base.stderr).toBe(0);
  });

  it('publishes its version', async () => {
    const published = await nx('runtime-image:publish');
    expect(published.exitCode, published.stdout + published.stderr).toBe(0);
    const answer = await fetch(`http://${repository.registry}/v2/${repository.name}-runtime/tags/list`);
    expect(((await answer.json()) as { tags: string[] }).tags).toEqual(
      expect.arrayContaining(['cpu-v0.3.0', 'v0.3.0']),
    );
  });

  it('trains in the published image', async () => {
    const run = await npx('slipway', 'run', '--architecture', 'cpu', '--opts', 'EPOCHS', '2');
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toContain('woodgrain = "0.3.0"\n');
    // By the machine's own Node, which may be an older one.
    const runs = await repository.call(join(repository.root, 'node_modules/.bin/slipway'), 'runs');
    expect(runs.exitCode, runs.stderr).toBe(0);
    expect(run.stdout).toMatch(/"--opts",\s*"EPOCHS",\s*"2"/);
  });

  it('can plan a release of itself', async () => {
    // semantic-release runs as a module of its own, which has to be found in the package.
    const remote = join(repository.root, '../remote.git');
    // What was published came from here: the next version follows it.
    await repository.call(
      'git',
      ...['-c', 'user.name=Test', '-c', 'user.email=test@example.org'],
      ...['tag', '--annotate', '--message', 'Release v0.3.0', 'v0.3.0'],
    );
    repository.write('README.md', '# Wood grain, finer\n');
    await repository.commit('feat: finer');
    await repository.call('git', 'clone', '--quiet', '--bare', '.', remote);
    const plan = await nx('release:plan', `--remote=${remote}`);
    expect(plan.exitCode, plan.stdout + plan.stderr).toBe(0);
    expect(plan.stdout).toMatch(/v0\.\d+\.\d+-rc1/);
  });

  it('adopts a flat layout, whose package, version and dependencies setuptools finds by itself', async () => {
    const flat = await repository.flat();
    const run = (...args: string[]) => flat.call('npx', '--no', ...args);
    const init = await run('slipway', 'init', '--force');
    expect(init.exitCode, init.stderr).toBe(0);
    expect(init.stdout).toContain('+[tool.setuptools.packages.find]\n+include = ["knot", "knot.*"]\n');
    flat.useSandbox();
    for (const target of ['base-images:lock', 'base-cpu:build-image', 'runtime-image:publish']) {
      const done = await run('nx', 'run', target, '--output-style=static');
      expect(done.exitCode, done.stdout + done.stderr).toBe(0);
      if (target.endsWith(':lock')) await flat.commit('build: images by Slipway');
    }
    expect(flat.read('architectures/cpu/requirements.lock')).toMatch(/^tomli-w==/m);
    const trained = await run('slipway', 'run', '--architecture', 'cpu');
    expect(trained.exitCode, trained.stderr).toBe(0);
    expect(trained.stdout).toContain('knot = "0.4.0"\nown = "0.4.0"\n');
  });
});
