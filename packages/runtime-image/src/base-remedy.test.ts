import { expect, it } from 'vitest';
import { baseRemedy } from './base-remedy.ts';

it.each([
  { env: {}, remedy: 'npx nx run base-turing:build-image' },
  {
    env: { GITHUB_ACTIONS: 'true', GITHUB_REF_NAME: 'main', GITHUB_RUN_ID: '17' },
    remedy:
      'npx nx run base-turing:build-image; on GitHub: gh workflow run build-base.yml --ref v0.2.0 --field architecture=turing, and when that run is done: gh run rerun 17 --failed',
  },
])('is "$remedy" in $env', ({ env, remedy }) => {
  expect(baseRemedy('base-turing', 'turing', 'v0.2.0', env)).toBe(remedy);
});
