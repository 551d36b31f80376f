import type { MachineSettings } from '@slipway/contract';
import { cdiGpus, gpusAmong } from './cdi.ts';
import type { ContainerEngine } from './container-engine.ts';
import { dockerCommand } from './docker-command.ts';
import { pullByProgram, pullOverSocket } from './docker-pull.ts';
import { type Answer, byProgram, firstOf, imageOf, listedOf, stateOf, unreachable } from './engine-answer.ts';
import { engineSocket } from './engine-socket.ts';
import { freeBytes } from './free-bytes.ts';
import { askHttp, type HttpAnswer } from './http.ts';

/** Docker is asked over its socket where that is on this machine, and through its program otherwise. */
export function openDocker(machine: MachineSettings, patienceMs: number): ContainerEngine {
  const command = dockerCommand(machine);
  const socket = engineSocket(machine);
  const where = machine.engine?.host ?? process.env.DOCKER_HOST ?? 'its default address';
  const asked = { engine: 'docker', where } as const;
  // To remove a container takes longer than to tell of it.
  const silenceOf = (method: 'GET' | 'DELETE') => (method === 'GET' ? patienceMs : 60_000);
  const answerOf = async (
    method: 'GET' | 'DELETE',
    path: string,
    socketPath: string,
    signal?: AbortSignal,
  ): Promise<HttpAnswer> =>
    await askHttp({ socketPath, path }, { method, signal, silenceMs: silenceOf(method) }).catch(
      (error: Error) => {
        throw unreachable(asked, error.message, error);
      },
    );
  /** One question both ways; the answers are the same JSON. */
  const ask = async (
    method: 'GET' | 'DELETE',
    path: string,
    args: string[],
    signal?: AbortSignal,
  ): Promise<Answer> =>
    socket === undefined
      ? byProgram(command(args, { timeoutMs: silenceOf(method), signal }), asked)
      : answerOf(method, path, socket, signal);
  const json = <T>(answer: Answer) => firstOf<T>(answer, asked);
  const inspect = async (container: string, { signal }: { signal?: AbortSignal } = {}) => {
    const path = `/containers/${container}/json`;
    return stateOf(json(await ask('GET', path, ['container', 'inspect', container], signal)));
  };
  const { docker = 'docker', host, config } = machine.engine ?? {};
  return {
    name: 'docker',
    answersQuickly: socket !== undefined,
    command,
    typed: {
      program: docker,
      environment: { ...(host && { DOCKER_HOST: host }), ...(config && { DOCKER_CONFIG: config }) },
    },
    async facts() {
      const info = json<DockerInfo>(await ask('GET', '/info', ['info', '--format', '{{json .}}']));
      if (!info?.ServerVersion) throw unreachable(asked, info?.ServerErrors?.[0] ?? '');
      const discovered = gpusAmong((info.DiscoveredDevices ?? []).flatMap(({ ID }) => ID ?? []));
      return {
        name: 'docker',
        version: info.ServerVersion,
        runtimes: Object.keys(info.Runtimes ?? {}),
        cdi: discovered.length > 0 ? discovered : await cdiGpus(info.CDISpecDirs ?? []),
        rootless: (info.SecurityOptions ?? []).some((option) => option.includes('rootless')),
        memoryBytes: info.MemTotal ?? 0,
        diskFreeBytes: freeBytes(info.DockerRootDir) ?? null,
      };
    },
    async version() {
      if (socket === undefined) return null;
      // /version starts a program or two; the shortest answer names the version too: `Docker/28.5.2 (linux)`.
      const { headers } = await answerOf('GET', '/_ping', socket);
      return /^Docker\/(\S+)/.exec(String(headers.server))?.[1] ?? null;
    },
    inspect,
    async sawEnd(container) {
      const filters = { container: [container], event: ['die'] };
      // A moment ahead: an end is told of just after it is seen by others.
      const period = { since: '1', until: ((Date.now() + 200) / 1000).toFixed(3) };
      const query = new URLSearchParams({ ...period, filters: JSON.stringify(filters) });
      const { text } = await ask('GET', `/events?${query}`, [
        ...['events', '--format={{json .}}', `--since=${period.since}`, `--until=${period.until}`],
        ...['--filter=event=die', `--filter=container=${container}`],
      ]);
      return text.includes('"die"');
    },
    async list(label, { running = false } = {}) {
      const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
      const answer = await ask('GET', `/containers/json?all=${!running}&filters=${filters}`, [
        ...['ps', `--all=${!running}`, '--quiet', '--no-trunc', '--filter', `label=${label}`],
      ]);
      if (socket !== undefined) return listedOf(answer, asked);
      // Its program writes labels into one text that cannot be taken apart again.
      const states = await Promise.all(
        answer.text
          .split('\n')
          .filter(Boolean)
          .map((id) => inspect(id)),
      );
      return states.flatMap((state) => state ?? []);
    },
    async remove(container) {
      await ask('DELETE', `/containers/${container}?force=1&v=1`, ['rm', '--force', '--volumes', container]);
    },
    async has(reference) {
      // Answered in less than half the time of the image itself, whose size containerd adds up layer by layer.
      const path = `/images/${encodeURIComponent(reference)}/history`;
      return json(await ask('GET', path, ['image', 'inspect', reference])) !== undefined;
    },
    async image(reference) {
      const path = `/images/${encodeURIComponent(reference)}/json`;
      return imageOf(json(await ask('GET', path, ['image', 'inspect', reference])));
    },
    async pull(reference, { onProgress, signal }) {
      const options = { onProgress, signal, config };
      if (socket === undefined) await pullByProgram(command, reference, options);
      else await pullOverSocket(socket, reference, options);
    },
  };
}

interface DockerInfo {
  ServerVersion?: string;
  ServerErrors?: string[];
  Runtimes?: Record<string, unknown>;
  /** Absent: an engine that does not know CDI; empty: it is switched off. */
  CDISpecDirs?: string[] | null;
  /** Since 28.2. */
  DiscoveredDevices?: { ID?: string }[] | null;
  SecurityOptions?: string[];
  MemTotal?: number;
  DockerRootDir?: string;
}
