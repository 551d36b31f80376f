import { defineConfig } from 'vitest/config';

// What needs nothing but Node and takes seconds; what needs the real engine and registry; what needs real torch, with
// gigabytes to fetch (`npm test torch`); what prints the figures of the README (`npm run benchmark`).
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{packages,tools}/*/src/**/*.test.ts', 'tools/start/*.test.ts'],
          exclude: ['**/*.engine.test.ts', '**/node_modules/**'],
          // Many call git, on machines of any speed.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // A second, as is usual, would only tell how busy the machine is.
          expect: { poll: { timeout: 30_000 } },
        },
      },
      {
        test: {
          name: 'engine',
          include: ['tests/**/*.engine.test.ts', 'tools/sandbox/src/*.engine.test.ts'],
          globalSetup: ['tests/engine/sandbox-setup.ts'],
          // One engine and two cores: side by side the builds only wait for one another.
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 600_000,
          expect: { poll: { timeout: 60_000 } },
        },
      },
      {
        test: {
          name: 'torch',
          include: ['tests/torch/*.torch.test.ts'],
          globalSetup: ['tests/engine/sandbox-setup.ts'],
          fileParallelism: false,
          testTimeout: 1_200_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'benchmark',
          include: ['tests/benchmarks/*.benchmark.ts'],
          globalSetup: ['tests/engine/sandbox-setup.ts'],
          fileParallelism: false,
          testTimeout: 3_600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
