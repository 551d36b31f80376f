import { expect, it } from 'vitest';
import type { RunPlan } from '../plan/run-plan.ts';
import type { CheckFacts } from './check.ts';
import { updates } from './updates.ts';

const look = (url: string) =>
  updates.look(
    {
      mounts: [{ source: '/srv/git', target: '/srv/git', readOnly: true }],
      updates: [{ name: 'app', path: '/app', url, ref: 'main', commit: 'c'.repeat(40) }],
    } as unknown as RunPlan,
    {} as CheckFacts,
  );

it.each(['/tmp/x/app.git', '../app.git', 'app.git', 'file:///tmp/x/app.git', '/srv/gitlab/app.git'])(
  'refuses %s, which the container does not see',
  (url) => {
    expect(look(url)).toMatchObject([
      { code: 'source-unavailable', found: expect.stringContaining(`from ${url}, a path of this host`) },
    ]);
  },
);

it('says how a path can be mounted', () => {
  expect(look('file:///tmp/x/app.git')[0]?.remedy).toContain('--data /tmp/x/app.git:/tmp/x/app.git');
  expect(look('../app.git')[0]?.remedy).not.toContain('--data');
});

it.each([
  '/srv/git',
  '/srv/git/app.git',
  'file:///srv/git/app.git',
  'git@h:a/b.git',
  'host:/srv/x.git',
  'ssh://git@h/x.git',
  'https://h/x.git',
])('takes %s', (url) => {
  expect(look(url)).toEqual([]);
});

it.each(['https://h/x.git?private_token=SEKRETq', 'u:SEKRETq@h:x.git'])(
  'refuses the log-in of a saved plan or record: %s',
  (url) => {
    const [found] = look(url);
    expect(found?.code).toBe('secret-in-options');
    expect(JSON.stringify(found)).not.toContain('SEKRETq');
  },
);
