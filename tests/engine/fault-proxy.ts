import { createServer, type IncomingMessage, request as openRequest, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What goes wrong with the requests that a rule concerns. */
export interface Fault {
  /** Methods that it concerns; default: all. */
  method?: string | RegExp;
  /** Path with query that it concerns. */
  path: RegExp;
  /** How many requests it concerns before it is used up; default: all. */
  times?: number;
  /**
   * A number: that status is answered. `hang`: nothing is read and nothing answered. `cut`: the connection is cut after
   * so many bytes of the request's or the response's body.
   */
  does: number | 'hang' | { cut: 'request' | 'response'; after: number };
  /** More headers of the answer. */
  headers?: Record<string, string>;
  /** Body of the answer; default: the one that the OCI distribution specification prescribes for errors. */
  body?: string;
}

export interface FaultProxy {
  /** Host and port that take the registry's place. */
  at: string;
  /** Every request so far, with what was done to it where something was. */
  requests: { method: string; path: string; fault?: Fault['does'] }[];
  fail(fault: Fault): void;
  /** Takes all faults back, lets go of whoever hangs, and forgets the requests. */
  clear(): void;
  close(): Promise<void>;
}

/**
 * Starts a proxy in front of a registry that passes everything on as it is, until it is told to fail. The host that was
 * asked for is passed on too, so that a registry names this proxy in the addresses of uploads.
 */
export async function faultProxy(upstream: string): Promise<FaultProxy> {
  const [host, port] = upstream.split(':');
  const sockets = new Set<Socket>();
  const hanging = new Set<Socket>();
  let faults: { fault: Fault; left: number }[] = [];
  const requests: FaultProxy['requests'] = [];

  const server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    const found = faults.find(({ fault, left }) => left > 0 && concerns(fault, method, url));
    if (found) found.left -= 1;
    const does = found?.fault.does;
    requests.push({ method, path: url, ...(does !== undefined && { fault: does }) });
    if (does === 'hang') return void hanging.add(request.socket);
    if (typeof does === 'number') return answer(request, response, does, found?.fault);
    const passed = openRequest({ host, port, method, path: url, headers: request.rawHeaders });
    const cut = () => {
      request.socket.destroy();
      passed.destroy();
    };
    passed.on('error', cut);
    response.on('close', () => passed.destroy());
    pass(request, passed, does?.cut === 'request' ? does.after : undefined, cut);
    passed.on('response', (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.rawHeaders);
      answered.on('error', cut);
      pass(answered, response, does?.cut === 'response' ? does.after : undefined, cut);
    });
  });
  // It would close a connection that rests just as a client takes it up again, which is no fault that was asked for.
  server.keepAliveTimeout = 0;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      hanging.delete(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    at: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    fail: (fault) => faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY }),
    clear: () => {
      faults = [];
      requests.length = 0;
      for (const socket of hanging) socket.destroy();
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

const concerns = ({ method, path }: Fault, asked: string, url: string): boolean =>
  (method === undefined || (typeof method === 'string' ? method === asked : method.test(asked))) &&
  path.test(url);

/** Reads what is sent first, as a registry does: whoever is still sending would not hear the answer. */
function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  { headers, body = specified(status) }: Partial<Fault> = {},
): void {
  const challenge = status === 401 ? { 'WWW-Authenticate': 'Basic realm="x"' } : {};
  request.resume();
  request.on('end', () =>
    response.writeHead(status, { 'Content-Type': 'application/json', ...challenge, ...headers }).end(body),
  );
}

const specified = (status: number): string =>
  JSON.stringify({ errors: [{ code: codes[status] ?? 'UNKNOWN', message: `planted ${status}` }] });

const codes: Record<number, string> = { 401: 'UNAUTHORIZED', 429: 'TOOMANYREQUESTS' };

/** Passes bytes on, all of them or `limit`; then the connection is cut. */
function pass(
  from: IncomingMessage,
  to: NodeJS.WritableStream,
  limit: number | undefined,
  cut: () => void,
): void {
  if (limit === undefined) return void from.pipe(to);
  let passed = 0;
  from.on('data', (bytes: Buffer) => {
    const rest = bytes.subarray(0, Math.max(limit - passed, 0));
    passed += bytes.length;
    // What is on its way already gets there first.
    to.write(rest, () => passed >= limit && cut());
  });
  from.on('end', () => cut());
}
