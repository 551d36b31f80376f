import { Failure, type GitTag } from '@slipway/contract';
import { describe, expect, it } from 'vitest';
import { checkReleaseTag, type ReleaseTagFacts } from './check-release-tag.ts';

const commit = 'c'.repeat(40);
const tag: GitTag = {
  name: 'v0.1.1-rc7',
  object: 'a'.repeat(40),
  annotated: true,
  message: 'Release v0.1.1-rc7\n',
  commit,
  parents: [],
};
const pyproject = (version: string) => ({
  path: 'pyproject.toml',
  file: { path: 'pyproject.toml', mode: '100644', text: `[project]\n${version}\n` },
});
const facts = (more: Partial<ReleaseTagFacts> = {}): ReleaseTagFacts => ({
  remote: 'origin',
  branch: 'main',
  tag,
  onBranch: true,
  files: [pyproject('version = "0.1.1rc7"')],
  ...more,
});

describe('checkReleaseTag', () => {
  it.each([
    ['as PEP 440 has it', facts()],
    ['in another of its spellings', facts({ files: [pyproject('version = "0.1.1-rc.7"')] })],
    ['with no file that states a version', facts({ files: [] })],
  ])('takes a version %s', (_, given) => {
    expect(checkReleaseTag('v0.1.1-rc7', given)).toEqual({ version: 'v0.1.1-rc7', commit });
  });

  it.each([
    [
      'tag-lightweight',
      { tag: { ...tag, annotated: false, object: commit } },
      `git tag -a v0.1.1-rc7 -m "Release v0.1.1-rc7" ${commit}`,
    ],
    ['commit-elsewhere', { onBranch: false }, 'git merge v0.1.1-rc7'],
    ['version-differs', { files: [pyproject('version = "0.1.1"')] }, 'write 0.1.1rc7 there'],
    ['version-differs', { files: [pyproject('version = "nightly"')] }, 'write 0.1.1rc7 there'],
    ['version-missing', { files: [pyproject('dynamic = ["version"]')] }, 'release.version_files'],
    ['version-missing', { files: [{ path: 'VERSION', file: null }] }, 'release.version_files'],
    ['repository-missing', { tag: null }, 'git push origin v0.1.1-rc7'],
    ['repository-missing', { tag: { ...tag, commit: null } }, 'git push origin v0.1.1-rc7'],
  ] as const)('%s', (code, more, remedy) => {
    expect.assertions(2);
    try {
      checkReleaseTag('v0.1.1-rc7', facts(more));
    } catch (error) {
      const { problems } = error as Failure;
      expect(problems.map((problem) => problem.code)).toEqual([code]);
      expect(problems[0]?.remedy).toContain(remedy);
    }
  });

  it('tells all at once', () => {
    const wrong = facts({
      tag: { ...tag, annotated: false },
      onBranch: false,
      files: [pyproject('version = "1"')],
    });
    expect(() => checkReleaseTag('v0.1.1-rc7', wrong)).toThrow(
      /tag-lightweight.*commit-elsewhere.*version-differs/s,
    );
  });

  it('wants the name of a version', () => {
    expect(() => checkReleaseTag('v0.1', facts())).toThrow(Failure);
  });
});
