import { compareNumbers } from './capability.ts';
import type { Architecture, Definition } from './definition.ts';
import { flashAttentionBuild } from './facts/flash-attention.ts';
import type { Problem } from './problem.ts';
import { whereIs } from './rules/contradiction.ts';
import { list } from './rules/words.ts';
import { formatSize } from './size.ts';

/** What was measured about the machine that builds, or the engine that builds for it. */
export interface HostFacts {
  cpus: number;
  memoryBytes: number;
  /** Free bytes where the engine keeps its data; absent: not known, so not checked. */
  diskFreeBytes?: number;
  /** Absent: not asked yet, so not checked. */
  engine?: {
    name: 'docker' | 'podman';
    version: string;
    /** Version of the buildx plugin; null: there is none. */
    buildx: string | null;
    /** Platforms that it builds besides the host's, through emulation or other nodes. */
    platforms?: readonly string[];
  };
  /** Such as `linux/amd64`. */
  platform: string;
}

/** The oldest Docker Engine that can export an image without unpacking its base. */
export const minimumDocker = '24.0';

/**
 * What this host cannot do of a definition that passed the rules. Name the architectures that will really be built:
 * one whose flash-attention wheel is there already needs nothing of what compiling it would.
 */
export function checkHost(
  definition: Definition,
  host: HostFacts,
  architectures: readonly Architecture[] = definition.architectures,
): Problem[] {
  return [
    ...checkEngine(host),
    ...checkDisk(definition, host),
    ...architectures.flatMap((architecture) => [
      ...checkPlatforms(definition, host, architecture),
      ...checkFlashAttention(definition, host, architecture),
    ]),
  ];
}

/** Jobs that compile flash-attention side by side (MAX_JOBS): half of the cores, 9 GiB of memory each, at least 1. */
export function flashAttentionJobs(host: Pick<HostFacts, 'cpus' | 'memoryBytes'>): number {
  const byCores = Math.floor(host.cpus / flashAttentionBuild.coresPerJob);
  const byMemory = Math.floor(host.memoryBytes / flashAttentionBuild.memoryBytesPerJob);
  return Math.max(1, Math.min(byCores, byMemory));
}

function checkEngine({ engine }: HostFacts): Problem[] {
  if (engine === undefined || engine.name !== 'docker') return [];
  const problems: Problem[] = [];
  const version = /^\d+(?:\.\d+)*/.exec(engine.version)?.[0] ?? '0';
  if (compareNumbers(version, minimumDocker) < 0) {
    problems.push({
      code: 'engine-too-old',
      message: `docker ${engine.version} is older than ${minimumDocker}`,
      remedy: 'Update Docker Engine: https://docs.docker.com/engine/install/.',
    });
  }
  if (engine.buildx === null) {
    problems.push({
      code: 'engine-too-old',
      message: `docker ${engine.version} has no buildx plugin`,
      remedy: 'Install it: https://docs.docker.com/build/install-buildx/.',
    });
  }
  return problems;
}

function checkDisk(definition: Definition, { diskFreeBytes }: HostFacts): Problem[] {
  const { buildkitReserveBytes } = definition.limits;
  if (diskFreeBytes === undefined || diskFreeBytes >= buildkitReserveBytes) return [];
  return [
    {
      code: 'host-unfit',
      message: `${formatSize(diskFreeBytes)} of disk are free, less than the ${formatSize(buildkitReserveBytes)} of buildkit_reserve`,
      remedy: 'Free some, for example with docker builder prune, or lower buildkit_reserve.',
      where: whereIs(definition, { file: 'slipway.toml', path: 'limits.buildkit_reserve' }),
    },
  ];
}

function checkPlatforms(definition: Definition, host: HostFacts, architecture: Architecture): Problem[] {
  const buildable = [...new Set([host.platform, ...(host.engine?.platforms ?? [])])];
  return architecture.platforms.flatMap((platform, index) => {
    if (buildable.includes(platform)) return [];
    return [
      {
        code: 'host-unfit' as const,
        message: `${architecture.name} is for ${platform}, and this host builds ${list(buildable)} only`,
        remedy: `Build it on a ${platform} machine (docker buildx create with one, then --builder), or remove "${platform}".`,
        where: whereIs(definition, { file: architecture.file, path: `platforms.${index}` }),
      },
    ];
  });
}

function checkFlashAttention(definition: Definition, host: HostFacts, architecture: Architecture): Problem[] {
  if (architecture.flashAttention?.from !== 'build') return [];
  const { memoryBytesPerJob, diskBytes } = flashAttentionBuild;
  const { diskFreeBytes = diskBytes, memoryBytes } = host;
  const short = [
    ...(memoryBytes < memoryBytesPerJob
      ? [`${formatSize(memoryBytesPerJob)} of memory for one job (here: ${formatSize(memoryBytes)})`]
      : []),
    ...(diskFreeBytes < diskBytes
      ? [`${formatSize(diskBytes)} of free disk (here: ${formatSize(diskFreeBytes)})`]
      : []),
  ];
  if (short.length === 0) return [];
  return [
    {
      code: 'host-unfit',
      message: `compiling flash-attention ${architecture.flashAttention.version} for ${architecture.name} needs ${list(short)}`,
      remedy:
        'Build on a larger machine (--builder), or name an exact wheel: from = { url = "...", sha256 = "..." }.',
      where: whereIs(definition, { file: architecture.file, path: 'flash_attention.from' }),
    },
  ];
}
