import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { checkoutSource } from './checkout.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-checkout-'));
  // Stands in for SSH: notes its words, and ends as SSH does when there is no way in.
  for (const name of ['ssh', 'other']) {
    writeFileSync(join(folder, name), `#!/bin/sh\necho "$@" >> ${folder}/words\nexit 255\n`);
    chmodSync(join(folder, name), 0o755);
  }
  for (const name of ['GIT_SSH', 'GIT_SSH_COMMAND']) vi.stubEnv(name, undefined);
  vi.stubEnv('GIT_CONFIG_GLOBAL', join(folder, 'gitconfig'));
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
  writeFileSync(join(folder, 'gitconfig'), '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** The words with which SSH was called. */
async function words(): Promise<string> {
  const source = { url: 'ssh://git@git.invalid/app.git', ref: 'main' };
  await expect(checkoutSource(source, join(folder, 'at'))).rejects.toThrow('error[source-unavailable]');
  return readFileSync(join(folder, 'words'), 'utf8');
}

it('lets SSH ask nothing on the terminal', async () => {
  expect(await words()).toMatch(/^-o BatchMode=yes .*git@git\.invalid git-upload-pack/m);
});

it('keeps what the caller says of SSH, in the environment or in the settings of git', async () => {
  vi.stubEnv('GIT_SSH_COMMAND', `${folder}/ssh -i /a/key`);
  expect(await words()).toMatch(/^-i \/a\/key -o BatchMode=yes /m);
  vi.stubEnv('GIT_SSH_COMMAND', undefined);
  writeFileSync(join(folder, 'gitconfig'), '[core]\n\tsshCommand = ssh -i /another/key\n');
  expect(await words()).toMatch(/^-i \/another\/key -o BatchMode=yes /m);
});

it('leaves a program in the place of SSH as it is', async () => {
  vi.stubEnv('GIT_SSH', join(folder, 'other'));
  expect(await words()).not.toContain('BatchMode');
});
