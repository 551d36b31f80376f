import { readFileSync } from 'node:fs';
import { parseVersion } from '@slipway/contract';
import { openRegistry } from '@slipway/effects';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readRelease } from '../../packages/runtime-image/src/release.ts';
import { type FaultProxy, faultProxy } from './fault-proxy.ts';
import { plansIn } from './plans-in.ts';
import { addArchitectures, type ThrowawayWorkspace, throwawayWorkspace } from './throwaway-workspace.ts';

const names = ['cpu', 'first', 'second'];

/** What the tags of the runtime repository point at. */
async function digests(workspace: ThrowawayWorkspace): Promise<Record<string, string>> {
  const found = (await workspace.tags('runtime')).map(async (tag) => {
    const at = `http://${workspace.registry}/v2/${workspace.repositories.runtime}/manifests/${tag}`;
    const answer = await fetch(at, {
      method: 'HEAD',
      headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
    });
    return [tag, answer.headers.get('docker-content-digest') ?? ''] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

describe('publishing', () => {
  let workspace: ThrowawayWorkspace;
  beforeAll(async () => {
    workspace = await throwawayWorkspace({ quick: true });
    addArchitectures(workspace, ['first', 'second']);
    const built = await workspace.nx('run', 'base-images:build-image');
    expect(built.exitCode, built.stdout + built.stderr).toBe(0);
  });
  afterAll(() => workspace?.dispose());
  const publish = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await workspace.nx('run', 'runtime-image:publish', ...args);
    return { exitCode, printed: `${stdout}\n${stderr}` };
  };
  const release = async (version: string) => {
    const { stdout } = await workspace.nx('run', 'runtime-image:release', `--as=${version}`, '--json');
    return JSON.parse(stdout.slice(stdout.indexOf('{\n'), stdout.lastIndexOf('\n}') + 2));
  };

  it('of a candidate writes its tags, its release manifest and the rc tags, and tells in a table', async () => {
    const summary = workspace.path('.slipway/summary.md');
    process.env.GITHUB_STEP_SUMMARY = summary;
    const { exitCode, printed } = await publish('--as=v0.2.0-rc1').finally(
      () => delete process.env.GITHUB_STEP_SUMMARY,
    );
    expect(exitCode, printed).toBe(0);
    const found = await digests(workspace);
    expect(Object.keys(found).filter((tag) => !/-[0-9a-f]{12}$/.test(tag))).toEqual([
      ...names.flatMap((name) => [`${name}-rc`, `${name}-v0.2.0-rc1`]),
      'v0.2.0-rc1',
    ]);
    expect(printed).toContain('published v0.2.0-rc1 for cpu, first, second');
    expect(readFileSync(summary, 'utf8')).toMatch(/\| cpu \| built \| .* \| sha256:\w+ \| yes \|/);
    const manifest = await release('v0.2.0-rc1');
    for (const name of names) {
      expect(manifest.architectures[name].digest).toBe(found[`${name}-v0.2.0-rc1`]);
      expect(found[`${name}-rc`]).toBe(found[`${name}-v0.2.0-rc1`]);
    }
    const [record] = workspace.records('runtime-cpu').slice(-1);
    expect(record?.diskPeakBytes).toBeGreaterThanOrEqual(0);
    expect(record?.plan.diskGuardBytes).toBe(12e9);
  });

  it('repeats itself harmlessly', async () => {
    const before = await digests(workspace);
    const { exitCode, printed } = await publish('--as=v0.2.0-rc1');
    expect(exitCode, printed).toBe(0);
    expect(printed).toContain('cpu-rc was not moved: it points there already');
    expect(await digests(workspace)).toEqual(before);
  });

  it('of an earlier candidate leaves the rc tags where they are', async () => {
    expect(await publish('--as=v0.2.0-rc2')).toMatchObject({ exitCode: 0 });
    const { exitCode, printed } = await publish('--as=v0.1.9-rc4', '--architectures=cpu');
    expect(exitCode, printed).toBe(0);
    expect(printed).toContain('cpu-rc was not moved: it is at v0.2.0-rc2, which is later');
  });

  it('of a version for some architectures is completed by the others later', async () => {
    expect(await publish('--as=v0.2.0', '--architectures=cpu')).toMatchObject({ exitCode: 0 });
    expect(Object.keys((await release('v0.2.0')).architectures)).toEqual(['cpu']);
    expect(await publish('--as=v0.2.0')).toMatchObject({ exitCode: 0 });
    expect(Object.keys((await release('v0.2.0')).architectures)).toEqual(names);
    // Nothing follows a stable version before it was started.
    expect(Object.keys(await digests(workspace))).not.toContain('cpu-latest');
  });

  it('shares every layer but the last between a candidate and the stable version', async () => {
    const layers = async (tag: string) => {
      const at = `http://${workspace.registry}/v2/${workspace.repositories.runtime}/manifests/${tag}`;
      const answer = await fetch(at, { headers: { accept: 'application/vnd.oci.image.manifest.v1+json' } });
      return ((await answer.json()) as { layers: { digest: string }[] }).layers.map(({ digest }) => digest);
    };
    const candidate = await layers('cpu-v0.2.0-rc2');
    const stable = await layers('cpu-v0.2.0');
    expect(stable.slice(0, -1)).toEqual(candidate.slice(0, -1));
    expect(stable.at(-1)).not.toBe(candidate.at(-1));
  });

  it('says by name which dependency a base does not have, and what it has', async () => {
    workspace.edit('application/pyproject.toml', (text) => text.replace('[]', '["numpy>=2"]'));
    const { exitCode, printed } = await publish('--as=v0.3.0', '--architectures=cpu');
    await workspace.git('checkout', '--quiet', '--', 'application');
    expect(exitCode).toBe(1);
    expect(printed).toContain('error[lock-stale]');
    expect(printed).toMatch(
      /error\[closure-violated\] application\/pyproject.toml: numpy>=2 is asked for, but \S+ has none/,
    );
    expect(printed).toContain('npx nx run base-cpu:lock');
  });

  it('refuses a base that was made by someone else, and says how it is adopted', async () => {
    const { substitutes } = JSON.parse(workspace.read('.slipway/machine.json'));
    const image = String(substitutes['ubuntu:24.04']);
    const theirs = `${workspace.registry}/${workspace.repositories.base}:theirs`;
    for (const args of [
      ['pull', image],
      ['tag', image, theirs],
      ['push', theirs],
      ['rmi', theirs, image],
    ]) {
      const done = await workspace.docker(...args);
      expect(done.exitCode, done.stderr).toBe(0);
    }
    workspace.edit('architectures/first/architecture.toml', (text) =>
      text.replace('tag = "first"', 'tag = "theirs"'),
    );
    const { exitCode, printed } = await publish('--as=v0.3.0', '--architectures=first');
    workspace.edit('architectures/first/architecture.toml', (text) =>
      text.replace('tag = "theirs"', 'tag = "first"'),
    );
    expect(exitCode).toBe(1);
    expect(printed).toMatch(/error\[base-missing\] first: the base \S+:theirs was not made by Slipway/);
    expect(printed).toContain('npx nx run base-first:build-image');
  });

  it('twice at once ends well twice, with one content', async () => {
    const both = await Promise.all([publish('--as=v0.4.0'), publish('--as=v0.4.0')]);
    for (const { exitCode, printed } of both) expect(exitCode, printed).toBe(0);
    const found = await digests(workspace);
    const manifest = await release('v0.4.0');
    for (const name of names) expect(manifest.architectures[name].digest).toBe(found[`${name}-v0.4.0`]);
  });

  it('into another registry copies the base, and says how much before it begins', async () => {
    const settings = workspace.read('.slipway/machine.json');
    const definition = workspace.read('slipway.toml');
    const runtime = `${workspace.repositories.runtime}-far`;
    workspace.edit('slipway.toml', (text) => text.replace(/^runtime = .*/m, `runtime = "${runtime}"`));
    // The same registry by another name: layers are only mounted within one.
    workspace.changeMachine(({ repositories }) => {
      repositories[runtime] = `localhost:${workspace.registry.split(':')[1]}`;
    });
    workspace.write('application/content', 'for another registry');
    const args = ['--as=v0.6.0', '--architectures=cpu'];
    const dry = await publish(...args, '--dry-run');
    expect(dry.printed).toMatch(
      /cpu: the base lies in 127.*: all of its \d+(?:\.\d)? MB are copied through the builder/,
    );
    const { exitCode, printed } = await publish(...args);
    expect(exitCode, printed).toBe(0);
    const [record] = workspace.records('runtime-cpu').slice(-1);
    const base = (record?.layers ?? []).filter(({ fromParent }) => fromParent);
    expect(base.length).toBeGreaterThan(0);
    for (const { digest, bytes } of base) expect(record?.pushed?.[digest]).toBe(bytes);
    workspace.write('.slipway/machine.json', settings);
    workspace.write('slipway.toml', definition);
  });

  it('is told before it begins that a repository may not be written', async () => {
    const proxy = await faultProxy(workspace.registry);
    proxy.fail({ method: 'POST', path: /runtime\/blobs\/uploads/, does: 403 });
    const before = workspace.read('.slipway/machine.json');
    workspace.changeMachine((machine) => {
      machine.repositories = { '*': proxy.at };
    });
    const { exitCode, printed } = await publish('--as=v0.3.0');
    workspace.write('.slipway/machine.json', before);
    await proxy.close();
    expect(exitCode).toBe(1);
    expect(printed).toMatch(/error\[registry-denied\] .* refuses access to test-\w+\/runtime/);
    expect(printed).toContain('docker login');
    expect(plansIn(printed)).toEqual([]);
  });
});

it('a plan that is longer than what a pipe holds is printed to its end', async () => {
  const workspace = await throwawayWorkspace({ quick: true });
  onTestFinished(() => workspace.dispose());
  const more = Array.from({ length: 14 }, (_, index) => `copy${index}`);
  addArchitectures(workspace, more);
  const built = await workspace.nx('run', 'base-images:build-image');
  expect(built.exitCode, built.stdout + built.stderr).toBe(0);
  const { stdout } = await workspace.nx('run', 'runtime-image:publish', '--as=v0.4.0', '--dry-run');
  expect(stdout.length).toBeGreaterThan(70_000);
  expect(plansIn(stdout)).toHaveLength(more.length + 1);
});

describe('a publish that is killed', () => {
  const killable = ['cpu', 'first'];
  let workspace: ThrowawayWorkspace;
  let proxy: FaultProxy;
  beforeAll(async () => {
    workspace = await throwawayWorkspace({ quick: true });
    addArchitectures(workspace, ['first']);
    proxy = await faultProxy(workspace.registry);
    workspace.changeMachine((machine) => {
      machine.repositories = { '*': proxy.at };
    });
    const built = await workspace.nx('run', 'base-images:build-image');
    expect(built.exitCode, built.stdout + built.stderr).toBe(0);
  });
  afterAll(async () => {
    await proxy?.close();
    workspace?.dispose();
  });

  /** What changes the registry: each is a step that a kill may come after. */
  const steps = () =>
    proxy.requests.filter(({ method, path }) => method === 'PUT' && path.includes('runtime/manifests/'));
  let next = 0;
  const version = () => `v1.0.${next}`;
  const manifest = () =>
    readRelease(
      openRegistry(),
      `${workspace.registry}/${workspace.repositories.runtime}`,
      parseVersion(version()),
    );
  /** Runs the publish of a version until a moment, kills it there, and runs it again. */
  const killedAndAgain = async (moment: () => Promise<unknown>, when: string) => {
    next += 1;
    // Other content, so that all images are built anew.
    workspace.write('application/content', version());
    proxy.clear();
    const killed = workspace.start('nx', 'run', 'runtime-image:publish', `--as=${version()}`);
    const ended = await Promise.race([moment().then(() => false), killed.ended.then(() => true)]);
    if (!ended) killed.signal('SIGKILL');
    await killed.ended;
    // No reader takes half a release for a whole one: if the manifest is there, every tag is.
    const tags = await workspace.tags('runtime');
    if ((await manifest()) !== undefined) {
      for (const name of killable) expect(tags, when).toContain(`${name}-${version()}`);
    }
    const again = await workspace.nx('run', 'runtime-image:publish', `--as=${version()}`);
    expect(again.exitCode, `${when}: ${again.stdout}${again.stderr}`).toBe(0);
    const whole = await manifest();
    const found = await digests(workspace);
    for (const name of killable) {
      expect(whole?.architectures[name]?.digest, when).toBe(found[`${name}-${version()}`]);
    }
  };

  it('after each of its steps: the same command completes it', { timeout: 600_000 }, async () => {
    proxy.clear();
    workspace.write('application/content', 'first');
    expect(await workspace.nx('run', 'runtime-image:publish', '--as=v0.9.0')).toMatchObject({ exitCode: 0 });
    const all = steps().length;
    // Build facts, image and version tag of each architecture, the application image, and the release manifest.
    expect(all).toBe(3 * killable.length + 2);
    for (let count = 1; count <= all; count += 1) {
      await killedAndAgain(
        () =>
          expect.poll(() => steps().length, { timeout: 60_000, interval: 5 }).toBeGreaterThanOrEqual(count),
        `after step ${count}`,
      );
    }
  });

  it('by a connection that is cut in the middle of an upload: no version, and the same command completes it', async () => {
    next += 1;
    workspace.write('application/content', version());
    proxy.clear();
    proxy.fail({
      method: /PUT|PATCH/,
      path: /runtime\/blobs\/uploads/,
      does: { cut: 'request', after: 100 },
    });
    const cut = await workspace.nx('run', 'runtime-image:publish', `--as=${version()}`);
    expect(cut.exitCode).toBe(1);
    expect(cut.stdout + cut.stderr).toContain('error[registry-unreachable]');
    expect((await workspace.tags('runtime')).filter((tag) => tag.includes(version()))).toEqual([]);
    proxy.clear();
    const again = await workspace.nx('run', 'runtime-image:publish', `--as=${version()}`);
    expect(again.exitCode, again.stdout + again.stderr).toBe(0);
    expect((await manifest())?.version).toBe(version());
  });

  it('at 20 other moments: the same', { timeout: 900_000 }, async () => {
    for (let count = 0; count < 20; count += 1) {
      const wait = 600 + count * 125;
      await killedAndAgain(() => new Promise((resolve) => setTimeout(resolve, wait)), `after ${wait} ms`);
    }
  });
});
