#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

// What starts and follows runs is the launcher's alone, and begins sooner; the list of all commands is this package's.
const require = createRequire(import.meta.url);
const launcher = join(dirname(require.resolve('@slipway/run-launcher/package.json')), 'bin/slipway.cjs');
const built = join(import.meta.dirname, '../dist/main.js');
const entry = existsSync(built) ? built : join(import.meta.dirname, '../src/main.ts');
const own = ['init', 'inspect', 'help', '--help', '-h', undefined];
const [major] = process.versions.node.split('.');

// Packed, the libraries want Node 22; in the workspace, TypeScript wants one that runs it.
const fits = existsSync(built) ? Number(major) >= 22 : process.features.typescript;
if (fits) await import(own.includes(process.argv[2]) ? entry : launcher);
else {
  // The Node that npm brings along.
  const node = ownNode();
  // Ctrl-C is for the one that is started here.
  process.on('SIGINT', () => {});
  if (node === undefined)
    console.error(`Node ${process.version} is too old for slipway: install Node >= 24.`);
  const args = [import.meta.filename, ...process.argv.slice(2)];
  process.exitCode = node === undefined ? 1 : (spawnSync(node, args, { stdio: 'inherit' }).status ?? 1);
}

/** @returns {string | undefined} */
function ownNode() {
  try {
    return join(dirname(require.resolve(`node-linux-${process.arch}/package.json`)), 'bin/node');
  } catch {
    return undefined;
  }
}
