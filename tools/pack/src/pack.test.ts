import { describe, expect, it } from 'vitest';
import { compiledUrls } from './compiled-urls.ts';
import { compiledExecutors } from './lay-out.ts';
import { packedManifest } from './manifest.ts';

describe('a packed package', () => {
  it('points at JavaScript, and at packages of ours of its own version', () => {
    const manifest = {
      name: '@slipway/release',
      version: '0.0.0',
      type: 'module',
      exports: { '.': './plugin.mjs', './api': './src/index.ts', './package.json': './package.json' },
      dependencies: { '@slipway/contract': '0.0.0', diff: '^8.0.4' },
      peerDependencies: { '@nx/devkit': '^23.3.0' },
      devDependencies: { ajv: '^8.20.0' },
    };
    expect(packedManifest(manifest, '0.4.0')).toEqual({
      name: '@slipway/release',
      version: '0.4.0',
      type: 'module',
      engines: { node: '^22.14.0 || >=24.10.0' },
      exports: { '.': './plugin.mjs', './api': './dist/index.js', './package.json': './package.json' },
      dependencies: { '@slipway/contract': '0.4.0', diff: '^8.0.4' },
      peerDependencies: { '@nx/devkit': '^23.3.0' },
    });
  });

  it('has a command only if it is the one that people install', () => {
    const manifest = { name: '@slipway/run-launcher', version: '1.0.0', bin: { slipway: 'bin/slipway.cjs' } };
    expect(packedManifest(manifest)).not.toHaveProperty('bin');
    expect(packedManifest({ ...manifest, name: 'slipway' })).toHaveProperty('bin', manifest.bin);
  });

  it('has executors of JavaScript', () => {
    const build = {
      implementation: './src/executors/build-image.ts',
      batchImplementation: './src/executors/build-image-batch.ts',
      preferBatch: true,
      schema: './src/executors/build-image.schema.json',
      description: 'Builds.',
    };
    expect(compiledExecutors({ executors: { 'build-image': build } })).toEqual({
      executors: {
        'build-image': {
          implementation: './dist/executors/build-image.js',
          batchImplementation: './dist/executors/build-image-batch.js',
          preferBatch: true,
          schema: './dist/executors/build-image.schema.json',
          description: 'Builds.',
        },
      },
    });
  });

  it.each([
    ["new URL('./a-process.ts', import.meta.url)", "new URL('./a-process.js', import.meta.url)"],
    ['new URL("../b/a.ts", import.meta.url)', 'new URL("../b/a.js", import.meta.url)'],
    ["new URL('https://example.org/a.ts')", "new URL('https://example.org/a.ts')"],
  ])('starts modules by %s', (source, compiled) => {
    expect(compiledUrls(source)).toBe(compiled);
  });
});
