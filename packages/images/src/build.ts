import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseReference } from '@slipway/contract';
import { type BuildEngine, tryRun } from '@slipway/effects';
import { explainFailure } from './build-failure.ts';
import { makeBuildFolder } from './build-folder.ts';
import { buildxArguments, type CallPlaces, placesUnder } from './buildx.ts';
import { stageContext } from './context.ts';
import { machineSecrets } from './machine-secrets.ts';
import type { BuildCall } from './plan.ts';
import { followProgress } from './progress.ts';
import { watchRegistry } from './watch-registry.ts';

/** What surrounds an execution: none of it changes the result. */
export interface Surroundings {
  root: string;
  /** Tells a person something, of one project where one is named. */
  say: (line: string, project?: string) => void;
  /** What a project is doing at this moment, for whoever has a terminal to show it on. */
  now?: (project: string, doing: string) => void;
  /** A project has ended. */
  done?: (project: string) => void;
  signal?: AbortSignal;
  /** Name of the builder that was asked for; absent: this machine's own. */
  builder?: string;
  /** Bytes that what is pushed may have at most, where a limit says so. */
  pushBytes?: number;
}

/** What came of one call. */
export interface Built {
  /** Of what was pushed; undefined when nothing was. */
  digest: string | undefined;
  /** Blobs that the builder fetched from registries, with their compressed bytes. */
  pulled: Record<string, number>;
}

/**
 * Builds and pushes one planned call, and nothing else: what it lays out on disk is removed on every way out.
 * @param product folder that receives the target's files instead of an image being pushed.
 * @param log file that receives everything the builder printed.
 * @throws Failure `build-failed`, `engine-lost`, `disk-full`, `plan-outdated`.
 */
export async function build(
  call: BuildCall,
  engine: BuildEngine,
  log: string,
  around: Surroundings & { project: string },
  product?: string,
): Promise<Built> {
  const { project } = around;
  mkdirSync(dirname(log), { recursive: true });
  const folder = makeBuildFolder();
  try {
    const places = {
      ...placesUnder(folder, call, engine.builder.arguments, machineSecrets(folder)),
      product,
    };
    writeFileSync(places.dockerfile, call.dockerfile.text);
    for (const [name, context] of Object.entries(call.contexts)) {
      await stageContext(around.root, context, places.contexts[name] ?? folder);
    }
    for (let tries = 1; ; tries += 1) {
      try {
        return await solve(call, places, engine, log, around);
      } catch (error) {
        if (tries === 3 || !(error instanceof UploadLost))
          throw error instanceof UploadLost ? error.cause : error;
        around.say('the registry lost an upload that others made at the same time: pushing again', project);
        // So that the other one gets done. Whoever is interrupted meanwhile is told so by the builder's call.
        await sleep(tries * 500, undefined, { signal: around.signal }).catch(() => {});
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A push that failed and is worth another try; its cause is what is told when that fails too. */
class UploadLost extends Error {}

/** Calls the builder once. */
async function solve(
  call: BuildCall,
  places: CallPlaces,
  engine: BuildEngine,
  log: string,
  around: Surroundings & { project: string },
): Promise<Built> {
  const { project } = around;
  const progress = followProgress(
    (line) => around.say(line, project),
    (text) => appendFileSync(log, text),
    (doing) => around.now?.(project, doing),
  );
  const stall = watchRegistry(
    progress,
    call.push === null ? undefined : parseReference(call.push).registry,
    around.pushBytes,
  );
  try {
    const command = engine.docker([...engine.builder.globals, ...buildxArguments(call, places)], {
      signal: around.signal ? AbortSignal.any([around.signal, stall.signal]) : stall.signal,
      onLine: (line) => {
        progress.onLine(line);
        stall.onLine(line);
      },
      keep: false,
    });
    const { exitCode } = await tryRun(command);
    if (exitCode !== 0) {
      const said = progress.explain();
      const failure = await explainFailure(call, engine, said, log);
      // Of two that upload the same layer at once, a registry may fail one; it is there a moment later.
      const lost =
        /blob unknown to registry|provided digest did not match uploaded content|PUT request to \S+\/manifests\/\S+: 400/i;

      throw lost.test(said) ? new UploadLost('', { cause: failure }) : failure;
    }
    return { digest: pushedDigest(places.metadata), pulled: progress.pulled() };
  } catch (error) {
    throw stall.signal.aborted ? stall.signal.reason : error;
  } finally {
    stall.end();
  }
}

function pushedDigest(metadata: string): string | undefined {
  if (!existsSync(metadata)) return undefined;
  const told = JSON.parse(readFileSync(metadata, 'utf8')) as { 'containerimage.digest'?: string };
  return told['containerimage.digest'];
}
