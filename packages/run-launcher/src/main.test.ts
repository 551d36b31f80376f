import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryRun } from '@slipway/effects';
import { expect, it, onTestFinished } from 'vitest';

it('goes on after SIGHUP from its beginning on, where no person sits in front of it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-main-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  // What is asked first, while nothing else listens to signals.
  writeFileSync(join(folder, 'nvidia-smi'), '#!/bin/sh\nkill -HUP $PPID\nexit 9\n', { mode: 0o755 });
  const { exitCode, stdout } = await tryRun({
    file: process.execPath,
    args: [join(import.meta.dirname, 'main.ts'), 'doctor'],
    cwd: folder,
    env: { PATH: `${folder}:${process.env.PATH}` },
  });
  expect(exitCode).toBe(1);
  expect(stdout).toContain('nvidia-smi');
});
