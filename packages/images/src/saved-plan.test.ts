import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { printPlan, readPlan } from './saved-plan.ts';

const image = {
  ...{ project: 'dev-cpu', kind: 'dev', architecture: 'cpu', state: 'build', repository: 'x/dev' },
  ...{ movingTags: [], siblings: [], components: {}, tagDigests: {}, limit: null, machine: {} },
  // A text that looks like what Nx puts before lines.
  builds: [
    {
      ...{ target: 'dev', labels: { text: 'a: {\nb: }' } },
      ...{ dockerfile: { path: 'dev.Dockerfile', text: 'FROM scratch\n' }, arguments: {} },
    },
  ],
};
const text = printPlan([image as never]);

it.each([
  ['as it is', text],
  [
    'with what Nx prints around it',
    `\n> nx run runtime-image:build-dev\n\n${text}\n\n NX   Successfully ran\n`,
  ],
  ['with the project before each line', text.replace(/^/gm, '\u001b[34mruntime-image:\u001b[39m ')],
])('reads a plan back %s', (_what, printed) => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-plan-'));
  try {
    writeFileSync(join(folder, 'plan.json'), printed);
    expect(readPlan(join(folder, 'plan.json'))).toEqual([image]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
