import { describe, expect, it } from 'vitest';
import { addToChangelog } from './changelog.ts';

const section = (version: string) => `## ${version} (2026-11-25)\n\n### Features\n\n* of ${version}`;
const changelog = (...parts: string[]) => `${['# Changelog', ...parts].join('\n\n')}\n`;

describe('addToChangelog', () => {
  it.each([
    ['begins one', null, 'v0.1.0-rc1', changelog(section('v0.1.0-rc1'))],
    ['begins an empty one', '', 'v0.1.0', `${section('v0.1.0')}\n`],
    [
      'puts a candidate on top',
      changelog(section('v0.1.0-rc1'), section('v0.0.1')),
      'v0.1.0-rc2',
      changelog(section('v0.1.0-rc2'), section('v0.1.0-rc1'), section('v0.0.1')),
    ],
    [
      "puts a stable version in its candidates' place",
      changelog(section('v0.2.0-rc10'), section('v0.1.1-rc1'), section('v0.1.0'), section('v0.0.1-rc1')),
      'v0.2.0',
      changelog(section('v0.2.0'), section('v0.1.0'), section('v0.0.1-rc1')),
    ],
    [
      'leaves what a person wrote',
      changelog('All of it.', '## [Unreleased]', '```\n## 9.9.9\n```', '## [0.1.0] - 2020-01-01', '* old'),
      'v0.2.0',
      changelog(
        'All of it.',
        '## [Unreleased]',
        '```\n## 9.9.9\n```',
        section('v0.2.0'),
        '## [0.1.0] - 2020-01-01',
        '* old',
      ),
    ],
    [
      'leaves the sections that a person wrote in another form',
      changelog(
        section('v0.2.0-rc1'),
        '## Version 0.1 (2024)',
        '* old',
        '## History',
        '[link]: https://example.org',
      ),
      'v0.2.0',
      changelog(
        section('v0.2.0'),
        '## Version 0.1 (2024)',
        '* old',
        '## History',
        '[link]: https://example.org',
      ),
    ],
    [
      'stands above older sections of any form',
      changelog('## Unreleased', '## 0.1', '* old'),
      'v0.2.0',
      changelog('## Unreleased', section('v0.2.0'), '## 0.1', '* old'),
    ],
    [
      'keeps text without sections',
      '# News\n\nNone yet.\n',
      'v0.1.0',
      `# News\n\nNone yet.\n\n${section('v0.1.0')}\n`,
    ],
  ])('%s', (_, text, version, expected) => {
    expect(addToChangelog(text, section(version), !version.includes('rc'))).toBe(expected);
  });

  it('keeps line endings', () => {
    const windows = changelog(section('v0.1.0')).replaceAll('\n', '\r\n');
    const expected = changelog(section('v0.2.0'), section('v0.1.0')).replaceAll('\n', '\r\n');
    expect(addToChangelog(windows, section('v0.2.0'), true)).toBe(expected);
  });

  it('reads headings with links', () => {
    const linked =
      '# Changelog\n\n## [v0.2.0-rc1](https://example.org/compare/v0.1.0...v0.2.0-rc1) (2026-11-25)\n';
    expect(addToChangelog(linked, section('v0.2.0'), true)).toBe(changelog(section('v0.2.0')));
  });
});
