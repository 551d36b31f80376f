/** Measures what is waited for: how long each probe took, and how long at least one of them was under way. */
export interface Probes {
  /** Waits for a probe, and notes its time by name. */
  probe<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Milliseconds of each probe, and of all together without counting any moment twice. */
  report(): { each: Record<string, number>; waitedMs: number };
}

/** @param now milliseconds of any steady clock. */
export function openProbes(now: () => number = () => performance.now()): Probes {
  const each: Record<string, number> = {};
  let under = 0;
  let since = 0;
  let waited = 0;
  return {
    async probe(name, work) {
      const began = now();
      if (under === 0) since = began;
      under += 1;
      try {
        return await work();
      } finally {
        const ended = now();
        each[name] = Math.round((each[name] ?? 0) + ended - began);
        under -= 1;
        if (under === 0) waited += ended - since;
      }
    },
    report: () => ({ each, waitedMs: Math.round(waited) }),
  };
}
