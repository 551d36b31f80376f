import { defineConfig } from 'vitest/config';

// Two projects: what needs nothing but Node and takes seconds, and what needs the real engine and registry.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{packages,tools}/*/src/**/*.test.ts', 'tools/start/*.test.ts'],
          exclude: ['**/*.engine.test.ts', '**/node_modules/**'],
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
        },
      },
    ],
  },
});
