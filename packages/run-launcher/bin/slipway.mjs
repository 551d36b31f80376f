#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';

// Packed, this command is JavaScript and runs on Node >= 22; in the workspace it is TypeScript, for which the
// workspace brings its own Node.
const built = join(import.meta.dirname, '../dist/main.js');
const source = join(import.meta.dirname, '../src/main.ts');
if (existsSync(built)) {
  // Each schema is used once in a command: to compile it first, as zod does by itself, takes longer than to use it.
  globalThis.__zod_globalConfig = { jitless: true };
  // What was compiled once is not compiled again: half of the time that a plan takes.
  module.enableCompileCache?.();
  await import(built);
} else if (process.features.typescript) await import(source);
else {
  const node = join(import.meta.dirname, '../../../node_modules/.bin/node');
  process.exitCode = spawnSync(node, [source, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
}
