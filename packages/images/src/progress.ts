interface Vertex {
  digest: string;
  name: string;
  started?: string;
  completed?: string;
  cached?: boolean;
  error?: string;
}

/**
 * Turns BuildKit's machine-readable progress into one plain line for each step that ended, and whole text for the log.
 * @param say receives lines for a person, `log` everything that a step printed.
 */
export function followProgress(
  say: (line: string) => void,
  log: (text: string) => void,
): (line: string) => void {
  const names = new Map<string, string>();
  const done = new Set<string>();
  return (line) => {
    const event = parse(line);
    if (event === undefined) {
      log(`${line}\n`);
      return;
    }
    for (const vertex of event.vertexes ?? []) {
      names.set(vertex.digest, shorten(vertex.name));
      if (vertex.error) {
        log(`ERROR ${vertex.name}: ${vertex.error}\n`);
      } else if (vertex.completed && !done.has(vertex.digest)) {
        done.add(vertex.digest);
        const seconds =
          (Date.parse(vertex.completed) - Date.parse(vertex.started ?? vertex.completed)) / 1000;
        log(`DONE ${vertex.name} ${seconds.toFixed(1)}s\n`);
        if (seconds >= 0.5 || (vertex.cached && /^\[\S+ /.test(vertex.name) && !/ FROM /.test(vertex.name))) {
          say(`${shorten(vertex.name)} ${vertex.cached ? 'cached' : `${seconds.toFixed(1)} s`}`);
        }
      }
    }
    for (const entry of event.logs ?? []) {
      const text = Buffer.from(entry.data, 'base64').toString();
      log(text.replace(/^(?=.)/gm, `${(names.get(entry.vertex) ?? '').slice(0, 40)} | `));
    }
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

/** `[torch-layer 2/3] RUN --mount=... <<RUN (set -eu...)` -> `[torch-layer 2/3] RUN`. */
function shorten(name: string): string {
  const [first = ''] = name.split(' --mount=')[0]?.split(' <<') ?? [];
  return first.length > 90 ? `${first.slice(0, 87)}...` : first;
}
