import { describe, expect, it, vi } from 'vitest';
import { makeRelease } from './make-release.ts';
import { problemsOf } from './testing/failure-of.ts';
import { type Clone, pyproject, repositoriesForTests, settings } from './testing/repositories.ts';

vi.setConfig({ testTimeout: 120_000 });
const make = repositoriesForTests();

const candidate = (clone: Clone, more = {}) => makeRelease({ kind: 'candidate' }, settings(more), clone);
const promote = (clone: Clone, more = {}) => makeRelease({ kind: 'promotion' }, settings(more), clone);

describe('a line of versions on a real remote', () => {
  it('goes from rc1 to rc12, is promoted, and the next one begins', async () => {
    const { clone, git } = await make();
    const made: (string | null)[] = [];
    for (let number = 1; number <= 12; number++) {
      await clone.push(`fix: number ${number}`, { app: `${number}` });
      const { outcome, version } = await candidate(clone);
      expect(outcome).toBe('released');
      made.push(version);
      await clone.pull();
    }
    expect(made).toEqual(Array.from({ length: 12 }, (_, index) => `v0.1.0-rc${index + 1}`));
    const tested = await git('rev-parse', 'v0.1.0-rc12^{commit}');
    expect(await promote(clone)).toMatchObject({ outcome: 'released', version: 'v0.1.0' });

    // What is released stands on what was tested, and differs in the version and the changelog alone.
    expect(await git('rev-parse', 'v0.1.0^{commit}^')).toBe(tested);
    expect(await git('rev-parse', 'main')).toBe(await git('rev-parse', 'v0.1.0^{commit}'));
    expect(await git('diff', '--name-only', tested, 'main')).toBe('CHANGELOG.md\npyproject.toml');
    expect(`${await git('show', 'main:pyproject.toml')}\n`).toBe(pyproject('0.1.0'));
    expect(`${await git('show', 'v0.1.0-rc12:pyproject.toml')}\n`).toBe(pyproject('0.1.0rc12'));

    const log = await git('show', 'main:CHANGELOG.md');
    expect(log.match(/^## .*/gm)).toEqual([expect.stringMatching(/^## v0\.1\.0 \(/)]);
    expect(log.match(/^\* number \d+ /gm)).toHaveLength(12);
    const tag = await git('cat-file', 'tag', 'v0.1.0');
    expect(tag).toMatch(/^Release v0\.1\.0$/m);
    expect(tag).toContain('* number 12 ');
    expect(await git('for-each-ref', '--format=%(objecttype)', 'refs/tags')).toBe(
      Array(13).fill('tag').join('\n'),
    );
    expect(await git('log', '-1', '--format=%B', 'main')).toBe('chore(release): v0.1.0');

    await clone.pull();
    await clone.push('feat!: another line', { app: 'new' });
    expect(await candidate(clone)).toMatchObject({ outcome: 'released', version: 'v0.2.0-rc1' });
    expect(await git('cat-file', 'tag', 'v0.2.0-rc1')).not.toContain('number 12');
  });

  it.each([
    ['minor', 'v0.2.0-rc1'],
    ['major', 'v1.0.0-rc1'],
  ])('raises %s for a breaking change in 0.x where that is wanted', async (breakingBefore1, version) => {
    const { clone } = await make();
    await clone.git('tag', '-a', 'v0.1.4', '-m', 'Release v0.1.4');
    await clone.git('push', '--quiet', 'origin', 'v0.1.4');
    await clone.push('fix: a\n\nBREAKING CHANGE: all', { app: '1' });
    expect(await candidate(clone, { breakingBefore1 })).toMatchObject({ version });
  });

  it('changes nothing of the checkout, its refs, index or settings', async () => {
    const { clone } = await make();
    await clone.push('feat: a', { app: '1' });
    clone.write('app', 'changed');
    clone.write('new', 'untracked');
    await clone.git('add', 'app');
    const state = async () => [
      await clone.git('status', '--porcelain'),
      await clone.git('show-ref', '--head'),
      await clone.git('count-objects', '-v'),
      clone.read('.git/config'),
    ];
    const before = await state();
    await candidate(clone);
    await promote(clone);
    expect(await state()).toEqual(before);
  });

  it('is made by whom git knows, else by Slipway', async () => {
    const { clone, git } = await make();
    await clone.push('feat: a', { app: '1' });
    vi.stubEnv('GIT_CONFIG_GLOBAL', '/dev/null');
    vi.stubEnv('GIT_CONFIG_NOSYSTEM', '1');
    await candidate(clone);
    await clone.git('config', 'user.name', 'Grace');
    await clone.git('config', 'user.email', 'grace@example.org');
    await promote(clone).finally(() => vi.unstubAllEnvs());
    const taggers = await git(
      'for-each-ref',
      '--format=%(refname:short) %(taggername) %(taggeremail)',
      'refs/tags',
    );
    expect(taggers.split('\n')).toEqual([
      'v0.1.0 Grace <grace@example.org>',
      'v0.1.0-rc1 Slipway <slipway@release.invalid>',
    ]);
    expect(await git('log', '-1', '--format=%an %cn', 'main')).toBe('Grace Grace');
  });

  it('releases without any version file, from 1.0.0 on', async () => {
    const { clone, git } = await make({ readme: 'x' });
    await clone.push('feat: a', { app: '1' });
    const none = { versionFiles: [] };
    expect(await candidate(clone, none)).toMatchObject({ version: 'v1.0.0-rc1' });
    expect(await git('diff', '--name-only', 'main^', 'main')).toBe('CHANGELOG.md');
    expect(await promote(clone, none)).toMatchObject({ version: 'v1.0.0' });
  });

  it('names commit and versions of a workspace below the top of its repository', async () => {
    const { clone, git } = await make({
      'training/pyproject.toml': pyproject('0.3.0'),
      'training/VERSION': '0.3.0\n',
    });
    await clone.push('feat: a', { 'training/app': '1' });
    const request = { kind: 'candidate' } as const;
    const more = settings({ versionFiles: ['pyproject.toml', 'VERSION'] });
    await makeRelease(request, more, { root: `${clone.root}/training` });
    expect(await git('show', 'main:training/VERSION')).toBe('0.3.0rc1');
    expect(await git('show', '--stat', '--format=%s', 'main')).toMatch(
      /^chore\(release\): v0\.3\.0-rc1.*training\/CHANGELOG\.md.*training\/VERSION.*training\/pyproject\.toml/s,
    );
  });

  it('keeps its line when a commit is reverted after a candidate', async () => {
    const { clone } = await make();
    await clone.push('feat: a', { app: '1' });
    await candidate(clone);
    await promote(clone);
    await clone.pull();
    const feature = await clone.push('feat: b', { app: '2' });
    expect(await candidate(clone)).toMatchObject({ version: 'v0.2.0-rc1' });
    await clone.pull();
    await clone.push(`revert: feat: b\n\nThis reverts commit ${feature}.`, { app: '1' });
    expect(await candidate(clone)).toMatchObject({ version: 'v0.2.0-rc2' });
    expect(await promote(clone)).toMatchObject({ outcome: 'released', version: 'v0.2.0' });
  });
});

describe('promotion', () => {
  it('merges the release where the branch has moved on, and leaves what came later', async () => {
    const { clone, git } = await make();
    await clone.push('feat: a', { app: '1' });
    await candidate(clone);
    await clone.pull();
    const later = pyproject('0.1.0rc1').replace('name', 'readme = "x"\nname');
    const moved = await clone.push('docs: c', { 'pyproject.toml': later, readme: 'c' });
    const { commit } = await promote(clone);
    expect(await git('rev-parse', 'v0.1.0^{commit}')).toBe(commit);
    expect(await git('log', '-1', '--format=%P', 'main')).toBe(`${moved} ${commit}`);
    expect(await git('log', '-1', '--format=%B', 'main')).toBe('chore(release): merge v0.1.0');
    expect(`${await git('show', 'main:pyproject.toml')}\n`).toBe(later.replace('0.1.0rc1', '0.1.0'));
    expect(await git('show', 'main:CHANGELOG.md')).toBe(await git('show', 'v0.1.0:CHANGELOG.md'));
    expect(await git('diff', '--name-only', 'v0.1.0', 'main')).toBe('pyproject.toml\nreadme');
    // The merge is what git itself would make of the two.
    await clone.git('fetch', '--quiet', '--tags', 'origin');
    await clone.git('checkout', '--quiet', '--detach', moved);
    await clone.git('merge', '--quiet', '--no-edit', 'v0.1.0');
    expect(await clone.git('rev-parse', 'HEAD^{tree}')).toBe(await git('rev-parse', 'main^{tree}'));
    // And nothing of it is a reason to release again.
    await clone.git('checkout', '--quiet', 'main');
    await clone.pull();
    expect(await candidate(clone)).toMatchObject({ outcome: 'nothing', version: 'v0.1.0' });
    await clone.push('fix: d', { app: '2' });
    expect(await candidate(clone)).toMatchObject({ outcome: 'released', version: 'v0.1.1-rc1' });
  });

  it('is refused with the commits that came after the candidate', async () => {
    const { clone, git } = await make();
    await clone.push('feat: a', { app: '1' });
    await candidate(clone);
    await clone.pull();
    const fix = await clone.push('fix(io): b', { app: '2' });
    await clone.push('docs: c', { readme: 'c' });
    const before = await git('show-ref');
    const [problem] = await problemsOf(promote(clone));
    expect(problem).toMatchObject({ code: 'promotion-refused' });
    expect(problem?.message).toContain(`${fix.slice(0, 10)} fix(io): b`);
    expect(problem?.message).not.toContain('docs: c');
    expect(await git('show-ref')).toBe(before);
  });

  it('is refused where the version was changed after the candidate', async () => {
    const { clone } = await make();
    await clone.push('feat: a', { app: '1' });
    await candidate(clone);
    await clone.pull();
    await clone.push('chore: by hand', { 'pyproject.toml': pyproject('0.5.0') });
    expect(await problemsOf(promote(clone))).toMatchObject([
      { code: 'promotion-refused', where: { file: 'pyproject.toml' } },
    ]);
  });

  it('has nothing to do without a candidate, and says what is there when it is called again', async () => {
    const { clone } = await make();
    expect(await promote(clone)).toMatchObject({ outcome: 'nothing', version: null });
    await clone.push('feat: a', { app: '1' });
    await candidate(clone);
    const { commit } = await promote(clone);
    expect(await promote(clone)).toMatchObject({ outcome: 'existing', version: 'v0.1.0', commit });
  });
});
