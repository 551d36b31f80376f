import type { GitTag } from '@slipway/contract';
import { parseVersion } from '@slipway/contract';
import { describe, expect, it } from 'vitest';
import { describePlan } from './describe-release.ts';
import type { InRegistry } from './in-registry.ts';
import { planRelease } from './plan-release.ts';
import type { CandidateFacts, PromotionFacts } from './release-facts.ts';

const id = (name: string) => name.padEnd(40, '0');
const tag = (name: string, commit: string, parents: string[] = []): GitTag => ({
  name,
  object: id(`t${commit}`),
  annotated: true,
  message: `Release ${name}\n`,
  commit: id(commit),
  parents: parents.map(id),
});
const file = (path: string, text: string) => ({ path, file: { path, mode: '100644', text } });
const files = (version: string) => ({
  versions: [file('pyproject.toml', `[project]\nversion = "${version}"\n`)],
  changelog: { path: 'CHANGELOG.md', file: null },
});
const answer = (version: string) => ({
  last: 'v0.1.0',
  type: 'minor' as const,
  version: parseVersion(version),
  notes: `## ${version}\n\n* it`,
  commits: [
    { hash: id('c'), subject: 'feat: it', type: 'minor' as const },
    { hash: id('b'), subject: 'docs: it', type: null },
  ],
});
const common = {
  branch: 'main',
  remote: 'origin',
  head: id('c'),
  tags: [tag('v0.1.0', 'a')],
  localTags: {},
  identity: 'Ada <ada@example.org>',
  at: '2026-11-25T18:00:00.000Z',
};
const nothing: InRegistry = { published: 'no', commit: null, yank: null };
const candidate = (more: Partial<CandidateFacts> = {}): CandidateFacts => ({
  ...common,
  kind: 'candidate',
  commit: id('c'),
  onBranch: true,
  merged: ['v0.1.0'],
  beyond: [],
  later: [],
  found: {
    answer: answer('v0.2.0-rc1'),
    files: files('0.1.0'),
    inRegistry: { candidate: nothing, stable: nothing },
  },
  ...more,
});
const promotion = (more: Partial<PromotionFacts> = {}): PromotionFacts => ({
  ...common,
  kind: 'promotion',
  head: id('d'),
  tags: [tag('v0.1.0', 'a'), tag('v0.2.0-rc1', 'd', ['c'])],
  merged: ['v0.1.0', 'v0.2.0-rc1'],
  found: {
    answer: answer('v0.2.0'),
    files: files('0.2.0rc1'),
    headFiles: files('0.2.0rc1'),
    after: { type: null, commits: [] },
    inRegistry: { candidate: nothing, stable: nothing },
  },
  ...more,
});

const published: InRegistry = { ...nothing, published: 'yes' };
const known = <T extends CandidateFacts | PromotionFacts>(
  facts: T,
  inRegistry: { candidate: InRegistry; stable: InRegistry },
): T => ({ ...facts, found: { ...facts.found, inRegistry } });

describe('planRelease', () => {
  it('is complete for a candidate', () => {
    expect(planRelease(candidate())).toEqual({
      kind: 'candidate',
      outcome: 'released',
      version: 'v0.2.0-rc1',
      previous: 'v0.1.0',
      why: '1 commit to release (minor) since v0.1.0',
      notes: [],
      commits: [{ hash: id('c'), subject: 'feat: it', type: 'minor' }],
      branch: 'main',
      remote: 'origin',
      identity: 'Ada <ada@example.org>',
      at: '2026-11-25T18:00:00.000Z',
      head: id('c'),
      create: [
        {
          message: 'chore(release): v0.2.0-rc1\n',
          parents: [id('c')],
          base: id('c'),
          files: [
            {
              path: 'pyproject.toml',
              mode: '100644',
              before: '[project]\nversion = "0.1.0"\n',
              after: '[project]\nversion = "0.2.0rc1"\n',
            },
            {
              path: 'CHANGELOG.md',
              mode: '100644',
              before: null,
              after: '# Changelog\n\n## v0.2.0-rc1\n\n* it\n',
            },
          ],
        },
      ],
      tag: { name: 'v0.2.0-rc1', message: 'Release v0.2.0-rc1\n\n## v0.2.0-rc1\n\n* it\n' },
    });
  });

  it('puts a promoted version on its candidate, and merges it where the branch is elsewhere', () => {
    const here = planRelease(promotion());
    expect(here).toMatchObject({ version: 'v0.2.0', previous: 'v0.1.0', create: [{ parents: [id('d')] }] });
    const moved = planRelease(promotion({ head: id('e') }));
    expect(moved).toMatchObject({
      create: [
        { parents: [id('d')], base: id('d'), message: 'chore(release): v0.2.0\n' },
        { parents: [id('e'), '@release'], base: id('e'), message: 'chore(release): merge v0.2.0\n' },
      ],
    });
  });

  it.each([
    [
      'nothing',
      candidate({
        found: { answer: { ...answer('v9.9.9'), version: null }, files: files('0.1.0'), inRegistry: null },
      }),
      'v0.1.0',
    ],
    ['superseded', candidate({ head: id('f'), found: null }), 'v0.1.0'],
    [
      'existing',
      candidate({
        head: id('f'),
        tags: [tag('v0.1.0', 'a'), tag('v0.2.0-rc1', 'd', ['c'])],
        beyond: ['v0.2.0-rc1'],
        found: null,
      }),
      'v0.2.0-rc1',
    ],
    ['nothing', promotion({ tags: [], merged: [], found: null }), null],
    [
      'existing',
      promotion({
        tags: [tag('v0.2.0-rc1', 'd', ['c']), tag('v0.2.0', 'e', ['d'])],
        merged: ['v0.2.0-rc1', 'v0.2.0'],
        found: null,
      }),
      'v0.2.0',
    ],
    ['nothing', promotion({ tags: [tag('v0.3.0', 'e', ['x'])], merged: ['v0.3.0'], found: null }), 'v0.3.0'],
  ] as const)('%s', (outcome, facts, version) => {
    expect(planRelease(facts)).toMatchObject({ outcome, version });
  });

  it.each([
    ['commit-elsewhere', candidate({ onBranch: false })],
    ['version-taken', candidate({ tags: [tag('v0.1.0', 'a'), tag('v0.2.0', 'x')] })],
    ['version-taken', promotion({ tags: [...promotion().tags, tag('v0.2.0', 'x')] })],
    [
      'promotion-refused',
      promotion({ found: { ...(promotion().found as never as object), after: answer('v0.3.0') } as never }),
    ],
    [
      'promotion-refused',
      known(promotion(), {
        candidate: { ...published, yank: { reason: 'it diverges', at: '2026-11-25T18:00:00Z' } },
        stable: nothing,
      }),
    ],
    ['version-taken', known(promotion(), { candidate: published, stable: published })],
    ['version-taken', known(candidate(), { candidate: nothing, stable: published })],
    ['version-taken', known(candidate(), { candidate: published, stable: nothing })],
  ] as const)('refused: %s', (code, facts) => {
    expect(() => planRelease(facts)).toThrow(`error[${code}]`);
  });

  it.each([candidate(), promotion()])('goes on without the registry, and says so', (facts) => {
    const unasked = { unasked: 'the registry x does not answer' };
    expect(planRelease(known(facts, { candidate: nothing, stable: unasked }))).toMatchObject({
      outcome: 'released',
      notes: ['what is published already, or yanked, is not known: the registry x does not answer'],
    });
  });

  it('goes by no repository that this machine alone publishes into', () => {
    const here = { ...nothing, published: 'here' as const };
    expect(planRelease(known(candidate(), { candidate: here, stable: here }))).toMatchObject({
      outcome: 'released',
      notes: [expect.stringContaining('a repository of its own')],
    });
  });

  it('is described with version, why, notes and changes', async () => {
    const text = await describePlan(planRelease(candidate({ localTags: { 'v7.0.0': id('x') } })));
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        'candidate: v0.2.0-rc1 on main of origin',
        'why: 1 commit to release (minor) since v0.1.0',
        expect.stringMatching(/^note: tag v7\.0\.0 is only in this repository/),
        'Release v0.2.0-rc1',
        '-version = "0.1.0"',
        '+version = "0.2.0rc1"',
        '--- /dev/null',
        '+++ b/CHANGELOG.md',
      ]),
    );
  });
});
