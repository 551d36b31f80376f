interface Vertex {
  digest: string;
  name: string;
  started?: string;
  completed?: string;
  cached?: boolean;
  error?: string;
}

/** A follower of one build. */
export interface Progress {
  /** Takes one line of what the builder prints. */
  onLine: (line: string) => void;
  /** The step that failed with the last lines it printed, or what the builder itself said last. */
  explain: () => string;
}

/**
 * Turns BuildKit's machine-readable progress into one plain line for each step that ended, and whole text for the log.
 * @param say receives lines for a person, `log` everything that was printed.
 */
export function followProgress(say: (line: string) => void, log: (text: string) => void): Progress {
  const printed = new Map<string, string>();
  const names = new Map<string, string>();
  const done = new Set<string>();
  const plain: string[] = [];
  let failed: Vertex | undefined;

  const onVertex = (vertex: Vertex) => {
    names.set(vertex.digest, shorten(vertex.name));
    // A build that is cancelled marks every other step as failed too: the first one is the cause.
    if (vertex.error && !isHarmless(vertex)) failed ??= vertex;
    if (!vertex.completed || vertex.error || done.has(vertex.digest)) return;
    done.add(vertex.digest);
    const seconds = (Date.parse(vertex.completed) - Date.parse(vertex.started ?? vertex.completed)) / 1000;
    log(`DONE ${vertex.name} ${vertex.cached ? 'CACHED' : `${seconds.toFixed(1)}s`}\n`);
    if (isWorthSaying(vertex, seconds)) {
      say(`${shorten(vertex.name)} ${vertex.cached ? 'cached' : `${seconds.toFixed(1)} s`}`);
    }
  };

  return {
    onLine(line) {
      const event = parse(line);
      if (event === undefined) {
        plain.push(line);
        log(`${line}\n`);
        return;
      }
      for (const vertex of event.vertexes ?? []) onVertex(vertex);
      for (const { vertex, data } of event.logs ?? []) {
        const text = Buffer.from(data, 'base64').toString();
        printed.set(vertex, (printed.get(vertex) ?? '') + text);
        log(text.replace(/^(?=.)/gm, `${names.get(vertex) ?? ''} | `));
      }
    },
    explain() {
      if (failed === undefined) return plain.slice(-3).join('\n');
      const output = (printed.get(failed.digest) ?? '').trimEnd().split('\n').slice(-15);
      // The builder repeats the whole script of the step in its error, which is in the Dockerfile for everyone to read.
      const error = (failed.error ?? '').replace(/^process ".*" (?=did not complete)/s, 'it ');
      return [shorten(failed.name), ...output, error].filter(Boolean).join('\n');
    },
  };
}

function parse(line: string) {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as { vertexes?: Vertex[]; logs?: { vertex: string; data: string }[] };
  } catch {
    return undefined;
  }
}

/** A cache that is not there yet, as before the first build of all, is a miss and no failure. */
function isHarmless({ name }: Vertex): boolean {
  return name.startsWith('importing cache manifest');
}

/** Steps that took a while, and steps of the Dockerfile that the cache answered; not the builder's own bookkeeping. */
function isWorthSaying({ name, cached }: Vertex, seconds: number): boolean {
  if (name.includes(' LINK ')) return false;
  return seconds >= 0.5 || (cached === true && /^\[\S+ \d+\/\d+\] RUN/.test(name));
}

/** `[torch-layer 2/3] RUN --mount=... <<RUN (set -eu...)` -> `[torch-layer 2/3] RUN`. */
function shorten(name: string): string {
  const [first = ''] = name.split(' --mount=')[0]?.split(' <<') ?? [];
  return first.length > 90 ? `${first.slice(0, 87)}...` : first;
}
