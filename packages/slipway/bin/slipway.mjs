#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// What starts and follows runs is the launcher's alone, and begins sooner; the list of all commands is this package's.
const require = createRequire(import.meta.url);
const self = fileURLToPath(import.meta.url);
const launcher = join(dirname(require.resolve('@slipway/run-launcher/package.json')), 'bin');
const built = join(dirname(self), '../dist/main.js');
const entry = existsSync(built) ? built : join(dirname(self), '../src/main.ts');
const own = ['init', 'inspect', 'help', '--help', '-h', undefined];
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

// Packed, the libraries want Node 22.14; in the workspace, TypeScript wants one that runs it.
const recent = major > 22 || (major === 22 && minor >= 14);
const fits = existsSync(built) ? recent : process.features.typescript;
if (fits) await import(own.includes(process.argv[2]) ? entry : join(launcher, 'slipway.cjs'));
else {
  // The Node that npm brings along.
  const node = ownNode();
  if (node === undefined) {
    console.error(
      `Node ${process.version} is too old for slipway: install Node >= ${existsSync(built) ? '22.14' : '24'}.`,
    );
    process.exitCode = 1;
  } else require(join(launcher, 'start-with.cjs'))(node, [self, ...process.argv.slice(2)]);
}

/** @returns {string | undefined} */
function ownNode() {
  try {
    return join(dirname(require.resolve(`node-linux-${process.arch}/package.json`)), 'bin/node');
  } catch {
    return undefined;
  }
}
