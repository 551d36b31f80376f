import prettyBytes from 'pretty-bytes';

interface Vertex {
  digest: string;
  name: string;
  started?: string;
  completed?: string;
  cached?: boolean;
  error?: string;
}

/** A part of a step, such as a layer that is fetched. */
interface Status {
  id: string;
  vertex: string;
  /** Bytes, where it has some. */
  current?: number;
  total?: number;
  completed?: string;
}

/** A follower of one build. */
export interface Progress {
  /** Takes one line of what the builder prints. */
  onLine: (line: string) => void;
  /** When the builder last told something while it waited for a registry; undefined while it waits for none. */
  awaiting: () => number | undefined;
  /** Blobs that were fetched: digest -> bytes. */
  pulled: () => Record<string, number>;
  /** The step that failed with the last lines it printed, or what the builder itself said last. */
  explain: () => string;
}

/**
 * Turns BuildKit's machine-readable progress into one plain line for each step that ended, and whole text for the log.
 * @param say receives lines for a person, `log` everything that was printed, `now` each step as it begins.
 */
export function followProgress(
  say: (line: string) => void,
  log: (text: string) => void,
  now: (doing: string) => void = () => {},
): Progress {
  const printed = new Map<string, string>();
  const names = new Map<string, string>();
  const done = new Set<string>();
  const plain: string[] = [];
  const asked = new Set<string>();
  const pulled: Record<string, number> = {};
  let lastHeard = Date.now();
  let failed: Vertex | undefined;

  const onVertex = (vertex: Vertex) => {
    names.set(vertex.digest, shorten(vertex.name));
    // A build that is cancelled marks every other step as failed too: the first one is the cause, unless it says itself
    // that it was cancelled.
    if (vertex.error && !isHarmless(vertex) && (failed === undefined || isCancelled(failed))) failed = vertex;
    if (vertex.completed) for (const id of asked) if (id.startsWith(vertex.digest)) asked.delete(id);
    if (/ load metadata for |^importing cache manifest/.test(vertex.name)) {
      if (vertex.completed || !vertex.started) asked.delete(vertex.digest);
      else asked.add(vertex.digest);
    }
    if (vertex.started && !vertex.completed && !vertex.cached) now(shorten(vertex.name));
    if (!vertex.completed || vertex.error || done.has(vertex.digest)) return;
    done.add(vertex.digest);
    const seconds = (Date.parse(vertex.completed) - Date.parse(vertex.started ?? vertex.completed)) / 1000;
    log(`DONE ${vertex.name} ${vertex.cached ? 'CACHED' : `${seconds.toFixed(1)}s`}\n`);
    if (isWorthSaying(vertex, seconds)) {
      say(`${shorten(vertex.name)} ${vertex.cached ? 'cached' : `${seconds.toFixed(1)} s`}`);
    }
  };

  const onStatus = ({ id, vertex, current, total, completed }: Status) => {
    // A layer that is fetched goes by its digest.
    if (/^(?:pushing |resolve |sha256:)/.test(id)) {
      if (completed) asked.delete(`${vertex} ${id}`);
      else asked.add(`${vertex} ${id}`);
    }
    if (id.startsWith('sha256:') && current) pulled[id] = Math.max(pulled[id] ?? 0, current);
    if (completed) return;
    now(total ? `${shorten(id)} ${prettyBytes(current ?? 0)} of ${prettyBytes(total)}` : shorten(id));
  };

  return {
    pulled: () => pulled,
    awaiting: () => (asked.size > 0 ? lastHeard : undefined),
    onLine(line) {
      const event = parse(line);
      if (event === undefined) {
        plain.push(line);
        log(`${line}\n`);
        return;
      }
      lastHeard = Date.now();
      for (const vertex of event.vertexes ?? []) onVertex(vertex);
      for (const status of event.statuses ?? []) onStatus(status);
      for (const { vertex, data } of event.logs ?? []) {
        const text = Buffer.from(data, 'base64').toString();
        printed.set(vertex, (printed.get(vertex) ?? '') + text);
        log(text.replace(/^(?=.)/gm, `${names.get(vertex) ?? ''} | `));
      }
    },
    explain() {
      // What cancelled it then is the builder's last word.
      if (failed === undefined || isCancelled(failed)) return plain.slice(-3).join('\n');
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
    return JSON.parse(line) as {
      vertexes?: Vertex[];
      statuses?: Status[];
      logs?: { vertex: string; data: string }[];
    };
  } catch {
    return undefined;
  }
}

const isCancelled = ({ error = '' }: Vertex): boolean => /context cancell?ed/.test(error);

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
