/** Programs that start what stands behind them and look after it as the first process; the first is that of Slipway's images. */
const inits = /^(?:slipway-entrypoint|tini|tini-static|dumb-init|catatonit|docker-init)$/;

/**
 * An image's entry point as the init process that it begins with, with its options up to `--`, and what that starts.
 * @returns an empty `init` where there is none, or where options without `--` leave open how far they go.
 */
export function splitEntryPoint(entrypoint: readonly string[]): { init: string[]; own: string[] } {
  const [program = '', next = ''] = entrypoint;
  const end = entrypoint.indexOf('--');
  const known = inits.test(program.split('/').at(-1) ?? '') && (end !== -1 || !next.startsWith('-'));
  const length = known ? Math.max(end + 1, 1) : 0;
  return { init: entrypoint.slice(0, length), own: entrypoint.slice(length) };
}
