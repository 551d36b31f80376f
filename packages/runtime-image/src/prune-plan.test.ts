import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Held, HeldRepository } from './prune-facts.ts';
import { planPrune } from './prune-plan.ts';
import { isOurs, notesTag, ourTags, tagRole, usedTag } from './prune-tags.ts';

const [base, runtime] = ['registry/base', 'registry/runtime'];
const day = 86_400_000;
const now = new Date('2026-06-01T00:00:00Z');
const ago = (days: number) => new Date(now.getTime() - days * day).toISOString();
const policy = { now, olderThanMs: 14 * day, keep: 0, candidates: false };
const hex = (number: number) => number.toString(16).padStart(12, '0');

const ours = ourTags([
  { name: 'cpu', tag: 'cpu' },
  { name: 'ampere', tag: 'ampere-cu126' },
]);

/** One manifest to lay into a repository. */
interface Laid {
  digest: string;
  tags: string[];
  layers?: Record<string, number>;
  base?: string;
  /** Of a release manifest. */
  release?: { digests: string[]; keyTags: string[] };
  /** Of build facts. */
  facts?: { digests: string[]; application: string };
  /** Of build facts: how many days ago they were written. */
  created?: number;
  /** Manifests that it names, of an index. */
  names?: string[];
  /** Days for which nothing has referred to it, as was noted; absent: it was not. */
  idle?: number;
}

function repository(name: string, laid: readonly Laid[]): HeldRepository {
  const held: HeldRepository = {
    repository: name,
    roles: {},
    tags: {},
    manifests: {},
    releases: {},
    facts: {},
    created: {},
    notes: {},
    notedAt: null,
  };
  for (const { digest, tags, layers = {}, base = null, release, facts, idle, created, names = [] } of laid) {
    held.manifests[digest] = { blobs: { ...layers, [digest]: 1 }, names, base };
    if (idle !== undefined) held.notes[digest] = ago(idle);
    for (const tag of tags) {
      const role = tagRole(tag, ours);
      held.tags[tag] = digest;
      held.roles[tag] = role;
      if (role.role === 'release' && release) held.releases[role.version] = release;
      if (role.role === 'facts' && facts) held.facts[role.keyTag] = facts;
      if (role.role === 'facts' && created !== undefined) held.created[role.keyTag] = ago(created);
    }
  }
  return held;
}
const held = (bases: readonly Laid[], runtimes: readonly Laid[], named: string[] = []): Held => ({
  repositories: [repository(base, bases), repository(runtime, runtimes)],
  named,
});
const goes = (what: Held, given: Partial<typeof policy> = {}) =>
  planPrune(what, { ...policy, ...given }).deletions.map(({ tags }) => tags.join(' '));

test.each([
  ['cpu', 'moving'],
  ['cpu-edge', 'moving'],
  ['cpu-rc', 'moving'],
  ['cpu-latest', 'moving'],
  ['v1.2.3', 'release'],
  ['v1.2.3-rc4', 'release'],
  ['v1.2.3-rc4.yank', 'yank'],
  ['cpu-v1.2.3-rc4', 'version'],
  ['ampere-cu126-v1.2.3', 'version'],
  [`cpu-${hex(7)}`, 'key'],
  [`cpu-${hex(7)}.build`, 'facts'],
  ['cpu.unproven', 'unproven'],
  [`application-${hex(7)}`, 'application'],
  [`tools-${hex(7)}`, 'tools'],
  [`wheel-flash-attn-${hex(7)}`, 'wheel'],
  [`sha256-${'a'.repeat(64)}.sig`, 'attached'],
  [notesTag, 'notes'],
  ['dev', 'moving'],
  ['dev-ampere', 'moving'],
  [`dev-ampere-${hex(7)}`, 'key'],
  ['cpu.deprecated', 'deprecation'],
  [usedTag(`cpu-${hex(7)}`, 'registry/elsewhere'), 'used'],
  ['theirs', 'foreign'],
  ['vintage', 'foreign'],
  ['cpu-v1.2', 'foreign'],
])('%s is read as %s', (tag, role) => {
  expect(tagRole(tag, ours).role).toBe(role);
});

test.each([
  ['nvidia-v100-v1.2.3-rc4', { role: 'version', version: 'v1.2.3-rc4', series: 'nvidia-v100' }],
  ['nvidia-v100-v1.2.3', { role: 'version', version: 'v1.2.3', series: 'nvidia-v100' }],
  ['nvidia-v100-v1.2.3.smoked', { role: 'version', version: 'v1.2.3', series: 'nvidia-v100' }],
])('the version of %s is what stands last', (tag, role) => {
  expect(tagRole(tag, ours)).toEqual(role);
});

describe('whose a tag is', () => {
  const key = { 'io.slipway.build.key': `${hex(7)}99`, 'io.slipway.build.key-tag': `old-${hex(7)}` };
  const facts = 'application/vnd.slipway.build.v1+json';
  it.each<[string, Partial<Parameters<typeof isOurs>[3]>, boolean]>([
    [`cpu-${hex(7)}`, {}, true],
    [`ampere-${hex(7)}`, {}, true],
    [`ampere-cu126-${hex(7)}`, {}, true],
    [`dev-ampere-${hex(7)}`, {}, true],
    ['deploy-20261125aaaa', {}, false],
    [`main-${hex(7)}`, {}, false],
    // Someone's own tag at an image of ours.
    ['deploy-20261125aaaa', { labels: key }, false],
    [`main-${hex(7)}`, { labels: key }, false],
    // Of an architecture that the definition has no more.
    [`old-${hex(7)}`, { labels: key }, true],
    [`old-${hex(7)}`, { hasFacts: true }, true],
    [`main-${hex(7)}.build`, { type: 'application/vnd.theirs' }, false],
    [`old-${hex(7)}.build`, { type: facts }, true],
    [`tools-${hex(7)}`, {}, false],
    [`tools-${hex(7)}`, { labels: { 'io.slipway.kind': 'tools' } }, true],
    [`application-${hex(7)}`, { labels: { 'io.slipway.kind': 'tools' } }, false],
    ['nightly-v1.2.3-rc1', { labels: { 'io.slipway.architecture': 'cpu' } }, false],
    ['old-v1.2.3-rc1', { labels: { 'io.slipway.architecture': 'old' } }, true],
    ['cpu-v1.2.3-rc1', {}, true],
    ['theirs.unproven', {}, false],
    ['cpu.unproven', {}, true],
    ['v1.2.3', {}, false],
    ['v1.2.3', { type: 'application/vnd.slipway.release.v1+json' }, true],
    ['v1.2.3.yank', {}, false],
    ['v1.2.3.yank', { type: 'application/vnd.slipway.yank.v1+json' }, true],
    ['cpu.deprecated', {}, false],
    ['cpu.deprecated', { type: 'application/vnd.slipway.deprecation.v1+json' }, true],
  ])('%s with %j: ours is %s', (tag, proof, is) => {
    expect(isOurs(tag, tagRole(tag, ours), ours, { labels: {}, type: null, hasFacts: false, ...proof })).toBe(
      is,
    );
  });
});

const image = (digest: string, key: number, more: string[] = [], rest: Partial<Laid> = {}): Laid => ({
  digest,
  tags: [`cpu-${hex(key)}`, ...more],
  ...rest,
});

describe('an image that nothing refers to', () => {
  const old = held([], [image('a', 1, [], { idle: 20, layers: { x: 100, y: 5 } })]);
  it('goes when it was so for long enough, with its bytes', () => {
    expect(planPrune(old, policy)).toMatchObject({
      deletions: [{ repository: runtime, digest: 'a', tags: [`cpu-${hex(1)}`], since: ago(20), bytes: 106 }],
      freedBytes: 106,
      kept: { live: 0, young: 0, newest: 0 },
    });
  });
  it('stays when it was not, or was never seen so, and is noted', () => {
    expect(goes(held([], [image('a', 1, [], { idle: 13 })]))).toEqual([]);
    const fresh = planPrune(held([], [image('a', 1)]), policy);
    expect(fresh.deletions).toEqual([]);
    expect(fresh.notes).toEqual({ [base]: {}, [runtime]: { a: now.toISOString() } });
  });
  it('stays as one of the newest of its architecture', () => {
    const three = held(
      [],
      [image('a', 1, [], { idle: 20 }), image('b', 2, [], { idle: 30 }), image('c', 3, [], { idle: 40 })],
    );
    expect(goes(three, { keep: 2 })).toEqual([`cpu-${hex(3)}`]);
  });
  it('frees no byte that another image has', () => {
    const shared = held(
      [],
      [
        image('a', 1, [], { idle: 20, layers: { x: 100, y: 5 } }),
        image('b', 2, ['cpu-edge'], { layers: { x: 100 } }),
      ],
    );
    expect(planPrune(shared, policy)).toMatchObject({ freedBytes: 6, deletions: [{ bytes: 6 }] });
  });
  it('frees what two that both go have in common once', () => {
    const both = held(
      [],
      [
        image('a', 1, [], { idle: 20, layers: { x: 100 } }),
        image('b', 2, [], { idle: 20, layers: { x: 100 } }),
      ],
    );
    expect(planPrune(both, policy)).toMatchObject({
      freedBytes: 102,
      deletions: [{ bytes: 1 }, { bytes: 1 }],
    });
  });
});

describe('stays, however old', () => {
  test.each([
    ['a version tag', image('a', 1, ['cpu-v0.1.0'])],
    ['latest', image('a', 1, ['cpu-latest'])],
    ['rc', image('a', 1, ['cpu-rc'])],
    ['edge', image('a', 1, ['cpu-edge'])],
    ['a tag of somebody else', image('a', 1, ['theirs'])],
    ['a kept wheel', { digest: 'a', tags: [`wheel-flash-attn-${hex(1)}`] }],
  ])('what has %s', (_, laid) => {
    expect(goes(held([], [{ ...laid, idle: 999 }]), { candidates: true })).toEqual([]);
  });

  it('what a release manifest refers to, with its base, though no version tag is there', () => {
    const release = { digests: ['a', 'b'], keyTags: [`cpu-${hex(1)}`] };
    const what = held(
      [image('b', 9, [], { idle: 99 })],
      [image('a', 1, [], { idle: 99 }), { digest: 'm', tags: ['v0.1.0'], release }],
    );
    expect(goes(what)).toEqual([]);
  });

  it('what a used image was made from: base, tools, application image, build facts', () => {
    const facts = { digests: ['b', 't'], application: `application-${hex(5)}` };
    const what = held(
      [
        image('b', 9, [], { idle: 99 }),
        { digest: 't', tags: [`tools-${hex(4)}`], idle: 99 },
        { digest: 'f', tags: [`cpu-${hex(9)}.build`], idle: 99 },
      ],
      [
        image('a', 1, ['cpu-edge'], { base: 'b' }),
        { digest: 'p', tags: [`application-${hex(5)}`], idle: 99 },
        { digest: 'q', tags: [`cpu-${hex(1)}.build`], idle: 99, facts },
        { digest: 'o', tags: [`application-${hex(6)}`], idle: 99 },
      ],
    );
    expect(goes(what)).toEqual([`application-${hex(6)}`]);
  });

  it('every application and tools image while a used image does not say which one is its own', () => {
    const what = held(
      [{ digest: 't', tags: [`tools-${hex(4)}`], idle: 99 }],
      [
        image('a', 1, ['cpu-v0.1.0'], { base: 'b' }),
        { digest: 'o', tags: [`application-${hex(6)}`], idle: 99 },
      ],
    );
    expect(goes(what)).toEqual([]);
  });

  it("what today's definition would build with", () => {
    const tools = { digest: 't', tags: [`tools-${hex(4)}`], idle: 99 };
    expect(goes(held([tools], [], [`${base}:tools-${hex(4)}`]))).toEqual([]);
    expect(goes(held([tools], []))).toEqual([`tools-${hex(4)}`]);
  });

  it('the signature of a used image; that of another goes with it', () => {
    const signed = (digest: string) => ({ digest: `s${digest}`, tags: [`sha256-${digest}.sig`], idle: 99 });
    const [used, left] = ['a'.repeat(64), 'b'.repeat(64)];
    const what = held(
      [],
      [
        image(`sha256:${used}`, 1, ['cpu-edge']),
        signed(used),
        image(`sha256:${left}`, 2, [], { idle: 99 }),
        signed(left),
      ],
    );
    expect(goes(what)).toEqual([`cpu-${hex(2)}`, `sha256-${left}.sig`]);
  });

  it('a base that versions in a repository stand on which is not looked at', () => {
    const usedBy = (repository: string) =>
      held([image('b', 9, [usedTag(`cpu-${hex(9)}`, repository)], { idle: 99 })], []);
    expect(goes(usedBy('registry/renamed-since'))).toEqual([]);
    // Its release manifests decide.
    expect(goes(usedBy(runtime))).toHaveLength(1);
  });

  it('what an image that stays for now was made from', () => {
    const what = held([image('b', 9, [], { idle: 99 })], [image('a', 1, [], { idle: 2, base: 'b' })]);
    expect(goes(what)).toEqual([]);
  });
});

describe('what was never noted', () => {
  /** An image with its build facts, which were written so many days ago. */
  const built = (digest: string, key: number, days: number, more: string[] = []): Laid[] => [
    image(digest, key, more, { base: 'b' }),
    {
      digest: `${digest}f`,
      tags: [`cpu-${hex(key)}.build`],
      created: days,
      facts: { digests: ['b'], application: `application-${hex(key)}` },
    },
    { digest: `${digest}a`, tags: [`application-${hex(key)}`], layers: { [`${digest}l`]: 100 } },
  ];
  const two = [...built('a', 1, 40), ...built('c', 2, 20)];

  it('is as old as the next image of its architecture, with what it was made from', () => {
    const current = built('e', 3, 2, ['cpu-edge']);
    expect(goes(held([], [...two, ...current]))).toEqual([
      `cpu-${hex(1)}`,
      `cpu-${hex(1)}.build`,
      `application-${hex(1)}`,
    ]);
    const plan = planPrune(held([], [...two, ...current]), policy);
    expect(plan.notes[runtime]).toMatchObject({
      a: ago(20),
      af: ago(20),
      aa: ago(20),
      c: ago(2),
      ca: ago(2),
    });
    expect(plan.freedBytes).toBe(103);
    expect(plan.later).toEqual({ count: 3, bytes: 103 });
  });
  it('and no older than what was made from it', () => {
    const base = { digest: 'b', tags: [`cpu-${hex(9)}`] };
    const facts = { digest: 'bf', tags: [`cpu-${hex(9)}.build`], created: 90 };
    const plan = planPrune(held([base, facts], two), policy);
    expect(plan.notes['registry/base']).toMatchObject({ b: ago(20) });
    // Nobody knows until when this one was used.
    const unknown = image('x', 7, [], { base: 'b' });
    expect(planPrune(held([base, facts], [...two, unknown]), policy).notes['registry/base']).toMatchObject({
      b: now.toISOString(),
    });
  });
  it('is no older than the notes that say nothing of it: something referred to it then', () => {
    const noted = (notedAt: string | null, notes: Record<string, string>) => {
      const what = held([], two);
      const [bases, runtimes] = what.repositories as [HeldRepository, HeldRepository];
      return planPrune({ ...what, repositories: [bases, { ...runtimes, notedAt, notes }] }, policy).notes[
        runtime
      ];
    };
    expect(noted(ago(3), { c: ago(5) })).toMatchObject({ a: ago(3), c: ago(5) });
    expect(noted(null, { c: ago(5) })).toMatchObject({ a: now.toISOString(), c: ago(5) });
  });
  it('counts anew when it was used again, of which its build facts tell by their date', () => {
    // Made 60 days ago, and gone back to when the next one was there for a while.
    const again = [...built('a', 1, 30), ...built('c', 2, 59), ...built('e', 3, 1, ['cpu-edge'])];
    const plan = planPrune(held([], again), policy);
    expect(plan.notes[runtime]).toMatchObject({ a: ago(1), c: ago(30) });
    // As it was noted before it was used again.
    const noted = repository(runtime, again);
    Object.assign(noted, { notes: { a: ago(59) }, notedAt: ago(58) });
    const later = planPrune({ repositories: [noted], named: [] }, policy);
    expect(later.notes[runtime]).toMatchObject({ a: ago(1), c: ago(30) });
  });
  it('of a candidate it is not known how long it has been one', () => {
    const candidate = built('a', 1, 60, ['cpu-v0.2.0-rc1']);
    const stable = { digest: 'ms', tags: ['v0.2.0'], release: { digests: [], keyTags: [] } };
    const what = held([], [...candidate, ...built('c', 2, 50, ['cpu-edge']), stable]);
    expect(goes(what, { candidates: true })).toEqual([]);
    expect(planPrune(what, policy).notes[runtime]).toMatchObject({ a: now.toISOString() });
  });
  it('begins to count now where nothing tells, or a clock went wrong', () => {
    expect(goes(held([], [image('a', 1)]))).toEqual([]);
    const ahead = planPrune(held([], built('a', 1, -9)), policy);
    expect(ahead.notes[runtime]?.a).toBe(now.toISOString());
  });
  it('is what is being built with: build facts are there before their image', () => {
    const begun = {
      digest: 'n',
      tags: [`cpu-${hex(5)}.build`],
      created: 0,
      facts: { digests: ['b'], application: `application-${hex(6)}` },
    };
    const found = { digest: 'p', tags: [`application-${hex(6)}`], idle: 99 };
    expect(goes(held([image('b', 9, [], { idle: 99 })], [begun, found]))).toEqual([]);
  });
});

describe('what an index names', () => {
  it('stays with it, however deep, though no tag leads to what lies between', () => {
    const what = held(
      [],
      [
        { digest: 'i', tags: ['nested'], names: ['j'] },
        { digest: 'j', tags: [], names: ['k'] },
        { digest: 'k', tags: [], names: ['a'] },
        image('a', 4, [], { idle: 99 }),
      ],
    );
    expect(goes(what)).toEqual([]);
    expect(planPrune(what, policy).kept).toEqual({ live: 2, young: 0, newest: 0 });
  });
});

describe('a candidate', () => {
  const candidate = (rc: number, digest: string, idle = 99): Laid[] => [
    image(digest, rc, [`cpu-v0.2.0-rc${rc}`], { idle, base: 'b' }),
    {
      digest: `m${digest}`,
      tags: [`v0.2.0-rc${rc}`],
      idle,
      release: { digests: [digest, 'b'], keyTags: [`cpu-${hex(rc)}`] },
    },
  ];
  const stable: Laid[] = [
    { digest: 'ms', tags: ['v0.2.0'], release: { digests: ['s'], keyTags: [] } },
    image('s', 90, ['cpu-v0.2.0', 'cpu-latest']),
  ];
  const two = [...candidate(1, 'c'), ...candidate(2, 'd')];

  it('is never touched unless it is asked for, nor before its stable version is there and good', () => {
    expect(goes(held([], [...two, ...stable]))).toEqual([]);
    expect(goes(held([], two), { candidates: true })).toEqual([]);
    const yanked = [...two, ...stable, { digest: 'y', tags: ['v0.2.0.yank'] }];
    expect(goes(held([], yanked), { candidates: true })).toEqual([]);
  });
  it('goes whole, its release manifest first, and what only it stood on', () => {
    const what = held([image('b', 9, [], { idle: 99 })], [...two, ...stable]);
    expect(goes(what, { candidates: true })).toEqual([
      'v0.2.0-rc1',
      'v0.2.0-rc2',
      `cpu-${hex(1)} cpu-v0.2.0-rc1`,
      `cpu-${hex(2)} cpu-v0.2.0-rc2`,
      `cpu-${hex(9)}`,
    ]);
    expect(planPrune(what, { ...policy, candidates: true, keep: 1 }).candidates).toEqual(['v0.2.0-rc1']);
  });
  it('stays whole when a part of it is used or young', () => {
    const followed = two.map((each) =>
      each.digest === 'c' ? { ...each, tags: [...each.tags, 'cpu-rc'] } : each,
    );
    const young = candidate(3, 'e', 3);
    const plan = planPrune(held([], [...followed, ...young, ...stable]), { ...policy, candidates: true });
    expect(plan.candidates).toEqual(['v0.2.0-rc2']);
  });
});

describe('in any registry', () => {
  const number = fc.integer({ min: 1, max: 6 });
  const idle = fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined });
  const name = fc.oneof(
    number.map((n) => `cpu-${hex(n)}`),
    number.map((n) => `cpu-${hex(n)}.build`),
    number.map((n) => `application-${hex(n)}`),
    number.map((n) => `tools-${hex(n)}`),
    number.map((n) => `wheel-flash-attn-${hex(n)}`),
    fc.tuple(number, fc.option(number)).map(([n, rc]) => `cpu-v0.${n}.0${rc === null ? '' : `-rc${rc}`}`),
    fc.tuple(number, fc.option(number)).map(([n, rc]) => `v0.${n}.0${rc === null ? '' : `-rc${rc}`}`),
    number.map((n) => `v0.${n}.0.yank`),
    fc.tuple(number, fc.constantFrom(runtime, 'registry/elsewhere')).map(([n, by]) => usedTag(hex(n), by)),
    fc.constantFrom('cpu', 'cpu.unproven', 'cpu-edge', 'cpu-rc', 'cpu-latest', 'theirs', notesTag),
  );
  const digest = fc.integer({ min: 0, max: 14 }).map((n) => `d${n}`);
  const laid: fc.Arbitrary<Laid> = fc.record({
    digest,
    // Without any it can only be found through what names it.
    tags: fc.array(name, { maxLength: 3 }),
    names: fc.array(digest, { maxLength: 2 }),
    created: fc.option(fc.integer({ min: -5, max: 40 }), { nil: undefined }),
    layers: fc.dictionary(fc.constantFrom('x', 'y', 'z'), fc.constant(10)),
    base: fc.option(digest, { nil: undefined }),
    release: fc.record({
      digests: fc.array(digest, { maxLength: 3 }),
      keyTags: fc.array(
        number.map((n) => `cpu-${hex(n)}`),
        { maxLength: 2 },
      ),
    }),
    facts: fc.record({
      digests: fc.array(digest, { maxLength: 2 }),
      application: number.map((n) => `application-${hex(n)}`),
    }),
    idle,
  });
  // One digest, one manifest; one tag, one digest: later ones win, as in a registry.
  const several = fc.array(laid, { maxLength: 14 }).map((all) => {
    const byDigest = new Map(all.map((each) => [each.digest, each]));
    const owner = new Map(
      [...byDigest.values()].flatMap((each) => each.tags.map((tag) => [tag, each.digest] as const)),
    );
    return [...byDigest.values()].map((each) => ({
      ...each,
      tags: [...new Set(each.tags)].filter((tag) => owner.get(tag) === each.digest),
    }));
  });
  const any = fc.record({
    bases: several,
    runtimes: several,
    candidates: fc.boolean(),
    keep: fc.integer({ min: 0, max: 3 }),
  });

  it('nothing that is used is ever deleted', () => {
    fc.assert(
      fc.property(any, ({ bases, runtimes, candidates, keep }) => {
        const before = held(bases, runtimes);
        const plan = planPrune(before, { ...policy, candidates, keep });
        const gone = new Set(plan.deletions.map(({ repository: at, digest: which }) => `${at} ${which}`));
        // Told by what is left, and not by how the plan came about.
        const after = before.repositories.map((each) => {
          const left = Object.entries(each.tags).filter(([, at]) => !gone.has(`${each.repository} ${at}`));
          return { ...each, tags: Object.fromEntries(left) };
        });
        const expired = new Set(plan.candidates);
        for (const [index, each] of after.entries()) {
          const was = before.repositories[index] as HeldRepository;
          for (const [tag, role] of Object.entries(was.roles)) {
            const { role: kind } = role;
            const elsewhere = kind === 'used' && tag.endsWith(usedTag('', 'registry/elsewhere'));
            if (elsewhere || ['moving', 'wheel', 'foreign', 'notes'].includes(kind))
              expect(each.tags[tag]).toBe(was.tags[tag]);
            if (!('version' in role)) continue;
            if (expired.has(role.version)) {
              expect(role.version).toMatch(/-rc\d+$/);
              expect(candidates).toBe(true);
              // Whole or not at all.
              expect(each.tags[tag]).toBeUndefined();
            } else expect(each.tags[tag]).toBe(was.tags[tag]);
          }
          // Whatever a tag that stays leads to, through however many that have none.
          const reached = new Set(Object.values(each.tags));
          for (const at of reached) for (const next of each.manifests[at]?.names ?? []) reached.add(next);
          for (const at of reached) {
            const tagged = Object.values(was.tags).includes(at);
            if (tagged) expect(Object.values(each.tags)).toContain(at);
          }
          const digestsLeft = new Set(Object.values(each.tags));
          const lost = (which: string) =>
            after.some(
              (one, at) =>
                before.repositories[at]?.manifests[which] &&
                Object.values(before.repositories[at]?.tags ?? {}).includes(which) &&
                !Object.values(one.tags).includes(which),
            );
          for (const [tag, at] of Object.entries(each.tags)) {
            const role = each.roles[tag];
            const manifest = each.manifests[at];
            // What is left has its base, its build facts, and what it was made from, as far as they were there.
            if (manifest?.base) expect(lost(manifest.base)).toBe(false);
            if (role?.role === 'release') {
              for (const which of each.releases[role.version]?.digests ?? []) expect(lost(which)).toBe(false);
              for (const key of each.releases[role.version]?.keyTags ?? [])
                expect(each.tags[key]).toBe(was.tags[key]);
            }
            if (role?.role !== 'key') continue;
            expect(each.tags[`${tag}.build`]).toBe(was.tags[`${tag}.build`]);
            for (const which of each.facts[tag]?.digests ?? []) expect(lost(which)).toBe(false);
            const application = each.facts[tag]?.application;
            if (application) expect(each.tags[application]).toBe(was.tags[application]);
          }
          expect(digestsLeft.size).toBeLessThanOrEqual(Object.keys(was.manifests).length);
          // Nothing goes before its time.
          for (const { repository: at, since } of plan.deletions) {
            if (at === each.repository)
              expect(now.getTime() - Date.parse(since)).toBeGreaterThanOrEqual(policy.olderThanMs);
          }
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('carrying a plan out leaves nothing more to do', () => {
    fc.assert(
      fc.property(any, ({ bases, runtimes, candidates, keep }) => {
        const given = { ...policy, candidates, keep };
        const before = held(bases, runtimes);
        const plan = planPrune(before, given);
        const gone = new Set(plan.deletions.map(({ repository: at, digest: which }) => `${at} ${which}`));
        const without = (name: string, all: readonly Laid[]) =>
          all.filter((each) => !gone.has(`${name} ${each.digest}`));
        const left = held(without(base, bases), without(runtime, runtimes));
        // Together with what it noted: that an image was used as long as another one, nothing else tells any more.
        const repositories = left.repositories.map((each) => ({
          ...each,
          notes: plan.notes[each.repository] ?? {},
          notedAt: now.toISOString(),
        }));
        expect(goes({ ...left, repositories }, given)).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});
