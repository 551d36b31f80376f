import { describe, expect, it } from 'vitest';
import { type GitTag, readVersionTags } from './version-tags.ts';

const tag = (name: string, more: Partial<GitTag> = {}): GitTag => ({
  name,
  object: 'a'.repeat(40),
  annotated: true,
  message: `Release ${name}\n`,
  commit: 'b'.repeat(40),
  parents: [],
  ...more,
});
const names = (tags: readonly GitTag[]) => tags.map(({ name }) => name);

describe('readVersionTags', () => {
  it('orders by numbers, a stable version after its candidates', () => {
    const written = ['v0.10.0', 'v0.2.0', 'v0.2.0-rc10', 'v0.2.0-rc9', 'v0.9.0', 'v0.2.0-rc1'];
    const { versions, warnings } = readVersionTags(written.map((name) => tag(name)));
    expect(names(versions)).toEqual([
      'v0.2.0-rc1',
      'v0.2.0-rc9',
      'v0.2.0-rc10',
      'v0.2.0',
      'v0.9.0',
      'v0.10.0',
    ]);
    expect(warnings).toEqual([]);
  });

  it('ignores malformed ones in one line, and is silent about tags that are no versions', () => {
    const malformed = [
      'v0.1',
      'vfoo',
      'v0.1.1-rc07',
      'v0.1.1-rc.5',
      'v0.1.5+b1',
      'v01.0.0',
      `v${'9'.repeat(20)}.0.0`,
    ];
    const { versions, warnings } = readVersionTags(
      [...malformed, 'v0.1.0', 'nightly', '0.1.1'].map((name) => tag(name)),
    );
    expect(names(versions)).toEqual(['v0.1.0']);
    expect(warnings).toEqual([
      expect.stringMatching(/^7 tags are not of the form .*: v0\.1, .* and 2 more$/),
    ]);
  });

  it('counts a lightweight version, and says so; ignores one that is on no commit', () => {
    const lightweight = tag('v0.1.0', { annotated: false, message: '' });
    const { versions, warnings } = readVersionTags([lightweight, tag('v0.2.0', { commit: null })]);
    expect(names(versions)).toEqual(['v0.1.0']);
    expect(warnings).toEqual([
      'a tag is not on a commit, and ignored: v0.2.0',
      'a tag is not annotated; counted all the same: v0.1.0',
    ]);
  });
});
