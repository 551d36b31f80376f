import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { problemsPage } from './problems-page.ts';

it('finds docs/problems.md as it is generated', () => {
  const committed = readFileSync(resolve(import.meta.dirname, '../../../docs/problems.md'), 'utf8');
  // If this fails: npx node tools/docs/src/write-problems.ts
  expect(committed).toBe(problemsPage());
});

it('lists every code with its sentence', () => {
  expect(problemsPage({ 'disk-full': 'No space.', usage: 'A wrong call.' })).toMatch(
    /^- `disk-full`: No space\.\n- `usage`: A wrong call\.\n$/m,
  );
});
