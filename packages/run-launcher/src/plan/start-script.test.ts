import { run } from '@slipway/effects';
import { expect, it } from 'vitest';
import { quoteForShell, startScript } from './start-script.ts';

it('is not there when there is nothing to do', () => {
  expect(startScript({ secrets: {}, ssh: null, updates: [] })).toBeNull();
});

it('holds names of secrets nowhere, and checks host keys', () => {
  const secrets = { TOKEN_OF_MINE: { from: 'environment' as const, name: 'TOKEN_OF_MINE' } };
  const ssh = { key: '/root/.ssh/id_rsa', knownHosts: '/run/slipway/ssh/known_hosts' };
  const script = startScript({ secrets, ssh, updates: [] }) ?? '';
  expect(script).not.toContain('TOKEN_OF_MINE');
  expect(script).toContain('StrictHostKeyChecking=yes -o UserKnownHostsFile=/run/slipway/ssh/known_hosts');
  expect(script.split('\n').at(-1)).toBe('exec "$@"');
});

it.each(['plain', "it's", 'a "b" $(c) `d` \\ e', '', 'new\nline', '*', '~/x', 'ä'])(
  'a shell reads %j back',
  async (word) => {
    const { stdout } = await run({ file: 'sh', args: ['-c', `printf %s ${quoteForShell(word)}x`] });
    expect(stdout).toBe(`${word}x`);
  },
);
