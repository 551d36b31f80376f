import { parseVersion } from '@slipway/contract';
import { describe, expect, it, vi } from 'vitest';
import { analyseCommits, askSemanticRelease } from './semantic-release.ts';
import { repositoriesForTests } from './testing/repositories.ts';

vi.setConfig({ testTimeout: 60_000 });
const make = repositoriesForTests();

describe('askSemanticRelease', () => {
  it.each([
    ['https://github.com/a/b.git', 'https://github.com/a/b'],
    ['git@github.com:a/b.git', 'https://github.com/a/b'],
  ])('spells versions as ours in headings and links of %s', async (link, base) => {
    const { clone } = await make();
    await clone.git('tag', 'v0.1.1-rc.6');
    await clone.git('checkout', '--quiet', '-b', 'rc');
    const hash = await clone.push('fix: what #7 tells', { app: '1' });
    const answer = await askSemanticRelease({
      repository: clone.root,
      stable: null,
      facts: { taken: [parseVersion('v0.1.1-rc6')], first: null, begun: true },
      breaking: 'minor',
      link,
      commits: [hash],
    });
    expect(answer).toMatchObject({ last: 'v0.1.1-rc.6', type: 'patch', version: parseVersion('v0.1.1-rc7') });
    expect(answer.notes).toContain(`## [v0.1.1-rc7](${base}/compare/v0.1.1-rc6...v0.1.1-rc7) (`);
    expect(answer.notes).toContain(
      `[#7](${base}/issues/7) tells ([${hash.slice(0, 7)}](${base}/commit/${hash}))`,
    );
    expect(answer.notes).not.toContain('rc.');
  });
});

it('analyseCommits takes each commit for itself, and all together', async () => {
  const { clone } = await make();
  const messages = [
    'Revert "feat: a"\n\nThis reverts commit aaaaaaa.',
    'feat: a',
    'fix!: b',
    'docs: c',
    'Merge branch',
    '',
  ].map((message, at) => ({ hash: at === 1 ? 'a'.repeat(40) : String(at).repeat(40), message }));
  const { type, commits } = await analyseCommits({ breaking: 'minor', messages }, clone.root);
  expect(type).toBe('minor');
  expect(commits.map((commit) => commit.type)).toEqual(['patch', 'minor', 'minor', null, null, null]);
  const major = await analyseCommits({ breaking: 'major', messages }, clone.root);
  expect(major.commits.map((commit) => commit.type)).toEqual(['patch', 'minor', 'major', null, null, null]);
});
