import { cpSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '@slipway/effects';
import { describe, expect, it, vi } from 'vitest';
import { type ReleaseStep, releaseSteps } from './execute-release.ts';
import { makeRelease, previewRelease } from './make-release.ts';
import { readTagMessage, verifyReleaseTag } from './read-release-tag.ts';
import { recordRelease } from './record-release.ts';
import { problemsOf } from './testing/failure-of.ts';
import {
  type Clone,
  gitIn,
  pyproject,
  type Repositories,
  repositoriesForTests,
  settings,
} from './testing/repositories.ts';

vi.setConfig({ testTimeout: 120_000 });
const make = repositoriesForTests();

const candidate = (clone: Pick<Clone, 'root'>, more = {}) =>
  makeRelease({ kind: 'candidate' }, settings(more), clone);
const promote = (clone: Clone) => makeRelease({ kind: 'promotion' }, settings(), clone);

/** A remote with a commit that is to be released. */
async function begun(): Promise<Repositories> {
  const repositories = await make();
  await repositories.clone.push('feat: a', { app: '1' });
  return repositories;
}

describe('what needs no release', () => {
  it('has no commit that is released', async () => {
    const { clone, git } = await make();
    await clone.push('docs: a', { readme: '1' });
    await clone.push('no conventional commit at all', { readme: '2' });
    const refs = await git('show-ref');
    expect(await candidate(clone)).toMatchObject({ outcome: 'nothing', version: null, commit: null });
    expect(await git('show-ref')).toBe(refs);
  });

  it('is superseded by a newer push, which makes its own', async () => {
    const { clone } = await begun();
    const tested = await clone.git('rev-parse', 'HEAD');
    await clone.push('docs: b', { readme: '1' });
    const request = { kind: 'candidate', commit: tested } as const;
    expect(await makeRelease(request, settings(), clone)).toMatchObject({
      outcome: 'superseded',
      version: null,
    });
    expect(await candidate(clone)).toMatchObject({ outcome: 'released', version: 'v0.1.0-rc1' });
  });
});

describe('a checkout that is not whole', () => {
  it('is a shallow one, or is on no branch', async () => {
    const { clone, again } = await begun();
    await candidate(clone);
    await clone.pull();
    await clone.push('fix: b', { app: '2' });
    const shallow = await again('--depth=1', '--no-tags');
    await shallow.git('checkout', '--quiet', '--detach');
    expect(await candidate(shallow)).toMatchObject({ outcome: 'released', version: 'v0.1.0-rc2' });
    expect(await shallow.git('rev-parse', '--is-shallow-repository')).toBe('true');
  });

  it('lacks files that are fetched when they are needed', async () => {
    const { again, git } = await begun();
    await git('config', 'uploadpack.allowFilter', 'true');
    const partial = await again('--filter=blob:none', '--no-checkout');
    expect(await candidate(partial)).toMatchObject({ outcome: 'released', version: 'v0.1.0-rc1' });
  });

  it('is none at all, lacks the remote, or has no commit', async () => {
    const { clone, remote } = await begun();
    const outside = `${remote}/..`;
    expect(await problemsOf(candidate({ root: outside }))).toMatchObject([{ code: 'repository-missing' }]);
    const unknown = makeRelease({ kind: 'candidate', remote: 'upstream' }, settings(), clone);
    expect(await problemsOf(unknown)).toMatchObject([
      { code: 'repository-missing', message: 'there is no remote "upstream"' },
    ]);
    const commit = makeRelease({ kind: 'candidate', commit: 'nowhere' }, settings(), clone);
    expect(await problemsOf(commit)).toMatchObject([{ code: 'repository-missing' }]);
    const branch = makeRelease({ kind: 'candidate', branch: 'stable' }, settings(), clone);
    expect(await problemsOf(branch)).toMatchObject([
      { code: 'repository-missing', message: 'origin has no branch stable' },
    ]);
  });

  it('has a commit that is not on the branch', async () => {
    const { clone } = await begun();
    await clone.git('checkout', '--quiet', '-b', 'mine');
    await clone.git('commit', '--quiet', '--allow-empty', '-m', 'feat: local');
    const head = await clone.git('rev-parse', 'HEAD');
    const [problem] = await problemsOf(candidate(clone));
    expect(problem).toMatchObject({ code: 'commit-elsewhere' });
    expect(problem?.remedy).toContain(`git push origin ${head}:refs/heads/main`);
  });

  it('is called by a hook of another repository, or in a job for a pull request', async () => {
    const { clone, again } = await begun();
    const other = await again();
    vi.stubEnv('GIT_DIR', `${other.root}/.git`);
    vi.stubEnv('GIT_INDEX_FILE', `${other.root}/.git/index`);
    const job = {
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_NAME: 'pull_request',
      GITHUB_REF: 'refs/pull/1/merge',
    };
    for (const [name, value] of Object.entries(job)) vi.stubEnv(name, value);
    const result = await candidate(clone).finally(() => vi.unstubAllEnvs());
    expect(result).toMatchObject({ outcome: 'released', version: 'v0.1.0-rc1' });
    expect(await other.git('status', '--porcelain')).toBe('');
  });
});

describe('a remote that does not want it', () => {
  it.each([
    ['pre-receive', 'echo "releases are made on Mondays" >&2; exit 1', 'releases are made on Mondays'],
    ['update', 'case $1 in refs/heads/main) echo "GH006: Protected branch" >&2; exit 1;; esac', 'GH006'],
    ['update', 'case $1 in refs/tags/*) echo "no tags" >&2; exit 1;; esac', 'no tags'],
  ])('refuses by its hook %s: %s', async (name, script, said) => {
    const { clone, git, hook } = await begun();
    hook(name, script);
    const refs = await git('show-ref');
    const [problem] = await problemsOf(candidate(clone));
    expect(problem).toMatchObject({ code: 'push-refused' });
    expect(problem?.message).toContain(said);
    expect(await git('show-ref')).toBe(refs);
  });

  it('does not exist, does not answer, or does not know who calls; and its log-in is told nobody', async () => {
    const { clone } = await begun();
    const from = async (url: string) => {
      await clone.git('remote', 'set-url', 'origin', url);
      return (await problemsOf(candidate(clone)))[0];
    };
    expect(await from('file:///nowhere/at/all.git')).toMatchObject({ code: 'remote-unreachable' });
    const secret = await from('http://ada:hunter2@127.0.0.1:1/x.git');
    expect(secret).toMatchObject({ code: 'remote-unreachable' });
    expect(JSON.stringify(secret)).not.toContain('hunter2');
    await problemsOf(recordRelease({ kind: 'candidate' }, settings(), clone));
    const records = join(clone.root, '.slipway/records');
    const [record = ''] = readdirSync(records);
    expect(readFileSync(join(records, record), 'utf8')).toMatch(/remote-unreachable/);
    expect(readFileSync(join(records, record), 'utf8')).not.toContain('hunter2');
    // A setting of the repository alone, as those that a CI service's checkout leaves there.
    await clone.git(
      'config',
      'core.sshCommand',
      'echo "git@host: Permission denied (publickey)." >&2; false',
    );
    expect(await from('git@host.invalid:a/b.git')).toMatchObject({ code: 'remote-denied' });
  });

  it('may be read but not written', async () => {
    const { clone } = await begun();
    await clone.git(
      'config',
      'core.sshCommand',
      'echo "ERROR: The key you are using is read-only." >&2; false',
    );
    await clone.git('remote', 'set-url', '--push', 'origin', 'git@host.invalid:a/b.git');
    expect(await problemsOf(candidate(clone))).toMatchObject([{ code: 'remote-denied' }]);
  });
});

describe('tags that are not as they should be', () => {
  it('are malformed, local, lower, or somewhere else', async () => {
    const { clone, git } = await begun();
    for (const name of ['v0.1', 'vfoo', 'v0.1.1-rc07', 'v0.1.1-rc.5', 'v0.1.5+b1'])
      await clone.git('tag', name);
    await clone.git('tag', '-a', 'v0.4.0', '-m', 'Release v0.4.0');
    await clone.push('fix: b', { app: '2' });
    await clone.git('tag', '-a', 'v0.0.5', '-m', 'by hand');
    await clone.git('push', '--quiet', 'origin', '--tags');
    await clone.git('tag', 'v7.0.0');
    await clone.git('tag', '-d', 'v0.4.0');
    const { version, plan } = await candidate(clone);
    expect(version).toBe('v0.4.1-rc1');
    expect(plan.notes).toEqual([
      expect.stringMatching(/^5 tags are not of the form/),
      expect.stringContaining('tag v7.0.0 is only in this repository'),
      expect.stringContaining('tag v0.0.5 is on a later commit than v0.4.0, but lower'),
    ]);
    expect(await git('show', 'main:CHANGELOG.md')).toContain('* b ');
    expect(await git('show', 'main:CHANGELOG.md')).not.toContain('* a ');
  });

  it('name a stable version that is not on the branch', async () => {
    const { clone } = await begun();
    await candidate(clone);
    await clone.git('checkout', '--quiet', '-b', 'other');
    await clone.git('commit', '--quiet', '--allow-empty', '-m', 'feat: elsewhere');
    await clone.git('tag', '-a', 'v0.1.0', '-m', 'Release v0.1.0');
    await clone.git('push', '--quiet', 'origin', 'v0.1.0');
    await clone.git('checkout', '--quiet', 'main');
    await clone.pull();
    await clone.push('fix: b', { app: '2' });
    expect(await problemsOf(candidate(clone))).toMatchObject([{ code: 'version-taken' }]);
  });
});

it.each([
  ['dynamic', '[project]\nname = "a"\ndynamic = ["version"]\n'],
  ['missing', '[project]\nname = "a"\n'],
])('a version that is %s is said to be', async (_, text) => {
  const { clone } = await make({ 'pyproject.toml': text });
  await clone.push('feat: a', { app: '1' });
  expect(await problemsOf(candidate(clone))).toMatchObject([
    { code: 'version-missing', where: { file: 'pyproject.toml' } },
  ]);
});

it('a version file that is not there is said to be', async () => {
  const { clone } = await begun();
  expect(await problemsOf(candidate(clone, { versionFiles: ['VERSION'] }))).toMatchObject([
    { code: 'version-missing', where: { file: 'VERSION' } },
  ]);
});

it('dates of commits do not count', async () => {
  const { clone } = await make();
  const commit = async (date: string, message: string) => {
    vi.stubEnv('GIT_COMMITTER_DATE', date);
    vi.stubEnv('GIT_AUTHOR_DATE', date);
    await clone.push(message, { app: message }).finally(() => vi.unstubAllEnvs());
  };
  await commit('2038-01-01T00:00:00Z', 'feat: from the future');
  await clone.git('tag', '-a', 'v0.1.0', '-m', 'Release v0.1.0');
  await clone.git('push', '--quiet', 'origin', 'v0.1.0');
  await commit('1999-01-01T00:00:00Z', 'fix: from the past');
  // A side that is older than everything, by its dates, and holds the version before.
  await clone.git('checkout', '--quiet', '-b', 'side', 'v0.1.0');
  for (let day = 1; day <= 8; day++) {
    vi.stubEnv('GIT_COMMITTER_DATE', `1990-01-0${day}T00:00:00Z`);
    await clone.git('commit', '--quiet', '--allow-empty', '-m', `fix: side ${day}`);
    vi.unstubAllEnvs();
  }
  await clone.git('checkout', '--quiet', 'main');
  await clone.git('merge', '--quiet', '--no-edit', 'side');
  await clone.git('push', '--quiet', 'origin', 'main');
  const { version, plan } = await candidate(clone);
  expect(version).toBe('v0.1.1-rc1');
  const commits = plan.outcome === 'released' ? plan.commits.map(({ subject }) => subject) : [];
  expect(commits.sort()).toEqual(
    ['from the past', ...Array.from({ length: 8 }, (_, at) => `side ${at + 1}`)]
      .map((text) => `fix: ${text}`)
      .sort(),
  );
});

describe('two at once', () => {
  it('make one candidate of the same commit', async () => {
    const { clone, again, git } = await begun();
    const results = await Promise.all([candidate(clone), candidate(await again())]);
    expect(results.map(({ version }) => version)).toEqual(['v0.1.0-rc1', 'v0.1.0-rc1']);
    // Within one second both make the very same objects; otherwise the slower one finds what the other made.
    expect(results.map(({ outcome }) => outcome)).toContain('released');
    expect(new Set(results.map(({ commit }) => commit)).size).toBe(1);
    expect(await git('tag')).toBe('v0.1.0-rc1');
  });

  it('see a tag that was taken meanwhile, and count on', async () => {
    const { clone, again } = await begun();
    const other = await again();
    const at = async (when: string, step: ReleaseStep) => {
      if (when !== 'before' || step !== 'push') return;
      await other.git('checkout', '--quiet', '--detach');
      await other.git('commit', '--quiet', '--allow-empty', '-m', 'chore: elsewhere');
      await other.git('tag', '-a', 'v0.1.0-rc1', '-m', 'taken').catch(() => {});
      await other.git('push', '--quiet', 'origin', 'v0.1.0-rc1');
    };
    const { version } = await makeRelease({ kind: 'candidate' }, settings(), { ...clone, at });
    expect(version).toBe('v0.1.0-rc2');
  });

  it('see that the branch moved on meanwhile', async () => {
    const { clone, again } = await begun();
    const other = await again();
    const at = async (when: string, step: ReleaseStep) => {
      if (when === 'before' && step === 'push') await other.push('fix: newer', { app: '2' });
    };
    const late = await makeRelease({ kind: 'candidate' }, settings(), { ...clone, at });
    expect(late).toMatchObject({ outcome: 'superseded', version: null });
    expect(await candidate(other)).toMatchObject({ outcome: 'released', version: 'v0.1.0-rc1' });
  });
});

describe('a crash', () => {
  const moments = releaseSteps.flatMap((step) => [`before ${step}`, `after ${step}`]);
  // What a step of a promotion leaves behind is what it leaves of a candidate, so fewer moments tell as much.
  const few = ['after commit', 'before push', 'after push', 'after record'];

  it.each([
    ['candidate', 'v0.1.0-rc1', moments],
    ['promotion', 'v0.1.0', few],
  ] as const)('of a %s at any moment is made good by the same call', async (kind, version, when) => {
    const { clone, remote } = await begun();
    if (kind === 'promotion') await candidate(clone);
    for (const moment of when) {
      const copy = `${remote}-${moment.replace(' ', '-')}`;
      cpSync(remote, copy, { recursive: true });
      const refs = await gitIn(copy, 'show-ref');
      const at = (when: string, step: string) => {
        if (`${when} ${step}` === moment) throw new Error('crash');
      };
      const call = (more = {}) => recordRelease({ kind, remote: copy }, settings(), { ...clone, ...more });
      await expect(call({ at })).rejects.toThrow('crash');
      const pushed = ['after push', 'before record', 'after record'].includes(moment);
      if (!pushed) expect(await gitIn(copy, 'show-ref')).toBe(refs);
      const { released } = await call();
      expect(released).toMatchObject({ outcome: pushed ? 'existing' : 'released', version });
      const tags = (await gitIn(copy, 'tag')).split('\n');
      expect(tags.sort()).toEqual(kind === 'candidate' ? [version] : [version, 'v0.1.0-rc1']);
      expect(await gitIn(copy, 'rev-parse', `${version}^{commit}`)).toBe(released.commit);
      expect(await gitIn(copy, 'rev-parse', 'main')).toBe(released.commit);
    }
  });

  it('or Ctrl-C leaves nothing in the temporary folder', async () => {
    const { clone, git, remote } = await begun();
    const temporary = mkdtempSync(join(remote, '../tmp-'));
    vi.stubEnv('TMPDIR', temporary);
    const stop = new AbortController();
    const at = (when: string, step: string) => {
      if (when === 'before' && step === 'push') stop.abort();
    };
    const call = makeRelease({ kind: 'candidate' }, settings(), { ...clone, at, signal: stop.signal });
    const problems = await problemsOf(call).finally(() => vi.unstubAllEnvs());
    expect(problems).toMatchObject([{ code: 'interrupted' }]);
    expect(readdirSync(temporary)).toEqual([]);
    expect(await git('tag')).toBe('');
  });

  it('of the remote after it took the push is no failure', async () => {
    const { clone, hook } = await begun();
    hook('post-update', 'kill -9 $PPID');
    expect(await candidate(clone)).toMatchObject({ version: 'v0.1.0-rc1' });
    expect(await promote(clone)).toMatchObject({ version: 'v0.1.0' });
  });
});

describe('verifyReleaseTag', () => {
  const verify = (clone: Clone, name: string) => verifyReleaseTag(name, {}, settings(), clone);

  it("takes a person's tag in a checkout of the tag alone, as CI services make it", async () => {
    const { clone, again } = await begun();
    const commit = await clone.push('chore: release by hand', { 'pyproject.toml': pyproject('0.1.1') });
    await clone.git('tag', '-a', 'v0.1.1', '-m', 'Release v0.1.1');
    await clone.git('push', '--quiet', 'origin', 'v0.1.1');
    const shallow = await again('--depth=1', '--branch=v0.1.1');
    // The checkout's own tag is a lightweight one.
    await shallow.git('tag', '-f', 'v0.1.1', commit);
    expect(await verify(shallow, 'v0.1.1')).toEqual({ version: 'v0.1.1', commit });
  });

  it('takes what a release made', async () => {
    const { clone } = await begun();
    const { commit } = await candidate(clone);
    expect(await verify(clone, 'v0.1.0-rc1')).toEqual({ version: 'v0.1.0-rc1', commit });
    const message = await readTagMessage('v0.1.0-rc1', {}, settings(), clone);
    expect(message).toMatch(/^Release v0\.1\.0-rc1\n\n## v0\.1\.0-rc1 .*\* a [0-9a-f]{7}$/s);
    expect(await problemsOf(readTagMessage('v0.9.0', {}, settings(), clone))).toMatchObject([
      { code: 'repository-missing' },
    ]);
  });

  it('refuses with all that is wrong', async () => {
    const { clone } = await begun();
    await clone.git('checkout', '--quiet', '-b', 'other');
    await clone.git('commit', '--quiet', '--allow-empty', '-m', 'feat: elsewhere');
    await clone.git('tag', 'v0.3.0');
    await clone.git('push', '--quiet', 'origin', 'v0.3.0');
    expect((await problemsOf(verify(clone, 'v0.3.0'))).map(({ code }) => code)).toEqual([
      'tag-lightweight',
      'commit-elsewhere',
      'version-differs',
    ]);
    expect(await problemsOf(verify(clone, 'v0.9.0'))).toMatchObject([{ code: 'repository-missing' }]);
    expect(await problemsOf(verify(clone, 'v0.9'))).toMatchObject([{ code: 'version-malformed' }]);
  });
});

it('plans on 2,000 commits and 200 tags in less than 5 s', async () => {
  const { clone, remote } = await make();
  const stream = [...history(2005, 10)].join('');
  await run({ file: 'git', args: ['fast-import', '--quiet'], cwd: remote, input: stream });
  await clone.git('fetch', '--quiet', 'origin');
  await clone.git('reset', '--quiet', '--hard', 'origin/main');
  // Others may have the processor for a while: the best of three counts.
  let seconds = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 3 && seconds >= 5; tries += 1) {
    const start = performance.now();
    const plan = await previewRelease({ kind: 'candidate' }, settings(), clone);
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
    expect(plan).toMatchObject({ outcome: 'released', version: 'v0.11.0-rc1', previous: 'v0.10.0' });
  }
  expect(seconds).toBeLessThan(5);
});

/** What `git fast-import` reads: each `every`th commit has a tag, of a candidate and of its stable version in turn. */
function* history(commits: number, every: number): Generator<string> {
  const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const who = (at: number) => `Ada <ada@example.org> ${1_700_000_000 + at * 60} +0000`;
  for (let at = 1; at <= commits; at++) {
    yield `commit refs/heads/main\nmark :${at}\ncommitter ${who(at)}\n`;
    yield data(at % 3 === 0 ? `feat(part): thing ${at}` : `fix: thing ${at}`);
    if (at === 1) yield 'from refs/heads/main^0\n';
    yield `M 100644 inline app\n${data(String(at))}`;
    const number = at / every;
    if (!Number.isInteger(number)) continue;
    const line = Math.ceil(number / 2);
    const name = `v0.${Math.floor(line / 10)}.${line % 10}${number % 2 === 1 ? '-rc1' : ''}`;
    yield `tag ${name}\nfrom :${at}\ntagger ${who(at)}\n${data(`Release ${name}\n`)}`;
  }
}
