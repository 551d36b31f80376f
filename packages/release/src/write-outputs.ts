import { appendFileSync } from 'node:fs';
import type { Released } from './make-release.ts';

/**
 * Hands what came of a release on to the later steps of a GitHub Actions job, where this is one: `outcome`, and of a
 * version that is to be published `version`, `tag` and `commit`. They are empty when there is none, so that nobody
 * publishes the one before again.
 */
export function writeOutputs({ outcome, version, commit }: Released, path = process.env.GITHUB_OUTPUT): void {
  if (!path) return;
  const there = outcome === 'released' || outcome === 'existing';
  const values = {
    outcome,
    version: there ? version : '',
    tag: there ? version : '',
    commit: there ? commit : '',
  };
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value ?? ''}\n`);
  appendFileSync(path, lines.join(''));
}
