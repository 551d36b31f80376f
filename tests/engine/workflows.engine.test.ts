import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { readWorkspace, type WorkflowFacts, workflows } from '@slipway/workflows/generator';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { gitServer } from './git-server.ts';
import {
  addArchitectures,
  commit,
  type ThrowawayWorkspace,
  throwawayWorkspace,
} from './throwaway-workspace.ts';
import { type Contexts, type Ran, type WorkflowRunner, workflowRunner } from './workflow-runner.ts';
import { zizmor } from './zizmor.ts';

const product = resolve(import.meta.dirname, '../..');
const folder = '.github/workflows';

/** The last `run:` of a job, when all of them succeeded. */
function last(ran: Ran[]): Ran {
  for (const { step, exitCode, stdout, stderr } of ran)
    expect(exitCode, `${step}\n${stdout}\n${stderr}`).toBe(0);
  expect(ran.length).toBeGreaterThan(0);
  return ran.at(-1) as Ran;
}

describe('the workflows of a workspace', () => {
  let workspace: ThrowawayWorkspace;
  let runner: WorkflowRunner;
  let remote: string;
  let before = '';
  const head = async () => (await workspace.git('rev-parse', 'HEAD')).stdout.trim();
  const pushTo = async (ref: string, more: Record<string, unknown> = {}): Promise<Contexts> => ({
    github: {
      event_name: 'push',
      event: { before },
      ref,
      ref_name: ref.replace(/^refs\/(heads|tags)\//, ''),
      sha: await head(),
      repository: 'example/quick',
      token: 'a-token',
    },
    ...(more as Contexts),
  });

  beforeAll(async () => {
    workspace = await throwawayWorkspace({ quick: true });
    runner = workflowRunner(workspace);
    makeStartable(workspace);
    addArchitectures(workspace, ['first']);
    await commit(workspace, 'feat: another architecture');
    before = await head();
    const { exitCode, stdout, stderr } = await workspace.nx('run', 'workflows:generate');
    expect(exitCode, stdout + stderr).toBe(0);
    // Only cpu is another one than before.
    workspace.edit('architectures/cpu/architecture.toml', (text) => `${text}# changed\n`);
    await commit(workspace, 'ci: workflows');
    remote = mkdtempSync(join(tmpdir(), 'slipway-remote-'));
    await workspace.git('init', '--quiet', '--bare', '--initial-branch=main', remote);
    await workspace.git('remote', 'add', 'origin', remote);
  });
  afterAll(() => {
    if (remote) rmSync(remote, { recursive: true, force: true });
    runner?.dispose();
    workspace?.dispose();
  });

  it('ci.yml checks a push, and lists the images that it may concern', async () => {
    const ran = await runner.job('ci.yml', 'check', await pushTo('refs/heads/main'));
    const { stdout } = last(ran);
    expect(ran.map(({ step }) => step)).toEqual([
      'Do the workflows follow from the definition?',
      'Do the locks?',
      'Which images would be built?',
    ]);
    expect(stdout).toContain('"project": "base-cpu"');
    expect(stdout).toContain('"project": "runtime-cpu"');
    expect(stdout).not.toContain('"project": "base-first"');
    expect(await workspace.tags('base')).toEqual([]);
  });

  it('ci.yml lists all images where there is nothing to compare with', async () => {
    const contexts = await pushTo('refs/heads/main');
    contexts.github = { ...contexts.github, event: { before: '0'.repeat(40) } };
    const { stdout } = last(await runner.job('ci.yml', 'check', contexts));
    expect(stdout).toContain('"project": "base-first"');
  });

  it('ci.yml passes where the registry lets nobody look, and says what it cannot tell', async () => {
    // As ghcr.io answers for packages that are private, or not there yet.
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      if (request.url?.startsWith('/token')) return response.writeHead(403).end('{"errors":[]}');
      const realm = `http://${request.headers.host}/token`;
      return response.writeHead(401, { 'WWW-Authenticate': `Bearer realm="${realm}"` }).end();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void server.close());
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const settings = workspace.read('.slipway/machine.json');
    onTestFinished(() => workspace.write('.slipway/machine.json', settings));
    workspace.changeMachine((machine) => {
      machine.repositories['*'] = host;
    });
    const ran = last(await runner.job('ci.yml', 'check', await pushTo('refs/heads/main')));
    expect(asked.some((url) => url.startsWith('/token'))).toBe(true);
    expect(ran.stdout).toMatch(/"project": "base-cpu",[\s\S]*"state": "build"/);
    expect(ran.stdout).toContain(
      `"reason": "cannot be told, so it counts as not there: ${host} refuses access to ${workspace.repositories.base} (HTTP 401)"`,
    );
    expect(ran.summary).toMatch(
      /^### Images that would be built\n[\s\S]*\| base-cpu \| build \| cannot be told/,
    );
    // What is carried out is refused all the same.
    const built = await runner.job('build-base.yml', 'build', await pushTo('refs/heads/main'));
    expect(built.at(-1)).toMatchObject({ exitCode: 1 });
    expect(built.at(-1)?.summary).toMatch(/- \*\*registry-denied\*\*[\s\S]* {2}- fix: .*docker login/);
  });

  it('build-base.yml builds the base that a push changed, then the one that somebody asks for', async () => {
    const { summary } = last(await runner.job('build-base.yml', 'build', await pushTo('refs/heads/main')));
    expect(summary).toMatch(
      /\| base-cpu \| built \| \S+ is not in the registry \| cpu-[0-9a-f]{12} \| [\d.]+ \| [\d.]+ [kM]B \|/,
    );
    expect(await workspace.tags('base')).toEqual(['cpu', expect.stringMatching(/^cpu-[0-9a-f]{12}$/)]);
    const asked = await pushTo('refs/heads/main', { inputs: { architecture: 'first' } });
    asked.github = { ...asked.github, event_name: 'workflow_dispatch', event: {} };
    last(await runner.job('build-base.yml', 'build', asked));
    expect(await workspace.tags('base')).toContain('first');
    expect(await workspace.tags('runtime')).toEqual([]);
  });

  it('build-runtime.yml publishes the version of a tag for two architectures, and starts it', async () => {
    workspace.edit('application/pyproject.toml', (text) => text.replace('"0.1.0"', '"0.2.0"'));
    await commit(workspace, 'chore: 0.2.0');
    await tag(workspace, 'v0.2.0');
    const contexts = await pushTo('refs/tags/v0.2.0');
    const published = last(await runner.job('build-runtime.yml', 'publish', contexts));
    expect(published.summary).toMatch(/\| cpu \| built \|/);
    expect(published.summary).toMatch(/\| first \| built \|/);
    expect(await workspace.tags('runtime')).toEqual(
      expect.arrayContaining(['cpu-v0.2.0', 'first-v0.2.0', 'v0.2.0']),
    );
    expect(await workspace.tags('runtime')).not.toContain('cpu-latest');
    const smoked = last(await runner.job('build-runtime.yml', 'smoke', contexts));
    expect(smoked.stdout).toMatch(/cpu: starts as it should[\s\S]*first: starts as it should/);
    expect(await workspace.tags('runtime')).toEqual(expect.arrayContaining(['cpu-latest', 'first-latest']));
  });

  it('build-runtime.yml waits for bases of the same push', async () => {
    const ran = await runner.job('build-runtime.yml', 'publish', await pushTo('refs/tags/v0.2.0'));
    const asked = ran.find(({ step }) => step.startsWith('Wait for base images'))?.gh ?? [];
    const { stdout } = await workspace.git('rev-parse', 'v0.2.0^{commit}', 'v0.2.0^{commit}^@');
    const commits = stdout.trim().split('\n');
    expect(commits).toHaveLength(2);
    expect(asked.map(([, , workflow, commit]) => [workflow, commit])).toEqual(
      commits.map((commit) => ['--workflow=build-base.yml', `--commit=${commit}`]),
    );
    last(ran);
  });

  it('build-runtime.yml says in its summary why a version is not published, and what to do', async () => {
    const script = workspace.read('application/train.sh');
    onTestFinished(() => workspace.write('application/train.sh', script));
    workspace.write('application/train.sh', `${script}# another\n`);
    const contexts = await pushTo('refs/tags/v0.2.0');
    const taken = (await runner.job('build-runtime.yml', 'publish', contexts)).at(-1);
    expect(taken).toMatchObject({ step: 'Publish', exitCode: 1 });
    expect(taken?.summary).toMatch(
      /^### Not published: v0\.2\.0\n\n- \*\*version-taken\*\*: [\s\S]* {2}- fix: /,
    );
    workspace.write('application/train.sh', script);
    const dockerfile = workspace.read('dockerfiles/base.Dockerfile');
    onTestFinished(() => workspace.write('dockerfiles/base.Dockerfile', dockerfile));
    workspace.write('dockerfiles/base.Dockerfile', dockerfile.replace('#!/bin/sh', '#!/bin/sh -e'));
    const missing = (await runner.job('build-runtime.yml', 'publish', contexts)).at(-1);
    expect(missing).toMatchObject({ step: 'Publish', exitCode: 1 });
    expect(missing?.summary).toMatch(/- \*\*base-missing\*\*: cpu: /);
    expect(missing?.summary).toContain(
      'gh workflow run build-base.yml --ref v0.2.0 --field architecture=cpu, and when that run is done: gh run rerun 4711 --failed',
    );
  });

  it('build-runtime.yml publishes the tag that release.yml names, and nothing else', async () => {
    workspace.edit('application/pyproject.toml', (text) => text.replace('"0.2.0"', '"0.2.1rc1"'));
    await commit(workspace, 'chore: 0.2.1rc1');
    await tag(workspace, 'v0.2.1-rc1');
    const contexts = await pushTo('refs/tags/v0.2.1-rc1', { inputs: { tag: 'v0.2.1-rc1' } });
    last(await runner.job('build-runtime.yml', 'publish', contexts));
    expect(await workspace.tags('runtime')).toContain('v0.2.1-rc1');
  });

  it('build-runtime.yml takes no word of a tag for a command', async () => {
    const contexts = await pushTo('refs/tags/v1', { inputs: { tag: 'v1"; touch "$RUNNER_TEMP/taken' } });
    const [ran] = await runner.job('build-runtime.yml', 'publish', contexts);
    expect(ran?.exitCode).not.toBe(0);
    expect(ran?.stdout + (ran?.stderr ?? '')).toContain('error[version-malformed]');
  });

  it('release.yml starts the publish of the tag that it pushed, unless an app pushed it', async () => {
    const released = { needs: { release: { outputs: { tag: 'v0.2.1-rc2' } } } };
    const contexts = await pushTo('refs/heads/main', released);
    expect(runner.starts('release.yml', 'publish', contexts)).toBe(true);
    expect(last(await runner.job('release.yml', 'publish', contexts)).gh).toEqual([
      ['workflow', 'run', 'build-runtime.yml', '--ref', 'v0.2.1-rc2', '--field', 'tag=v0.2.1-rc2'],
    ]);
    const app = await pushTo('refs/heads/main', { ...released, vars: { RELEASE_APP_CLIENT_ID: 'Iv1.x' } });
    expect(runner.starts('release.yml', 'publish', app)).toBe(false);
    const nothing = await pushTo('refs/heads/main', {
      needs: { release: { outputs: { tag: '' } } },
    });
    expect(runner.starts('release.yml', 'publish', nothing)).toBe(false);
  });

  it('release.yml makes the next candidate of a push, whose tag build-runtime.yml publishes', async () => {
    workspace.edit('application/train.sh', (text) => `${text}# more\n`);
    await commit(workspace, 'feat: train more');
    await workspace.git('push', '--quiet', '--tags', 'origin', 'main');
    const contexts = await pushTo('refs/heads/main');
    const { outputs } = last(await runner.job('release.yml', 'release', contexts));
    expect(outputs).toMatchObject({ outcome: 'released', tag: 'v0.3.0-rc1' });
    const started = await pushTo('refs/heads/main', { needs: { release: { outputs } } });
    expect(runner.starts('release.yml', 'publish', started)).toBe(true);
    const [[, , , , ref = ''] = []] = last(await runner.job('release.yml', 'publish', started)).gh;
    await workspace.git('fetch', '--quiet', '--tags', 'origin');
    await workspace.git('checkout', '--quiet', '--detach', ref);
    expect(workspace.read('application/pyproject.toml')).toContain('version = "0.3.0rc1"');
    const { stdout: tagger } = await workspace.git(
      'for-each-ref',
      '--format=%(taggername)',
      `refs/tags/${ref}`,
    );
    expect(tagger.trim()).toBe('github-actions[bot]');
    // The same push again finds what was made, and starts its publish again.
    const again = last(await runner.job('release.yml', 'release', contexts));
    expect(again.outputs).toMatchObject({ outcome: 'existing', tag: 'v0.3.0-rc1' });
    last(await runner.job('build-runtime.yml', 'publish', await pushTo(`refs/tags/${ref}`)));
    expect(await workspace.tags('runtime')).toEqual(
      expect.arrayContaining(['cpu-v0.3.0-rc1', 'first-v0.3.0-rc1', 'v0.3.0-rc1']),
    );
  });

  it.each([
    { ref: 'refs/heads/main', action: undefined, starts: ['ci'] },
    { ref: 'refs/heads/main', action: 'promote', starts: ['ci'] },
    { ref: 'refs/heads/main', action: 'yank', starts: ['yank'] },
    { ref: 'refs/heads/other', action: 'candidate', starts: [] },
    { ref: 'refs/heads/other', action: 'yank', starts: [] },
  ])('release.yml on $ref with $action begins with $starts', async ({ ref, action, starts }) => {
    const contexts = await pushTo(ref, { inputs: { ...(action !== undefined && { action }) } });
    expect(['ci', 'yank'].filter((job) => runner.starts('release.yml', job, contexts))).toEqual(starts);
  });

  it('are told apart from what was edited by hand, by file and line, and are written again', async () => {
    const path = `${folder}/build-runtime.yml`;
    const line =
      workspace
        .read(path)
        .split('\n')
        .findIndex((text) => text.includes('timeout-minutes')) + 1;
    workspace.edit(path, (text) => text.replace(/timeout-minutes: \d+/, 'timeout-minutes: 999'));
    const checked = await workspace.nx('run', 'workflows:check');
    expect(checked.exitCode).toBe(1);
    expect(checked.stdout + checked.stderr).toContain(`error[workflow-stale] ${path}:${line}: `);
    expect(checked.stdout + checked.stderr).toContain('fix: npx nx run workflows:generate');
    const looked = await workspace.nx('run', 'workflows:generate', '--dry-run');
    expect(looked.stdout).toContain(`${path}: would be written, first difference in line ${line}`);
    expect(workspace.read(path)).toContain('timeout-minutes: 999');
    const written = await workspace.nx('run', 'workflows:generate');
    expect(written.stdout).toContain(`${path}: written, first difference in line ${line}`);
    expect(written.stdout).toContain(`${folder}/ci.yml: follows from the definition`);
    expect(await workspace.nx('run', 'workflows:check')).toMatchObject({ exitCode: 0 });
  });

  it('follow a change of the definition', async () => {
    workspace.edit('slipway.toml', (text) => `${text}\n[limits]\nbuildkit_reserve = "2GB"\n`);
    const checked = await workspace.nx('run', 'workflows:check');
    expect(checked.stdout + checked.stderr).toMatch(
      /build-runtime\.yml:\d+: .* it must be "maxUsedSpace = 2000000000"/,
    );
  });

  it('leave a ci.yml alone that somebody wrote, and are complete without it', async () => {
    workspace.write(`${folder}/ci.yml`, 'on: push\n');
    const generated = await workspace.nx('run', 'workflows:generate');
    expect(generated.exitCode, generated.stdout + generated.stderr).toBe(0);
    expect(generated.stdout).toContain(`warning: ${folder}/ci.yml is one of your own and stays.`);
    expect(generated.stdout).toContain(`${folder}/slipway-ci.yml: written`);
    expect(workspace.read(`${folder}/ci.yml`)).toBe('on: push\n');
    expect(workspace.read(`${folder}/release.yml`)).toContain('uses: ./.github/workflows/slipway-ci.yml');
    const checked = await workspace.nx('run', 'workflows:check');
    expect(checked.exitCode, checked.stdout + checked.stderr).toBe(0);
    expect(checked.stdout).toContain(`warning: ${folder}/ci.yml is one of your own and stays.`);
    const ran = await runner.job('slipway-ci.yml', 'check', await pushTo('refs/heads/main'));
    expect(ran[0]).toMatchObject({ step: 'Do the workflows follow from the definition?', exitCode: 0 });
  });

  it('replace it when they are told to, and take the other name back', async () => {
    const replaced = await workspace.nx('run', 'workflows:generate', '--replace');
    expect(replaced.exitCode, replaced.stdout + replaced.stderr).toBe(0);
    expect(replaced.stdout).toContain(`${folder}/slipway-ci.yml: removed`);
    expect(workspace.read(`${folder}/ci.yml`)).toContain('workflow_call');
    expect(existsSync(workspace.path(folder, 'slipway-ci.yml'))).toBe(false);
    expect(await workspace.nx('run', 'workflows:check')).toMatchObject({ exitCode: 0 });
  });

  it('are not there where a folder lies in their place, which is said', async () => {
    const path = `${folder}/ci.yml`;
    const text = workspace.read(path);
    rmSync(workspace.path(path));
    mkdirSync(workspace.path(path));
    for (const target of ['check', 'generate']) {
      const refused = await workspace.nx('run', `workflows:${target}`);
      expect(refused.exitCode).toBe(1);
      expect(refused.stdout + refused.stderr).toContain(
        `error[workflow-foreign] ${path}: a folder lies where a workflow belongs`,
      );
    }
    rmSync(workspace.path(path), { recursive: true });
    workspace.write(path, text);
  });

  it('look at bases again when another Slipway is installed, and so does Nx', async () => {
    const lock = (version: string) =>
      JSON.stringify({
        name: 'throwaway',
        lockfileVersion: 3,
        packages: {
          '': { name: 'throwaway', devDependencies: { slipway: version } },
          'node_modules/slipway': { version, dev: true },
        },
      });
    const affected = async () => {
      await commit(workspace, 'build: another slipway');
      const range = ['--base=HEAD~1', '--head=HEAD'];
      const shown = await workspace.nx('affected', '-t', 'build-image', ...range, '--graph=stdout');
      expect(shown.exitCode, shown.stderr).toBe(0);
      return [...new Set(shown.stdout.match(/\b(?:base|runtime)-[a-z]+(?=:build-image)/g))];
    };
    workspace.write('package.json', '{ "name": "throwaway", "devDependencies": { "slipway": "*" } }\n');
    workspace.write('package-lock.json', lock('1.0.0'));
    await workspace.nx('run', 'workflows:generate');
    expect(workspace.read(`${folder}/build-base.yml`)).toContain('- package-lock.json # which Slipway');
    await commit(workspace, 'build: slipway');
    workspace.write('package-lock.json', lock('1.1.0'));
    const bases = ['base-cpu', 'base-first', 'runtime-cpu', 'runtime-first'];
    expect(await affected()).toEqual(expect.arrayContaining(bases));
    // The lock of a workspace that has no Slipway in it says nothing of images.
    workspace.write('package.json', '{ "name": "throwaway" }\n');
    await commit(workspace, 'build: no slipway');
    workspace.write('package-lock.json', lock('1.2.0'));
    expect(await affected()).not.toEqual(expect.arrayContaining(['base-cpu']));
  });
});

describe('the workflows of a workspace whose sources come over SSH', () => {
  it('let git fetch them with a key from a secret, from hosts that are known', {
    timeout: 300_000,
  }, async () => {
    const workspace = await throwawayWorkspace({ quick: true });
    const runner = workflowRunner(workspace);
    onTestFinished(() => {
      runner.dispose();
      workspace.dispose();
    });
    const server = await gitServer(workspace);
    onTestFinished(() => server.dispose());
    const bare = join(server.folder, 'quick.git');
    const source = workspace.path('application');
    for (const args of [
      ['init', '--quiet', '--bare', '--initial-branch=main', bare],
      ['-C', source, 'init', '--quiet', '--initial-branch=main'],
      ['-C', source, 'add', '--all'],
      [
        '-C',
        source,
        '-c',
        'user.name=Test',
        '-c',
        'user.email=t@example.org',
        'commit',
        '-qm',
        'feat: begin',
      ],
      ['-C', source, 'push', '--quiet', bare, 'main'],
    ]) {
      expect(await workspace.git(...args), args.join(' ')).toMatchObject({ exitCode: 0 });
    }
    workspace.edit('slipway.toml', (text) =>
      text.replace(/^source = .*$/m, `source = "${server.ssh('quick.git')}#main"`),
    );
    const generated = await workspace.nx('run', 'workflows:generate');
    expect(generated.stdout).toMatch(/secrets of the repository that they use: .*\bSOURCE_SSH_KEY$/m);
    expect(generated.stdout).toContain('variables of the repository that they use: SOURCE_SSH_KNOWN_HOSTS');
    const known = /UserKnownHostsFile=(\S+)/.exec(server.environment.GIT_SSH_COMMAND)?.[1] ?? '';
    const contexts = (key: string): Contexts => ({
      github: { event_name: 'push', event: { before: '0'.repeat(40) }, ref: 'refs/heads/main' },
      secrets: { SOURCE_SSH_KEY: key },
      vars: { SOURCE_SSH_KNOWN_HOSTS: readFileSync(known, 'utf8') },
    });
    const none = (await runner.job('build-runtime.yml', 'smoke', contexts(''))).at(-1);
    expect(none).toMatchObject({ step: 'Let git fetch the sources over SSH', exitCode: 1 });
    expect(none?.stdout).toContain('::error::the secret SOURCE_SSH_KEY is not set');
    const ran = await runner.job('ci.yml', 'check', contexts(server.privateKey.replaceAll('\n', '\r\n')));
    expect(last(ran).stdout).toContain('"project": "base-cpu"');
    const [, ...body] = server.privateKey.trim().split('\n').slice(0, -1);
    const printed = ran.map(({ stdout, stderr }) => stdout + stderr).join('');
    expect(body.some((line) => printed.includes(line))).toBe(false);
    // Whoever has no key, as pull requests of forks and of Dependabot, passes what needs none.
    const keyless = await runner.job('ci.yml', 'check', contexts(''));
    expect(keyless.map(({ step, exitCode }) => [step, exitCode])).toEqual([
      ['Do the workflows follow from the definition?', 0],
    ]);
  });
});

describe('zizmor', () => {
  it('has nothing to say about the workflows of this repository, or of others', async (context) => {
    const others = mkdtempSync(join(tmpdir(), 'slipway-zizmor-'));
    const registries = ['docker.io', 'ghcr.io', 'registry.example.org:5000'];
    const { facts } = await readWorkspace(product);
    const variants: WorkflowFacts[] = [
      { ...facts, registries, signing: 'key', sshHosts: ['github.com'], slipwayLocks: ['package-lock.json'] },
      { ...facts, registries: ['ghcr.io'], signing: 'keyless', checks: 'slipway-ci', packageManager: 'pnpm' },
    ];
    const paths = variants.flatMap((variant, index) =>
      Object.entries(workflows(variant)).map(
        ([path, text]) => [join(others, `${index}-${basename(path)}`), text] as const,
      ),
    );
    for (const [path, text] of paths) writeFileSync(path, text);
    onTestFinished(() => rmSync(others, { recursive: true, force: true }));
    const audited = await zizmor(join(product, folder), ...paths.map(([path]) => path));
    if (typeof audited === 'string') {
      console.warn(`not audited: ${audited}`);
      return context.skip(audited);
    }
    expect(audited.exitCode, audited.stdout + audited.stderr).toBe(0);
    expect(audited.stdout + audited.stderr).toContain('No findings to report');
    // That it looks at all: the same with a log-in left on the disk.
    const bad = join(others, 'bad.yml');
    const text = readFileSync(join(product, folder, 'ci.yml'), 'utf8');
    writeFileSync(bad, text.replaceAll('          persist-credentials: false\n', ''));
    const found = await zizmor(bad);
    expect(found).toMatchObject({ stdout: expect.stringContaining('artipacked') });
    expect(found).not.toMatchObject({ exitCode: 0 });
  });
});

/**
 * Gives a quick workspace images that start as smoke wants it. The OS image has no Python: the entry point stands in for
 * it, and answers with the version and the place that it finds in the image.
 */
function makeStartable(workspace: ThrowawayWorkspace): void {
  const entryPoint = [
    'COPY --link --chmod=755 <<"START" /usr/local/bin/start',
    '#!/bin/sh',
    'case "$1" in',
    '  -*) echo "$(sed -n "s/^Version: //p" /app/quick/METADATA) $(ls /app/quick/__init__.py)" ;;',
    '  *) exec "$@" ;;',
    'esac',
    'START',
    'ENTRYPOINT ["/usr/local/bin/start"]',
  ].join('\n');
  workspace.edit('dockerfiles/base.Dockerfile', (text) =>
    text.replace('\n# verification:', () => `${entryPoint}\n\n# verification:`),
  );
  workspace.write('application/__init__.py', '');
  workspace.write('application/METADATA', 'Name: quick\nVersion: 0.2.0\n');
}

async function tag({ git }: ThrowawayWorkspace, name: string): Promise<void> {
  const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
  const { exitCode, stderr } = await git(...who, 'tag', '--annotate', '--message', `Release ${name}`, name);
  expect(exitCode, stderr).toBe(0);
  expect(await git('push', '--quiet', 'origin', 'main', name)).toMatchObject({ exitCode: 0 });
}
