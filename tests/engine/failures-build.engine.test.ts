import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMachine, tryRun } from '@slipway/effects';
import { type ImagePlan, imageCall } from '@slipway/images';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { plansIn } from './plans-in.ts';
import { type PrivateEngine, privateEngine } from './private-engine.ts';
import { requestsFor } from './registry-log.ts';
import { type ThrowawayWorkspace, throwawayWorkspace } from './throwaway-workspace.ts';

const baseFile = 'dockerfiles/base.Dockerfile';
const runtimeFile = 'dockerfiles/runtime.Dockerfile';

/** Puts an instruction at the end of the stage `os`, so that the base cannot do without it; no cache has it. */
const addToBase = (workspace: ThrowawayWorkspace, instruction: string) =>
  workspace.edit(baseFile, (text) =>
    text.replace('WORKDIR /app', `WORKDIR /${workspace.repositories.base}\n${instruction}`),
  );

/** Folders of builds that `addToBase` has marked: others may build on this machine, too. */
const buildFolders = ({ repositories }: ThrowawayWorkspace) =>
  readdirSync(tmpdir())
    .filter((name) => name.startsWith('slipway-build-'))
    .map((name) => join(tmpdir(), name))
    .filter((folder) => read(join(folder, 'Dockerfile')).includes(repositories.base));

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** Processes of this host with a word in their command line: a step of a build is one of them. */
const running = async (words: string) =>
  (await tryRun({ file: 'pgrep', args: ['-f', `^${words}`] })).stdout.split('\n').filter(Boolean);

describe('a build that does not get to its end', () => {
  let workspace: ThrowawayWorkspace;
  beforeEach(async () => {
    workspace = await throwawayWorkspace({ quick: true });
  });
  afterEach(() => workspace?.dispose());

  it('fails in a step: the step and its output are told, no tag is written', async () => {
    addToBase(workspace, 'RUN echo cannot find the frobnicator && false');
    const { exitCode, stdout } = await workspace.nx('run', 'runtime-cpu:build-image');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('error[build-failed] dockerfiles/base.Dockerfile');
    expect(stdout).toContain('  | cannot find the frobnicator');
    expect(stdout).toContain('error[base-missing] runtime-cpu was not built, because base-cpu failed');
    expect(await workspace.tags('base')).toEqual([]);
    expect(await workspace.tags('runtime')).toEqual([]);
    const [record] = workspace.records('base-cpu');
    expect(record).toMatchObject({ outcome: 'failed', problems: [{ code: 'build-failed' }] });
    expect(record?.digest).toBeUndefined();
    expect(workspace.read(record?.log ?? '')).toContain('cannot find the frobnicator');
    expect(workspace.records('runtime-cpu')).toEqual([]);
  });

  it('is larger than the definition allows: said with the figures and packages, nothing is pushed', async () => {
    workspace.edit('slipway.toml', (text) => `${text}\n[limits]\nbase_size = "1MB"\nruntime_layer = "1kB"\n`);
    const { exitCode, stdout } = await workspace.nx('run', 'base-cpu:build-image');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /error\[limit-exceeded\] slipway.toml: base-cpu takes \d+.*on disk, base_size allows 1 MB; the largest packages are quick 1 \(5 B\)/,
    );
    expect(await workspace.tags('base')).toEqual([]);
  });

  it('does not hold what it promises: each finding is told, nothing is pushed', async () => {
    workspace.edit(baseFile, (text) =>
      text.replace('"problems":[]', '"problems":[{"check":"imports","message":"cv2 wants libGL"}]'),
    );
    const { exitCode, stdout } = await workspace.nx('run', 'base-cpu:build-image');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('error[verification-failed] base-cpu: imports: cv2 wants libGL');
    expect(await workspace.tags('base')).toEqual([]);
    expect(workspace.records('base-cpu')).toMatchObject([
      { problems: [{ code: 'verification-failed' }], verification: { problems: [{ check: 'imports' }] } },
    ]);
    const verified = await workspace.nx('run', 'base-cpu:verify', '--unbuilt');
    expect(verified.exitCode).toBe(1);
    expect(verified.stdout + verified.stderr).toContain('error[verification-failed]');
  });

  it('Ctrl-C: nothing goes on on the engine, nothing stays behind, and the next one builds', async () => {
    addToBase(workspace, 'RUN sleep 61.25');
    const build = workspace.start('nx', 'run', 'base-cpu:build-image');
    await expect.poll(() => running('sleep 61.25'), { timeout: 60_000 }).toHaveLength(1);
    const folders = buildFolders(workspace);
    expect(folders).not.toEqual([]);
    build.signal('SIGINT');
    // Nx ends at once, with 130 or 1, whichever of it and its worker is the faster; the worker clears up behind it.
    expect([1, 130]).toContain((await build.ended).exitCode);
    await expect.poll(() => running('sleep 61.25'), { timeout: 20_000 }).toEqual([]);
    await expect.poll(() => folders.filter((folder) => existsSync(folder))).toEqual([]);
    expect(await workspace.tags('base')).toEqual([]);
    await expect
      .poll(() => workspace.records('base-cpu'))
      .toMatchObject([{ outcome: 'failed', problems: [{ code: 'interrupted' }] }]);
    workspace.edit(baseFile, (text) => text.replace('RUN sleep 61.25', ''));
    expect(await workspace.nx('run', 'base-cpu:build-image')).toMatchObject({ exitCode: 0 });
  });

  it('SIGTERM, as a machine that shuts down sends it: the same', async () => {
    addToBase(workspace, 'RUN sleep 62.25');
    const build = workspace.start('nx', 'run', 'base-cpu:build-image');
    await expect.poll(() => running('sleep 62.25'), { timeout: 60_000 }).toHaveLength(1);
    build.signal('SIGTERM');
    expect((await build.ended).exitCode).not.toBe(0);
    await expect.poll(() => running('sleep 62.25'), { timeout: 20_000 }).toEqual([]);
    expect(await workspace.tags('base')).toEqual([]);
    await expect
      .poll(() => workspace.records('base-cpu'))
      .toMatchObject([{ outcome: 'failed', problems: [{ code: 'interrupted' }] }]);
  });

  it('two at once: both end well with the same image', async () => {
    addToBase(workspace, 'RUN sleep 2');
    const both = await Promise.all(
      [1, 2].map(() => workspace.nx('run-many', '-t', 'build-image', '-p', 'base-cpu,runtime-cpu')),
    );
    for (const { exitCode, stdout, stderr } of both) expect(exitCode, stdout + stderr).toBe(0);
    for (const project of ['base-cpu', 'runtime-cpu']) {
      const digests = workspace.records(project).map(({ digest }) => digest);
      expect(digests).toHaveLength(2);
      expect(new Set(digests).size).toBe(1);
    }
    expect(await workspace.tags('base')).toEqual(['cpu', expect.stringMatching(/^cpu-[0-9a-f]{12}$/)]);
  });
});

describe('a tag that someone else moves', () => {
  let workspace: ThrowawayWorkspace;
  beforeAll(async () => {
    workspace = await throwawayWorkspace({ quick: true });
    expect(await workspace.nx('run', 'base-cpu:build-image')).toMatchObject({ exitCode: 0 });
  });
  afterAll(() => workspace?.dispose());

  const type = 'application/vnd.oci.image.manifest.v1+json';
  const address = (tag: string) =>
    `http://${workspace.registry}/v2/${workspace.repositories.base}/manifests/${tag}`;
  /** Points the moving tag at an image that differs from the one there in one annotation. */
  const move = async (to: string) => {
    const manifest = (await (await fetch(address('cpu'), { headers: { accept: type } })).json()) as object;
    const body = JSON.stringify({ ...manifest, annotations: { to } });
    const put = await fetch(address('cpu'), { method: 'PUT', headers: { 'content-type': type }, body });
    expect(put.status).toBe(201);
    return put.headers.get('docker-content-digest');
  };
  const digestNow = async () =>
    (await fetch(address('cpu'), { method: 'HEAD', headers: { accept: type } })).headers.get(
      'docker-content-digest',
    );

  it('while the image is built: the tag is left to them, the built image is kept for the next', async () => {
    addToBase(workspace, 'RUN sleep 4.75');
    const build = workspace.start('nx', 'run', 'base-cpu:build-image');
    await expect.poll(() => running('sleep 4.75'), { timeout: 60_000 }).toHaveLength(1);
    const theirs = await move('during the build');
    const { exitCode, printed } = await build.ended;
    expect(exitCode).toBe(1);
    expect(printed).toMatch(/error\[tag-moved\] .*:cpu was moved by someone else/);
    expect(await digestNow()).toBe(theirs);
    const again = await workspace.nx('run', 'base-cpu:build-image');
    expect(again.stdout).toContain('built already, tag moved');
    expect(await digestNow()).toBe(workspace.records('base-cpu').at(-1)?.digest);
  });

  it('between a saved plan and its execution: refused', async () => {
    addToBase(workspace, 'ENV CHANGED=1');
    const plan = workspace.path('.slipway/plan.json');
    const { stdout } = await workspace.nx('run', 'base-cpu:build-image', '--dry-run');
    workspace.write('.slipway/plan.json', stdout);
    const theirs = await move('after the plan');
    const refused = await workspace.nx('run', 'base-cpu:build-image', `--plan=${plan}`);
    expect(refused.exitCode).toBe(1);
    expect(refused.stdout).toContain('error[tag-moved]');
    expect(await digestNow()).toBe(theirs);
  });
});

describe('a runtime Dockerfile that needs the files of the base', () => {
  let workspace: ThrowawayWorkspace;
  let engine: PrivateEngine;
  let plan: ImagePlan;
  beforeAll(async () => {
    workspace = await throwawayWorkspace({ quick: true });
    expect(await workspace.nx('run', 'base-cpu:build-image')).toMatchObject({ exitCode: 0 });
    // An engine that never had the base: the sandbox's has its layers, and would not ask for them in any case.
    engine = await privateEngine(workspace);
  });
  afterAll(async () => {
    await engine?.dispose();
    workspace?.dispose();
  });

  /** Requests for the layers of the base image since `before`. */
  const downloads = (before: number) => {
    const { registryLog = '' } = readMachine(workspace.root);
    const layers = workspace.records('base-cpu').at(-1)?.layers ?? [];
    expect(layers.length).toBeGreaterThan(2);
    return requestsFor(registryLog, before).filter(
      ({ method, path }) => method === 'GET' && layers.some(({ digest }) => path.includes(digest)),
    );
  };
  const logLength = () => readFileSync(readMachine(workspace.root).registryLog ?? '', 'utf8').length;

  it.each([
    ['RUN true', 'RUN true', 'in an earlier stage'],
    ['a COPY without --link', 'COPY --from=version /version/ /', 'write COPY --link'],
    ['a WORKDIR', 'WORKDIR /app/quick', 'in an earlier stage'],
  ])('%s is refused with its line', async (_what, instruction, remedy) => {
    const before = workspace.read(runtimeFile);
    workspace.edit(runtimeFile, (text) => `${text}${instruction}\n`);
    const { exitCode, stdout } = await workspace.nx('run', 'runtime-cpu:build-image');
    workspace.write(runtimeFile, before);
    expect(exitCode).toBe(1);
    const line = before.split('\n').length;
    expect(stdout).toContain(`error[dockerfile-pulls-base] ${runtimeFile}:${line}: ${instruction}`);
    expect(stdout).toContain(remedy);
    expect(await workspace.tags('runtime')).toEqual([]);
  });

  it('as it is, it builds without a byte of the base', async () => {
    const { stdout } = await workspace.nx('run', 'runtime-cpu:build-image', '--dry-run');
    plan = plansIn(stdout).find(({ project }) => project === 'runtime-cpu') as ImagePlan;
    const before = logLength();
    expect(await workspace.nx('run', 'runtime-cpu:build-image')).toMatchObject({ exitCode: 0 });
    expect(downloads(before)).toEqual([]);
  });

  it('the log does show the downloads when the check is passed by', async () => {
    const call = imageCall(plan);
    const before = logLength();
    workspace.write('.slipway/Dockerfile', `${call?.dockerfile.text}RUN true\n`);
    const pairs = (flag: string, values: Record<string, string> = {}) =>
      Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
    const images = Object.entries(call?.images ?? {}).map(([name, at]) => [name, `docker-image://${at}`]);
    const { exitCode, stderr } = await workspace.docker(
      ...['buildx', 'build', '--builder=default', '--provenance=false', '--file=.slipway/Dockerfile'],
      ...pairs('--build-arg', call?.arguments),
      ...pairs('--build-context', Object.fromEntries(images)),
      `--output=type=image,push=true,unpack=false,store=false,name=${call?.push}-by-hand`,
      '.slipway',
    );
    expect(exitCode, stderr).toBe(0);
    expect(downloads(before)).not.toEqual([]);
  });
});

describe('an engine of its own that is lost', () => {
  let workspace: ThrowawayWorkspace;
  let engine: PrivateEngine | undefined;
  beforeEach(async () => {
    workspace = await throwawayWorkspace({ quick: true });
  });
  afterEach(async () => {
    await engine?.dispose();
    engine = undefined;
    workspace?.dispose();
  });

  it('killed in the middle of a build: said so, and the same command finishes once it is back', async () => {
    engine = await privateEngine(workspace);
    addToBase(workspace, 'RUN sleep 5.25');
    const build = workspace.start('nx', 'run', 'base-cpu:build-image');
    // An engine without images has to fetch one first.
    await expect.poll(() => running('sleep 5.25'), { timeout: 180_000 }).toHaveLength(1);
    engine.kill();
    const { exitCode, printed } = await build.ended;
    expect(exitCode).toBe(1);
    expect(printed).toContain('error[engine-lost]');
    expect(printed).toContain('npx nx run sandbox:up');
    expect(await workspace.tags('base')).toEqual([]);
    expect(workspace.records('base-cpu')).toMatchObject([{ outcome: 'failed' }]);
    await engine.restart();
    const again = await workspace.nx('run', 'base-cpu:build-image');
    expect(again.exitCode, again.stdout).toBe(0);
    expect(again.stdout).toContain('base-cpu: built and pushed');
  });

  it.each([
    ['while a step runs', 'RUN head -c 2G /dev/zero > /big'],
    // It fits once, and not a second time as the layer that is to be pushed.
    [
      'while the image is exported',
      'RUN head -c $(($(df --output=avail -B1M / | tail -n 1) * 7 / 10))M /dev/urandom > /big',
    ],
  ])('its disk full %s: said so, nothing is pushed', async (_when, instruction) => {
    engine = await privateEngine(workspace, { size: 1_500_000_000 });
    const refused = await workspace.nx('run', 'base-cpu:build-image');
    expect(refused.stdout).toMatch(
      /error\[host-unfit\] .*of disk are free, less than the 3GB of buildkit_reserve/,
    );
    // Whoever says that less is enough is believed, until it is not.
    workspace.edit('slipway.toml', (text) => `${text}\n[limits]\nbuildkit_reserve = "1MB"\n`);
    addToBase(workspace, instruction);
    const { exitCode, stdout } = await workspace.nx('run', 'base-cpu:build-image');
    expect(exitCode).toBe(1);
    expect(stdout).toContain("error[disk-full] the engine's disk");
    expect(stdout).toContain('docker builder prune');
    expect(await workspace.tags('base')).toEqual([]);
    expect(workspace.records('base-cpu')).toMatchObject([
      { outcome: 'failed', problems: [{ code: 'host-unfit' }] },
      { outcome: 'failed', problems: [{ code: 'disk-full' }] },
    ]);
  });
});
