import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { problemsPage } from './problems-page.ts';

// After a change of the catalogue: npx node tools/docs/src/write-problems.ts
writeFileSync(resolve(import.meta.dirname, '../../../docs/problems.md'), problemsPage());
