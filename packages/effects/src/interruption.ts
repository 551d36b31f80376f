/**
 * A signal that is raised at the first Ctrl-C, SIGTERM or SIGHUP, so that work under way can end in order.
 * @param spared those of them that end nothing.
 */
export function interruption(spared: readonly NodeJS.Signals[] = []): {
  signal: AbortSignal;
  dispose: () => void;
} {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals) => {
    if (!spared.includes(name)) controller.abort();
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, stop);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const name of names) process.off(name, stop);
    },
  };
}
