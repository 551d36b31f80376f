import { cdiFolders, cdiGpus } from './cdi.ts';
import type { ContainerEngine } from './container-engine.ts';
import { type Answer, byProgram, firstOf, imageOf, listedOf, stateOf } from './engine-answer.ts';
import { freeBytes } from './free-bytes.ts';
import { type PodmanStore, pullWithPodman } from './podman-pull.ts';
import { tryRun } from './process.ts';

export function openPodman(patienceMs: number): ContainerEngine {
  const command: ContainerEngine['command'] = (args, options = {}) => ({ ...options, file: 'podman', args });
  const asked = { engine: 'podman', where: 'podman on this machine' } as const;
  const json = <T>(answer: Answer) => firstOf<T>(answer, asked);
  const ask = (args: string[], signal?: AbortSignal) =>
    byProgram(command(args, { timeoutMs: patienceMs, signal }), asked);
  return {
    name: 'podman',
    answersQuickly: false,
    command,
    typed: { program: 'podman', environment: {} },
    async facts() {
      const info = json<PodmanInfo>(await ask(['info', '--format', 'json']));
      return {
        name: 'podman',
        version: info?.version?.Version ?? '',
        runtimes: [info?.host?.ociRuntime?.name ?? ''],
        cdi: await cdiGpus(cdiFolders),
        rootless: info?.host?.security?.rootless ?? false,
        memoryBytes: info?.host?.memTotal ?? 0,
        diskFreeBytes: freeBytes(info?.store?.graphRoot) ?? null,
      };
    },
    version: async () => null,
    inspect: async (container, { signal } = {}) =>
      stateOf(json(await ask(['container', 'inspect', container], signal))),
    // Beside each container, a process of its own waits for its end.
    sawEnd: async () => true,
    async list(label, { running = false } = {}) {
      // Without --all, those that are paused would be left out.
      const args = ['ps', '--all', '--no-trunc', '--filter', `label=${label}`, '--format', 'json'];
      const all = listedOf(await ask(args), asked);
      return running ? all.filter(({ status }) => status === 'running') : all;
    },
    async remove(container) {
      const args = ['rm', '--force', '--ignore', '--volumes', '--time=0', container];
      await tryRun(command(args, { detached: true }));
    },
    has: async (reference) => json(await ask(['image', 'inspect', reference])) !== undefined,
    image: async (reference) => imageOf(json(await ask(['image', 'inspect', reference]))),
    async pull(reference, { onProgress, signal }) {
      const store = json<PodmanInfo>(await ask(['info', '--format', 'json']))?.store;
      await pullWithPodman(command, reference, { store, onProgress, signal });
    },
  };
}

interface PodmanInfo {
  host?: { memTotal?: number; security?: { rootless?: boolean }; ociRuntime?: { name?: string } };
  store?: PodmanStore;
  version?: { Version?: string };
}
