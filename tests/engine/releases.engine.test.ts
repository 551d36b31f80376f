import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addArchitectures,
  commit,
  type ThrowawayWorkspace,
  throwawayWorkspace,
} from './throwaway-workspace.ts';
import { type Contexts, type Ran, type WorkflowRunner, workflowRunner } from './workflow-runner.ts';

const names = ['cpu', 'second'];

/**
 * From commits on main to images that are started: a bare remote and a real registry, digits for two architectures, and
 * the commands of the generated workflows in the place of the CI service.
 */
describe('releases', () => {
  let workspace: ThrowawayWorkspace;
  let runner: WorkflowRunner;
  let remote: string;
  beforeAll(async () => {
    workspace = await throwawayWorkspace();
    runner = workflowRunner(workspace);
    for (const name of ['ada', 'ampere', 'blackwell', 'hopper', 'turing']) {
      rmSync(workspace.path(`architectures/${name}`), { recursive: true });
    }
    addArchitectures(workspace, ['second']);
    const generated = await workspace.nx('run', 'workflows:generate', '--replace');
    expect(generated.exitCode, generated.stdout + generated.stderr).toBe(0);
    await commit(workspace, 'chore: two architectures');
    remote = mkdtempSync(join(tmpdir(), 'slipway-remote-'));
    await workspace.git('init', '--quiet', '--bare', '--initial-branch=main', remote);
    await workspace.git('remote', 'add', 'origin', remote);
    await tag('v0.1.0');
    const built = await workspace.nx('run', 'base-images:build-image');
    expect(built.exitCode, built.stdout + built.stderr).toBe(0);
  }, 900_000);
  afterAll(() => {
    runner?.dispose();
    rmSync(remote, { recursive: true, force: true });
    workspace?.dispose();
  });

  const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
  const tag = async (name: string, ...flags: string[]) => {
    const annotated = flags.length > 0 ? flags : ['--annotate', '--message', `Release ${name}`];
    await workspace.git(...author, 'tag', ...annotated, name);
    const { exitCode, stderr } = await workspace.git('push', '--quiet', 'origin', 'main', name);
    expect(exitCode, stderr).toBe(0);
  };

  /** What GitHub would tell a workflow of what is checked out. */
  const contexts = async (ref: string, more: Contexts = {}): Promise<Contexts> => ({
    github: {
      event_name: 'push',
      ref,
      ref_name: ref.replace(/^refs\/(heads|tags)\//, ''),
      sha: (await workspace.git('rev-parse', 'HEAD')).stdout.trim(),
      repository: 'example/digits',
      token: 'a-token',
    },
    ...more,
  });
  const succeeded = (ran: Ran[]): Ran[] => {
    for (const { step, exitCode, stdout, stderr } of ran)
      expect(exitCode, `${step}\n${stdout}\n${stderr}`).toBe(0);
    return ran;
  };

  /** Carries out release.yml for a push to main, or for a promotion that somebody asks for. @returns the tag. */
  const release = async (action?: 'promote') => {
    const asked = await contexts('refs/heads/main', { inputs: { ...(action && { action }) } });
    const ran = succeeded(await runner.job('release.yml', 'release', asked));
    return ran.at(-1)?.outputs.tag ?? '';
  };

  /** Carries out the publishing jobs of build-runtime.yml for a tag, as its checkout, and goes back to main. */
  const publish = async (version: string) => {
    await workspace.git('fetch', '--quiet', '--tags', 'origin');
    await workspace.git('checkout', '--quiet', '--detach', version);
    const given = await contexts(`refs/tags/${version}`, { inputs: { tag: version } });
    const ran = await runner.job('build-runtime.yml', 'publish', given);
    await workspace.git('checkout', '--quiet', 'main');
    await workspace.git('pull', '--quiet', '--ff-only', 'origin', 'main');
    return ran;
  };
  const push = async (message: string, path: string, change: (text: string) => string) => {
    workspace.edit(path, change);
    await commit(workspace, message);
    await workspace.git('push', '--quiet', 'origin', 'main');
  };

  const layers = async (version: string, architecture: string): Promise<string[]> => {
    const at = `http://${workspace.registry}/v2/${workspace.repositories.runtime}/manifests/${architecture}-${version}`;
    const answer = await fetch(at, { headers: { accept: 'application/vnd.oci.image.manifest.v1+json' } });
    expect(answer.status, at).toBe(200);
    return ((await answer.json()) as { layers: { digest: string }[] }).layers.map(({ digest }) => digest);
  };
  const steps = (architecture: string) =>
    workspace
      .records(`runtime-${architecture}`)
      .at(-1)
      ?.steps.map(({ name }) => name);
  const image = (version: string, architecture: string) =>
    `${workspace.registry}/${workspace.repositories.runtime}:${architecture}-${version}`;

  it('each push to main makes the next candidate, which is published: rc1 ... rc12', {
    timeout: 900_000,
  }, async () => {
    for (let rc = 1; rc <= 12; rc += 1) {
      // One of them concerns nothing that is in an image.
      const path = rc === 5 ? 'slipway.toml' : 'examples/digits/README.md';
      await push(`feat: step ${rc}`, path, (text) => `${text}\n# step ${rc}\n`);
      const version = await release();
      expect(version).toBe(`v0.2.0-rc${rc}`);
      succeeded(await publish(version));
      expect(steps('cpu')?.includes('build application-image'), version).toBe(rc !== 5);
    }
    for (const name of names) {
      const before = await layers('v0.2.0-rc4', name);
      const after = await layers('v0.2.0-rc5', name);
      expect(after.slice(0, -1)).toEqual(before.slice(0, -1));
      expect(after.at(-1)).not.toBe(before.at(-1));
    }
    // All architectures stand on one application image.
    const [first, second] = await Promise.all(names.map((name) => layers('v0.2.0-rc12', name)));
    expect(first?.at(-2)).toBe(second?.at(-2));
  });

  it('the plan says what comes next, and which layers it makes, and does nothing', async () => {
    const planned = await workspace.nx('run', 'release:plan');
    expect(planned.exitCode, planned.stdout + planned.stderr).toBe(0);
    expect(planned.stdout).toContain('candidate: nothing to release');
    expect(planned.stdout).toContain('promotion: v0.2.0 on main');
    for (const name of names) {
      expect(planned.stdout).toContain(`runtime-${name}: only the layer of its version`);
    }
    expect((await workspace.git('ls-remote', '--tags', 'origin', 'v0.2.0')).stdout).toBe('');
  });

  it('a promotion is the candidate but for the layer of its version', async () => {
    const version = await release('promote');
    expect(version).toBe('v0.2.0');
    const ran = succeeded(await publish(version));
    expect(ran.at(-1)?.summary).toContain('### v0.2.0');
    for (const name of names) {
      const candidate = await layers('v0.2.0-rc12', name);
      const stable = await layers('v0.2.0', name);
      expect(stable.slice(0, -1)).toEqual(candidate.slice(0, -1));
      expect(stable.at(-1)).not.toBe(candidate.at(-1));
      // Nothing was installed again.
      expect(steps(name)).toEqual(['build runtime', 'check', 'tag']);
    }
    const manifest = await workspace.nx('run', 'runtime-image:release', '--as=v0.2.0', '--json');
    expect(manifest.stdout).toContain('### Images');
    expect(manifest.stdout).toContain(`npx slipway run --image ${image('v0.2.0', 'cpu')}`);
  });

  it('what was published starts, says its version, and latest follows it', async () => {
    await workspace.git('checkout', '--quiet', '--detach', 'v0.2.0');
    const given = await contexts('refs/tags/v0.2.0', { inputs: { tag: 'v0.2.0' } });
    succeeded(await runner.job('build-runtime.yml', 'smoke', given));
    const notes = succeeded(await runner.job('build-runtime.yml', 'notes', given));
    await workspace.git('checkout', '--quiet', 'main');
    expect(notes.at(-1)?.gh.at(-1)).toEqual(expect.arrayContaining(['release', 'v0.2.0']));
    const written = await workspace.nx('run', 'release:notes', 'v0.2.0');
    expect(written.stdout).toMatch(/step 1 [\s\S]*step 12 [\s\S]*### Images[\s\S]*cpu-v0\.2\.0/);
    const says =
      'import importlib.metadata as m; print(m.version("digits"), open("/etc/slipway/version").read())';
    for (const version of ['latest', 'v0.2.0']) {
      const { stdout, stderr } = await workspace.docker('run', '--rm', image(version, 'cpu'), '-c', says);
      expect(stdout.trim(), stderr).toBe('0.2.0 v0.2.0');
    }
    const candidate = await workspace.docker('run', '--rm', image('v0.2.0-rc12', 'second'), '-c', says);
    expect(candidate.stdout.trim(), candidate.stderr).toBe('0.2.0rc12 v0.2.0-rc12');
  });

  it('the next line begins with its own first candidate, and a push that releases nothing makes none', async () => {
    await push('docs: a word', 'examples/digits/README.md', (text) => `${text}\n# a word\n`);
    expect(await release()).toBe('');
    await push('fix: a bug', 'examples/digits/README.md', (text) => `${text}\n# a bug\n`);
    const version = await release();
    expect(version).toBe('v0.2.1-rc1');
    succeeded(await publish(version));
  });

  it("a person's tag is published just as well, when it is what a version has to be", async () => {
    await push('chore: 0.3.0', 'examples/digits/pyproject.toml', (text) =>
      text.replace(/^version = .*/m, 'version = "0.3.0"'),
    );
    await tag('v0.3.0');
    succeeded(await publish('v0.3.0'));
    expect(await workspace.tags('runtime')).toEqual(expect.arrayContaining(['v0.3.0', 'second-v0.3.0']));

    await tag('v0.3.1', '--no-sign');
    const [light] = await publish('v0.3.1');
    expect(light?.exitCode).toBe(1);
    const said = `${light?.stdout}${light?.stderr}`;
    expect(said).toContain('error[tag-lightweight] tag v0.3.1 of origin is not annotated');
    expect(said).toContain('error[version-differs] examples/digits/pyproject.toml: version 0.3.0 is stated');
    expect(await workspace.tags('runtime')).not.toContain('v0.3.1');
  });

  it('status says what is published and what never was', async () => {
    const { stdout } = await workspace.nx('run', 'release:status');
    expect(stdout).toMatch(
      /v0\.3\.1 +never started\n +-> git fetch origin tag v0\.3\.1 && git checkout v0\.3\.1 && npx nx run/,
    );
    expect(stdout).toMatch(/v0\.3\.0 +published +cpu, second\n +-> npx nx run runtime-image:smoke/);
    expect(stdout).toMatch(/v0\.2\.0-rc12 +published/);
    expect(stdout).toMatch(/v0\.1\.0 +never started/);
  });

  it('a yanked version is marked, latest goes back, and smoke does not bring it forward again', async () => {
    succeeded(
      await runner.job(
        'build-runtime.yml',
        'smoke',
        await contexts('refs/tags/v0.3.0', { inputs: { tag: 'v0.3.0' } }),
      ),
    );
    const digest = async (name: string) => (await layers(name, 'cpu')).at(-1);
    expect(await digest('latest')).toBe(await digest('v0.3.0'));
    const yanked = await workspace.nx('run', 'release:yank', 'v0.3.0', '--reason=it diverges');
    expect(yanked.exitCode, yanked.stdout + yanked.stderr).toBe(0);
    expect(yanked.stdout).toContain('cpu-latest: back to v0.2.0');
    expect(await digest('latest')).toBe(await digest('v0.2.0'));
    const smoked = await workspace.nx('run', 'runtime-image:smoke', '--as=v0.3.0', '--architectures=cpu');
    expect(smoked.exitCode, smoked.stdout + smoked.stderr).toBe(0);
    expect(await digest('latest')).toBe(await digest('v0.2.0'));
    expect((await workspace.nx('run', 'release:status')).stdout).toMatch(/v0\.3\.0 +yanked/);
    const run = await workspace.slipway('run', '--version', 'v0.3.0', '--architecture', 'cpu');
    expect(run.exitCode).not.toBe(0);
    expect(run.stdout + run.stderr).toMatch(/v0\.3\.0[^\n]*it diverges/);
  });
});

/** As most users have it: the application, its definition and its releases in one repository, with the history in the image. */
describe('releases of an application whose source is the workspace itself', () => {
  let workspace: ThrowawayWorkspace;
  let remote: string;
  beforeAll(async () => {
    workspace = await throwawayWorkspace({ quick: true });
    workspace.write('pyproject.toml', workspace.read('application/pyproject.toml'));
    rmSync(workspace.path('application'), { recursive: true });
    workspace.edit('slipway.toml', (text) => text.replace(/^source\s*=.*/m, 'source = "."'));
    const locked = await workspace.nx('run', 'base-images:lock', '--check');
    expect(locked.exitCode, locked.stdout + locked.stderr).toBe(0);
    await commit(workspace, 'feat: begin');
    remote = mkdtempSync(join(tmpdir(), 'slipway-remote-'));
    await workspace.git('init', '--quiet', '--bare', '--initial-branch=main', remote);
    await workspace.git('remote', 'add', 'origin', remote);
    await workspace.git('push', '--quiet', 'origin', 'main');
    expect(await workspace.nx('run', 'base-cpu:build-image')).toMatchObject({ exitCode: 0 });
  });
  afterAll(() => {
    rmSync(remote, { recursive: true, force: true });
    workspace?.dispose();
  });

  const layers = () =>
    workspace
      .records('runtime-cpu')
      .at(-1)
      ?.layers?.map(({ digest }) => digest) ?? [];
  const publish = async (version: string) => {
    await workspace.git('fetch', '--quiet', '--tags', 'origin');
    await workspace.git('checkout', '--quiet', '--detach', version);
    const { exitCode, stdout, stderr } = await workspace.nx(
      'run',
      'runtime-image:publish',
      `--as=${version}`,
    );
    expect(exitCode, stdout + stderr).toBe(0);
    await workspace.git('checkout', '--quiet', 'main');
    await workspace.git('pull', '--quiet', '--ff-only', 'origin', 'main');
    return stdout;
  };

  it('a promotion past commits that release nothing still is the candidate, but for the layer of its version', async () => {
    expect(await workspace.nx('run', 'release:candidate')).toMatchObject({ exitCode: 0 });
    await publish('v0.1.0-rc1');
    const candidate = layers();
    workspace.write('notes.txt', 'not in the release');
    await commit(workspace, 'docs: notes');
    await workspace.git('push', '--quiet', 'origin', 'main');
    const promoted = await workspace.nx('run', 'release:promote');
    expect(promoted.exitCode, promoted.stdout + promoted.stderr).toBe(0);
    expect(await publish('v0.1.0')).toContain('only the layer of its version is made');
    expect(layers().slice(0, -1)).toEqual(candidate.slice(0, -1));
    expect(layers().at(-1)).not.toBe(candidate.at(-1));
    // The branch has both.
    expect(workspace.read('notes.txt')).toBe('not in the release');
    expect(workspace.read('pyproject.toml')).toContain('version = "0.1.0"');
    expect(workspace.read('CHANGELOG.md')).toContain('v0.1.0');
    const release = await workspace.nx('run', 'runtime-image:release', '--as=v0.1.0', '--json');
    const commitOfTag = (await workspace.git('rev-parse', 'v0.1.0^{commit}')).stdout.trim();
    expect(release.stdout).toContain(`"commit": "${commitOfTag}"`);
  });

  it('a candidate that was yanked is not promoted', async () => {
    workspace.write('notes.txt', 'more');
    await commit(workspace, 'feat: more');
    await workspace.git('push', '--quiet', 'origin', 'main');
    expect(await workspace.nx('run', 'release:candidate')).toMatchObject({ exitCode: 0 });
    await publish('v0.2.0-rc1');
    const yanked = await workspace.nx('run', 'release:yank', 'v0.2.0-rc1', '--reason=it diverges');
    expect(yanked.exitCode, yanked.stdout + yanked.stderr).toBe(0);
    const promoted = await workspace.nx('run', 'release:promote');
    expect(promoted.exitCode).not.toBe(0);
    expect(promoted.stdout + promoted.stderr).toContain('v0.2.0-rc1 was yanked: it diverges');
    expect((await workspace.git('ls-remote', '--tags', 'origin', 'v0.2.0')).stdout).toBe('');
  });
});
