#!/usr/bin/env node
const { existsSync } = require('node:fs');
const { join } = require('node:path');

// As one package, this command is one file of JavaScript and runs on Node >= 22.14. It is of the older kind of modules, as
// this file is: what loads the newer kind takes 15 ms of a start. Among the packages of a workspace it is JavaScript in
// many files; in its own repository it is TypeScript, for which that brings its own Node.
const bundle = join(__dirname, '../dist/main.cjs');
const compiled = join(__dirname, '../dist/main.js');
const source = join(__dirname, '../src/main.ts');
const built = [bundle, compiled].find((file) => existsSync(file));
const [major, minor] = process.versions.node.split('.').map(Number);
// Each schema is used once in a command: to compile it first, as zod does by itself, takes longer than to use it.
globalThis.__zod_globalConfig = { jitless: true };
// What was compiled once is not compiled again: half of the time that a plan takes.
require('node:module').enableCompileCache?.();
if (built !== undefined && (major < 22 || (major === 22 && minor < 14))) {
  console.error(`Node ${process.version} is too old for slipway: install Node >= 22.14.`);
  process.exitCode = 1;
} else if (built === bundle) require(bundle);
else if (built === compiled) void import(compiled);
else if (process.features.typescript) void import(source);
else {
  const node = join(__dirname, '../../../node_modules/.bin/node');
  require('./start-with.cjs')(node, [source, ...process.argv.slice(2)]);
}
