// From this file @nx/vitest infers a `test` target, for `nx affected -t test`; npm test runs everything from the root.
export default { test: { include: ['src/**/*.test.ts'], exclude: ['**/*.engine.test.ts'] } };
