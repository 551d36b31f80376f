import type { IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http';
import { NoAnswer } from './no-answer.ts';

/** What a server answered, read to its end. */
export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export interface HttpQuestion {
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
  /** How long the server may say nothing before the question is given up, in milliseconds. */
  silenceMs?: number;
  /** Called with each line of a good answer as it comes; the text then holds what follows the last line's end. */
  onLine?: (line: string) => void;
}

/** Where a server is found: an address, or a socket of this machine and a path that it is asked for. */
export type HttpPlace = URL | { socketPath: string; path: string };

/** As many as fetch follows. */
const mostRedirects = 20;

/**
 * Asks over HTTP and reads the answer to its end; a registry sends its blobs from another address, so a redirection of a
 * GET or HEAD is followed. Node's own client instead of fetch, which takes a plan of a run 30 ms to load.
 * @throws Error of the connection, with a `code`; TimeoutError or AbortError when `signal` was raised.
 */
export async function askHttp(place: HttpPlace, question: HttpQuestion = {}): Promise<HttpAnswer> {
  const { method = 'GET', headers = {} } = question;
  let at = place;
  let sent = headers;
  for (let followed = 0; ; followed += 1) {
    const answer = await ask(at, { ...question, method, headers: sent });
    const next = answer.headers.location;
    const moved = [301, 302, 303, 307, 308].includes(answer.status) && next !== undefined;
    if (!moved || !(at instanceof URL) || !['GET', 'HEAD'].includes(method)) return answer;
    if (followed === mostRedirects) throw new Error(`more than ${mostRedirects} redirections`);
    const there = new URL(next, at);
    // A log-in is for the server that asked for it.
    if (there.origin !== at.origin) {
      sent = Object.fromEntries(
        Object.entries(sent).filter(([name]) => name.toLowerCase() !== 'authorization'),
      );
    }
    at = there;
  }
}

async function ask(
  place: HttpPlace,
  { method, headers, body, signal, silenceMs, onLine }: HttpQuestion,
): Promise<HttpAnswer> {
  // By this way, because `import` of the same module evaluates fetch and WebSocket with it, which takes 20 ms.
  const { request } =
    place instanceof URL && place.protocol === 'https:'
      ? process.getBuiltinModule('node:https')
      : process.getBuiltinModule('node:http');
  return await new Promise<HttpAnswer>((resolve, reject) => {
    const fail = (error: Error) => reject(signal?.aborted ? (signal.reason as Error) : error);
    const read = (answer: IncomingMessage) => {
      const status = answer.statusCode ?? 0;
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        text += part;
        if (onLine === undefined || status >= 400) return;
        const lines = text.split('\n');
        text = lines.pop() ?? '';
        for (const line of lines) onLine(line);
      });
      answer.on('end', () => resolve({ status, headers: answer.headers, text }));
      answer.on('error', fail);
    };
    // A name is for TLS only; to find one out, Node compiles what tells an address, 3 ms.
    const plain = place instanceof URL && place.protocol === 'https:' ? {} : { servername: '' };
    const options: RequestOptions & { servername?: string } = { method, headers, signal, ...plain };
    const asked =
      place instanceof URL
        ? request(place, options, read)
        : request({ ...options, ...place, headers: { Host: 'engine', ...headers } }, read);
    asked.on('error', fail);
    if (silenceMs !== undefined) asked.setTimeout(silenceMs, () => asked.destroy(new NoAnswer()));
    asked.end(body);
  });
}
