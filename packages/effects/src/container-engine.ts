import type { MachineSettings } from '@slipway/contract';
import { openDocker } from './docker-engine.ts';
import { openPodman } from './podman-engine.ts';
import type { Command } from './process.ts';

export type EngineName = 'docker' | 'podman';

/** What a run has to know about the engine that starts it. */
export interface EngineFacts {
  name: EngineName;
  version: string;
  /** Names of OCI runtimes, `nvidia` among them where the container toolkit was configured. */
  runtimes: string[];
  /** Names of the NVIDIA GPUs that its CDI specifications describe: `all`, `0`, UUIDs. */
  cdi: string[];
  /** Whether root in the container is somebody else outside. */
  rootless: boolean;
  memoryBytes: number;
  /** Free bytes where it keeps its images; null: that disk is not on this machine. */
  diskFreeBytes: number | null;
}

/** A container as a list of them tells of it. */
export interface ListedContainer {
  id: string;
  /** `created` was never started; one that is paused, or on its way down, still runs. */
  status: 'created' | 'running' | 'exited';
  labels: Record<string, string>;
}

/** A container as the engine describes it. */
export interface ContainerState extends ListedContainer {
  exitCode: number;
  killedByMemory: boolean;
  /** Process id of its first process on the engine's host; 0 when it does not run. */
  pid: number;
  /** Why it could not be started. */
  error: string;
  startedAt: string;
  finishedAt: string;
  /** Folders and files of the engine's host that it uses. */
  mounts: string[];
}

/** An image in an engine's own store. */
export interface EngineImage {
  id: string;
  /** `linux/amd64` */
  platform: string;
  labels: Record<string, string>;
  /** Whom it runs as; null: root. */
  user: string | null;
  /** What its `ENTRYPOINT` puts before every command; empty: nothing. */
  entrypoint: string[];
}

/** How far a pull has come, in compressed bytes. */
export interface PullProgress {
  fetchedBytes: number;
  /** Of all layers that the engine has to fetch, without those that it has; null: not known. */
  totalBytes: number | null;
}

/** The engine as the launcher needs it: facts and states are read here, containers are started by command lines. */
export interface ContainerEngine {
  name: EngineName;
  /** Whether a question costs a thousandth of a second; otherwise the engine's program is started, a hundred times that. */
  answersQuickly: boolean;
  /** A command line of the engine's program, addressed to this engine. */
  command(args: readonly string[], options?: Omit<Command, 'file' | 'args'>): Command;
  /** Program and environment as a person would have to type them before its arguments. */
  typed: { program: string; environment: Record<string, string> };
  /** @throws Failure `engine-unreachable` or `command-missing`. */
  facts(): Promise<EngineFacts>;
  /** Its version alone, which costs a hundredth; null where that saves nothing. @throws as `facts`. */
  version(): Promise<string | null>;
  /**
   * Undefined: there is no such container. @throws Failure `engine-unreachable`.
   * @param options `signal`: raised when nobody wants to know any more.
   */
  inspect(container: string, options?: { signal?: AbortSignal }): Promise<ContainerState | undefined>;
  /**
   * Whether it was there when a container ended, and remembers it. One that it finds dead when it is started gets exit code
   * 255, which an application may end with, too. @throws Failure `engine-unreachable`.
   */
  sawEnd(container: string): Promise<boolean>;
  /**
   * All containers that have a label.
   * @param options `running`: only those that run. Docker takes some milliseconds for each of the others.
   * @throws Failure `engine-unreachable`.
   */
  list(label: string, options?: { running?: boolean }): Promise<ListedContainer[]>;
  /** Removes a container, running or not; one that is not there is no error. */
  remove(container: string): Promise<void>;
  /** Whether an image is in the engine's own store. @throws Failure `engine-unreachable`. */
  has(reference: string): Promise<boolean>;
  /** An image in the engine's own store; undefined: it is not there. */
  image(reference: string): Promise<EngineImage | undefined>;
  /** @throws Failure `image-missing`, `registry-denied`, `pull-failed`, `disk-full` or `interrupted`. */
  pull(
    reference: string,
    options: { onProgress: (progress: PullProgress) => void; signal?: AbortSignal },
  ): Promise<void>;
}

/**
 * Opens the engine of this machine by its name. Nothing is asked yet.
 * @param patienceMs how long its answer to a question is waited for.
 */
export function openContainerEngine(
  name: EngineName,
  machine: MachineSettings,
  { patienceMs = 60_000 }: { patienceMs?: number } = {},
): ContainerEngine {
  return name === 'docker' ? openDocker(machine, patienceMs) : openPodman(patienceMs);
}
