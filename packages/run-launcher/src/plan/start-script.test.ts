import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, tryRun } from '@slipway/effects';
import { afterAll, describe, expect, it } from 'vitest';
import { handover, quoteForShell, startScript } from './start-script.ts';

it('is not there when there is nothing to do', () => {
  expect(startScript({ secrets: {}, ssh: null, updates: [] })).toBeNull();
});

it('checks host keys', () => {
  const secrets = { TOKEN_OF_MINE: { from: 'environment' as const, name: 'TOKEN_OF_MINE' } };
  const ssh = { key: '/root/.ssh/id_rsa', knownHosts: '/run/slipway/ssh/known_hosts' };
  const script = startScript({ secrets, ssh, updates: [] }) ?? '';
  expect(script).toContain('StrictHostKeyChecking=yes -o UserKnownHostsFile=/run/slipway/ssh/known_hosts');
  expect(script.split('\n').at(-1)).toBe('exec "$@"');
});

it('overwrites no variable that the command may have been given', () => {
  const secrets = { A: { from: 'environment' as const, name: 'A' } };
  const ssh = { key: '/root/.ssh/id_rsa', knownHosts: null };
  const updates = [{ name: 'a', path: '/a', url: 'u', ref: 'main', commit: 'c'.repeat(40) }];
  const script = startScript({ secrets, ssh, updates }) ?? '';
  const names = [...script.matchAll(/^\s*(?:for |export )?(\w+)(?:=| in )/gm)].map(([, name]) => name);
  expect(new Set(names)).toEqual(
    new Set([
      'slipway_name',
      'slipway_file',
      'slipway_value',
      'slipway_keys',
      'GIT_SSH_COMMAND',
      'slipway_path',
    ]),
  );
});

it.each(['plain', "it's", 'a "b" $(c) `d` \\ e', '', 'new\nline', '*', '~/x', 'ä'])(
  'a shell reads %j back',
  async (word) => {
    const { stdout } = await run({ file: 'sh', args: ['-c', `printf %s ${quoteForShell(word)}x`] });
    expect(stdout).toBe(`${word}x`);
  },
);

describe('secrets that are handed over', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-start-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const from = (name: string) => ({ from: 'environment' as const, name });
  const start = (...names: string[]) => {
    const secrets = Object.fromEntries(names.map((name) => [name, from(name)]));
    const script =
      startScript({ secrets, ssh: null, updates: [] })?.replaceAll(handover.secrets, folder) ?? '';
    const env = { name: 'n', file: 'f', value: 'v', keys: 'k', path: 'p' };
    return tryRun({
      file: 'sh',
      args: ['-c', script, 'slipway-start', 'sh', '-c', 'echo "$A,$B"; env'],
      env,
    });
  };

  it('are taken and deleted, the empty one too', async () => {
    writeFileSync(join(folder, 'A'), "it's 1\n");
    writeFileSync(join(folder, 'B'), '');
    const { exitCode, stdout } = await start('A', 'B');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^it's 1,\n/);
    expect(stdout).toMatch(/^name=n$/m);
    expect(stdout).toMatch(/^file=f$/m);
    expect(stdout).toMatch(/^value=v$/m);
    expect(stdout).not.toMatch(/^slipway_/m);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('and do not arrive keep the command from being started', async () => {
    writeFileSync(join(folder, 'A'), '1');
    const { exitCode, stdout, stderr } = await start('A', 'B');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^slipway: the secret B did not reach the container, or user \d+ may not read it/);
  });
});
