import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ImageOutcome } from './build-images.ts';
import { appendStepSummary, summarizeProblems, summarizeTable } from './step-summary.ts';
import { summarizeOutcomes, summarizePlans } from './summarize-images.ts';

describe('the summary of a step', () => {
  it('is added to, and nothing happens outside of a workflow', () => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-summary-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const env = { GITHUB_STEP_SUMMARY: join(folder, 'summary') };
    appendStepSummary(['### one'], env);
    appendStepSummary(['### two', '- a'], env);
    expect(readFileSync(env.GITHUB_STEP_SUMMARY, 'utf8')).toBe('### one\n\n### two\n- a\n\n');
    appendStepSummary(['### three'], {});
  });

  it('has every problem with what to do, as text that Markdown leaves alone', () => {
    expect(
      summarizeProblems([
        {
          code: 'source-unavailable',
          where: { file: 'slipway.toml', line: 4 },
          message: 'git said:\n  | <b>https://me:hunter2@git.example.org/a_b</b> *no*',
          remedy: 'git ls-remote | head',
        },
        { code: 'version-taken', message: 'taken', remedy: 'raise it' },
      ]),
    ).toEqual([
      '- **source-unavailable** in slipway.toml:4: git said:<br>\\| &lt;b&gt;https://\\*\\*\\*@git.example.org/a\\_b&lt;/b&gt; \\*no\\*',
      '  - fix: git ls-remote \\| head',
      '- **version-taken**: taken',
      '  - fix: raise it',
    ]);
  });

  it('has tables, and none without rows', () => {
    expect(summarizeTable([{ image: 'a|b', state: 'built' }])).toEqual([
      '| image | state |',
      '| --- | --- |',
      '| a\\|b | built |',
    ]);
    expect(summarizeTable([])).toEqual([]);
  });
});

const plan = { keyTag: 'cpu-0123456789ab', reason: 'r:cpu-0123456789ab is not in the registry' };
const layers = [
  { digest: 'a', bytes: 4e6, fromParent: true, stage: '' },
  { digest: 'b', bytes: 1e6, fromParent: false, stage: 'os' },
];

it('says of built images what, why, which key, how long and how large', () => {
  const built = (more: object) =>
    ({
      project: 'base-cpu',
      plan,
      recordPath: 'x',
      record: { outcome: 'built', durationSeconds: 12.34, layers, ...more },
    }) as unknown as ImageOutcome;
  const differences = [{ component: 'files.locks.dependencies.scipy', from: '1.16.0', to: '1.18.1' }];
  const failed = { code: 'build-failed' as const, message: 'pip failed', remedy: 'read the log' };
  expect(
    summarizeOutcomes([built({}), built({ differences }), { project: 'base-ada', problems: [failed] }]),
  ).toEqual([
    '### Images',
    '',
    '| image | outcome | why | key tag | seconds | compressed | of its own |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    '| base-cpu | built | r:cpu-0123456789ab is not in the registry | cpu-0123456789ab | 12.3 | 5 MB | 1 MB |',
    '| base-cpu | built | dependency scipy 1.16.0 -&gt; 1.18.1 | cpu-0123456789ab | 12.3 | 5 MB | 1 MB |',
    '| base-ada | failed | see below | - | - | - | - |',
    '',
    '- **build-failed**: pip failed',
    '  - fix: read the log',
  ]);
});

it('says of planned images what would be done and why', () => {
  const problem = { code: 'lock-stale' as const, message: 'old', remedy: 'lock' };
  const planned = new Map([
    ['base-cpu', { state: 'build' as const, reason: 'not there' }],
    ['base-ada', [problem]],
  ] as const);
  expect(summarizePlans(planned)).toEqual([
    '### Images that would be built',
    '',
    '| image | state | why |',
    '| --- | --- | --- |',
    '| base-cpu | build | not there |',
    '| base-ada | failed |  |',
    '',
    '- **lock-stale**: old',
    '  - fix: lock',
  ]);
});
