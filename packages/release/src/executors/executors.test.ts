import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { repositoriesForTests } from '../testing/repositories.ts';
import candidateExecutor from './candidate.ts';
import planExecutor from './plan.ts';
import promoteExecutor from './promote.ts';

vi.setConfig({ testTimeout: 120_000 });
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
const make = repositoriesForTests();

const definition = `[application]
name = "digits"
source = "."
path = "/app/digits"
command = ["python", "main.py"]

[repositories]
base = "a/base"
runtime = "a/runtime"
dev = "a/dev"

[release]
version_files = ["VERSION"]
`;

const files = {
  'slipway.toml': definition,
  'architectures/cpu/architecture.toml':
    'tag = "cpu"\nplatforms = ["linux/amd64"]\ncompute_capabilities = []\npython = "3.12"\nextras = []\nsystem_packages = ["tini", "git"]\n',
  VERSION: '0.1.0\n',
  '.gitignore': '.slipway/\n',
};

describe('the executors', () => {
  it('plan, make a candidate, promote it, and hand on what came of it', async () => {
    const { clone, git } = await make(files);
    await clone.push('feat: a', { app: '1' });
    const context = { root: clone.root } as ExecutorContext;
    // No registry is asked that could answer.
    mkdirSync(join(clone.root, '.slipway'));
    const machine = { repositories: { '*': '127.0.0.1:9' } };
    writeFileSync(join(clone.root, '.slipway/machine.json'), JSON.stringify(machine));
    const outputs = join(clone.root, '.slipway-outputs');
    vi.stubEnv('GITHUB_OUTPUT', outputs);
    const printed: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((text) => void printed.push(String(text)));
    const handedOn = () => readFileSync(outputs, 'utf8').trim().split('\n').slice(-4);

    expect(await planExecutor({}, context)).toEqual({ success: true });
    expect(printed.at(-1)).toMatch(/^candidate: v0\.1\.0-rc1 on main.*promotion: nothing to release: /s);
    expect(await candidateExecutor({ dryRun: true }, context)).toEqual({ success: true });
    expect(JSON.parse(printed.at(-1) ?? '')).toMatchObject({ outcome: 'released', version: 'v0.1.0-rc1' });
    expect(await git('tag')).toBe('');

    expect(await candidateExecutor({ json: true }, context)).toEqual({ success: true });
    const { commit } = JSON.parse(printed.at(-1) ?? '');
    expect(await git('rev-parse', 'v0.1.0-rc1^{commit}')).toBe(commit);
    expect(handedOn()).toEqual([
      'outcome=released',
      'version=v0.1.0-rc1',
      'tag=v0.1.0-rc1',
      `commit=${commit}`,
    ]);

    expect(await promoteExecutor({}, context)).toEqual({ success: true });
    const [note, line = '', record = ''] = printed.at(-1)?.split('\n') ?? [];
    expect(note).toMatch(/^note: what is published already, or yanked, is not known: .*127\.0\.0\.1:9 /);
    expect(line).toMatch(/^v0\.1\.0 released: commit /);
    const kept = JSON.parse(readFileSync(join(clone.root, record.replace('record ', '')), 'utf8'));
    expect(kept).toMatchObject({
      record: 'release',
      kind: 'promotion',
      outcome: 'released',
      version: 'v0.1.0',
    });
    expect(await git('show', 'main:VERSION')).toBe('0.1.0');

    await clone.pull();
    expect(await candidateExecutor({}, context)).toEqual({ success: true });
    expect(handedOn()).toEqual(['outcome=nothing', 'version=', 'tag=', 'commit=']);
  });

  it('fail with a problem, and plan nevertheless what can be planned', async () => {
    const { clone } = await make(files);
    await clone.git('commit', '--quiet', '--allow-empty', '-m', 'feat: local');
    const context = { root: clone.root } as ExecutorContext;
    const printed: string[] = [];
    vi.spyOn(console, 'error').mockImplementation((text) => void printed.push(String(text)));
    vi.spyOn(console, 'log').mockImplementation((text) => void printed.push(String(text)));
    expect(await candidateExecutor({}, context)).toEqual({ success: false });
    expect(printed.at(-1)).toMatch(/^error\[commit-elsewhere\]/);
    expect(await planExecutor({}, context)).toEqual({ success: false });
    expect(printed.at(-1)).toMatch(/error\[commit-elsewhere\].*promotion: nothing to release/s);
  });
});
