import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildkitConfig, Failure, formatSize, parseSize } from '@slipway/contract';
import type { Engine } from './engine.ts';
import { run, tryRun } from './process.ts';

/** A builder of buildx. */
export interface Builder {
  /** Arguments of `docker buildx build` that select it, and those of `docker` before them. */
  arguments: readonly string[];
  globals: readonly string[];
  /** Whether it works on the engine of this machine, so that the engine's disk, cores and memory are its own. */
  isEngine: boolean;
}

/** An engine with the builder that builds go to. */
export type BuildEngine = Engine & { builder: Builder };

/**
 * The builder to use: the one asked for by name; else the one that `docker buildx use` chose; else the
 * engine's own when its images lie in containerd's store, without which it cannot push without unpacking; else a BuildKit
 * container of ours on the host's network (so that it reaches a registry on 127.0.0.1).
 * @param reserveBytes what the cache of a builder of ours may take; others keep to their own settings.
 * @throws Failure `builder-missing` when there is none of the name that was asked for.
 */
export async function chooseBuilder(
  engine: Engine,
  asked: string | undefined,
  reserveBytes: number,
): Promise<Builder> {
  const chosen = await tryRun(
    engine.docker(['buildx', 'inspect', ...(asked ? [asked] : [])], { timeoutMs: 60_000 }),
  );
  const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(chosen.stdout)?.[1];
  if (asked) {
    // A context is a builder too, but buildx takes it only from within.
    const globals = field('Driver') === 'docker' && asked !== 'default' ? ['--context', asked] : [];
    const isEngine = asked === 'default' ? engine.containerdStore : isLocalContainer(field);
    if (chosen.exitCode === 0) return { globals, arguments: ['--builder', asked], isEngine };
    throw new Failure({
      code: 'builder-missing',
      message: `there is no builder ${asked} (${chosen.stderr.trim().split('\n').at(-1)})`,
      remedy: 'see docker buildx ls; make one with docker buildx create or docker context create',
    });
  }
  const driver = field('Driver');
  if (chosen.exitCode === 0 && driver !== undefined && driver !== 'docker') {
    const isEngine = isLocalContainer(field);
    return { globals: [], arguments: ['--builder', field('Name') ?? 'default'], isEngine };
  }
  if (engine.containerdStore)
    return { globals: [], arguments: ['--builder', field('Name') ?? 'default'], isEngine: true };
  return { globals: [], arguments: ['--builder', await ownBuilder(engine, reserveBytes)], isEngine: true };
}

/** Whether a builder is a BuildKit container of this machine's engine, which keeps its data where the engine does. */
const isLocalContainer = (field: (name: string) => string | undefined): boolean =>
  field('Driver') === 'docker-container' && /^(?:unix:|npipe:|default$)/.test(field('Endpoint') ?? '');

/** Name of the BuildKit container of ours whose cache keeps to so many bytes; it is made when there is none. */
async function ownBuilder(engine: Engine, reserveBytes: number): Promise<string> {
  // The settings of one that runs cannot be changed: another limit is another builder.
  const name = `slipway-${formatSize(reserveBytes)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '-')}`;
  if ((await tryRun(engine.docker(['buildx', 'inspect', name]))).exitCode === 0) return name;
  const folder = mkdtempSync(join(tmpdir(), 'slipway-builder-'));
  try {
    const config = join(folder, 'buildkitd.toml');
    writeFileSync(config, buildkitConfig(reserveBytes));
    const driver = ['--driver=docker-container', '--driver-opt=network=host', `--buildkitd-config=${config}`];
    const created = await tryRun(engine.docker(['buildx', 'create', `--name=${name}`, ...driver]));
    // Somebody else may have made it meanwhile.
    if (created.exitCode !== 0) await run(engine.docker(['buildx', 'inspect', name]));
    return name;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Measures a builder that is not this machine's engine, from within a build: whatever it is, that is where compilers will
 * run.
 * @param image a reference to any small Linux image that it can fetch.
 */
export async function probeBuilder(
  engine: BuildEngine,
  image: string,
): Promise<Required<Pick<Engine, 'cpus' | 'memoryBytes' | 'diskFreeBytes'>>> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-probe-'));
  const dockerfile = [
    `FROM ${image} AS probe`,
    `RUN df --block-size=1 --output=avail / | tail -n 1 > /facts && nproc >> /facts && awk '/^MemTotal/ { printf "%.0f\\n", $2 * 1024 }' /proc/meminfo >> /facts`,
    'FROM scratch',
    'COPY --from=probe /facts /',
  ];
  try {
    const output = `--output=type=local,dest=${folder}`;
    const flags = ['--no-cache', '--provenance=false', '--file=-', output];
    await run(
      engine.docker(
        [...engine.builder.globals, 'buildx', 'build', ...engine.builder.arguments, ...flags, folder],
        {
          input: dockerfile.join('\n'),
          timeoutMs: 300_000,
        },
      ),
      { code: 'engine-unreachable', remedy: 'look at the builder: docker buildx inspect --bootstrap' },
    );
    const [diskFreeBytes = 0, cpus = 1, memoryBytes = 0] = readFileSync(join(folder, 'facts'), 'utf8')
      .split('\n')
      .map(Number);
    return { diskFreeBytes, cpus, memoryBytes };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Lets the builder forget so many bytes of its cache, what was used last the last. */
export async function reclaimDisk(engine: BuildEngine, bytes: number): Promise<void> {
  const builder = [...engine.builder.globals, 'buildx'];
  const du = await tryRun(engine.docker([...builder, 'du', '--format=json', ...engine.builder.arguments]));
  const sizes = [...du.stdout.matchAll(/"Size":\s*"([^"]+)"/g)].map(([, size]) => parseSize(size ?? '') ?? 0);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  // Of a cache whose size is not known, nothing is taken: it may hold hours of work.
  if (all === 0) return;
  const flags = ['--force', '--all', `--max-used-space=${Math.max(1, Math.round(all - bytes))}`];
  await tryRun(engine.docker([...builder, 'prune', ...engine.builder.arguments, ...flags]));
}
