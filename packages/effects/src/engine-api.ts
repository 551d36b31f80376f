import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { MachineSettings } from '@slipway/contract';

/** The answer of an engine to one question. */
export interface EngineAnswer {
  status: number;
  text: string;
}

/**
 * The socket of the docker engine that the docker program would talk to; undefined where that is anything else than a
 * socket of this machine: then the program itself has to be asked, which takes a tenth of a second each time.
 */
export function engineSocket(
  machine: MachineSettings,
  environment: Record<string, string | undefined> = process.env,
): string | undefined {
  const named = machine.engine?.host ?? (environment.DOCKER_CONTEXT ? 'context' : environment.DOCKER_HOST);
  if (named) return named.startsWith('unix://') ? named.slice('unix://'.length) : undefined;
  const folder = machine.engine?.config ?? environment.DOCKER_CONFIG ?? join(homedir(), '.docker');
  if (![undefined, 'default'].includes(currentContext(join(folder, 'config.json')))) return undefined;
  return existsSync('/var/run/docker.sock') ? '/var/run/docker.sock' : undefined;
}

/**
 * Asks the engine behind a socket (https://docs.docker.com/reference/api/engine/).
 * @param onLine called with each line of the answer as it comes; the text is then empty unless the status is an error.
 */
export async function askEngine(
  socketPath: string,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  options: {
    headers?: Record<string, string>;
    onLine?: (line: string) => void;
    signal?: AbortSignal;
    timeoutMs?: number;
  } = {},
): Promise<EngineAnswer> {
  // Loaded here, because it brings along what fetches web pages too: every command would wait for that.
  const { request } = await import('node:http');
  const { headers, onLine, signal, timeoutMs } = options;
  return await new Promise((resolve, reject) => {
    const asked = request(
      { socketPath, method, path, headers: { Host: 'engine', ...headers }, signal },
      (answer) => {
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
        answer.on('end', () => resolve({ status, text }));
        answer.on('error', reject);
      },
    );
    asked.on('error', reject);
    if (timeoutMs !== undefined) asked.setTimeout(timeoutMs, () => asked.destroy(new Error('no answer')));
    asked.end();
  });
}

function currentContext(file: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { currentContext?: string }).currentContext;
  } catch {
    return undefined;
  }
}
