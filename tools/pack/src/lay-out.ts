import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compiledPath } from './manifest.ts';
import { type PackagedFolder, product } from './packages.ts';

/**
 * Lays out a package as it is packed.
 * @param compiled the JavaScript of its `src`. @param target a folder that does not exist. @returns `target`.
 */
export function layOutPackage(
  { folder, path, manifest }: PackagedFolder,
  compiled: string,
  target: string,
): string {
  mkdirSync(target, { recursive: true });
  writeJson(join(target, 'package.json'), manifest);
  if (existsSync(compiled)) cpSync(compiled, join(target, 'dist'), { recursive: true });
  copySchemas(join(path, 'src'), join(target, 'dist'));
  for (const name of readAtRunTime) copy(join(path, name), join(target, name));
  // In this repository they lie beside the packages.
  if (folder === 'images') copy(join(product, 'dockerfiles'), join(target, 'dockerfiles'));
  if (existsSync(join(path, 'executors.json'))) {
    writeJson(join(target, 'executors.json'), compiledExecutors(readJson(join(path, 'executors.json'))));
  }
  // What it says about a Node that runs no TypeScript does not hold here.
  if (existsSync(join(path, 'plugin.mjs'))) writeFileSync(join(target, 'plugin.mjs'), plugin);
  return target;
}

const readAtRunTime = ['bin', 'schemas', 'verification'];

const plugin = `export { createNodesV2, createNodesV2 as createNodes } from './dist/plugin.js';\n`;

/** Executors, with each path of theirs where the file lies in a packed package. */
export function compiledExecutors({ executors }: ExecutorsJson): ExecutorsJson {
  return {
    executors: Object.fromEntries(
      Object.entries(executors).map(([name, executor]) => [
        name,
        Object.fromEntries(
          Object.entries(executor).map(([key, value]) => [
            key,
            typeof value === 'string' && value.startsWith('./') ? compiledPath(value) : value,
          ]),
        ),
      ]),
    ),
  };
}

interface ExecutorsJson {
  executors: Record<string, Record<string, string | boolean>>;
}

/** The schemas of executors lie beside their sources. */
function copySchemas(from: string, to: string): void {
  for (const name of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.schema.json')) copy(join(from, name), join(to, name));
  }
}

function copy(from: string, to: string): void {
  if (!existsSync(from)) return;
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true, filter: (path) => !/__pycache__|\.test\./.test(path) });
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
