import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const read = (path: string) => readFileSync(resolve(import.meta.dirname, '../../..', path), 'utf8');

it('tools/docker/Dockerfile.base is the base Dockerfile (buildx follows no link): npm run sync', () => {
  expect(read('tools/docker/Dockerfile.base')).toBe(read('dockerfiles/base.Dockerfile'));
});
