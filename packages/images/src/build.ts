import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Failure } from '@slipway/contract';
import { chooseBuilder, type Engine, engineAnswers, tryRun } from '@slipway/effects';
import { buildxArguments, placesUnder } from './buildx.ts';
import { stageContext } from './context.ts';
import { findDownloads } from './dockerfile.ts';
import type { BuildCall } from './plan.ts';
import { followProgress } from './progress.ts';

/** What surrounds an execution: none of it changes the result. */
export interface Surroundings {
  root: string;
  say: (line: string) => void;
  signal?: AbortSignal;
}

/**
 * Builds and pushes one planned call, and nothing else: what it lays out on disk is removed on every way out.
 * @param product folder that receives the target's files instead of an image being pushed.
 * @param log file that receives everything the builder printed.
 * @throws Failure `build-failed`, `engine-lost`, `disk-full`, `plan-outdated`, `dockerfile-pulls-base`.
 */
export async function build(
  call: BuildCall,
  engine: Engine,
  log: string,
  around: Surroundings,
  product?: string,
): Promise<void> {
  if (call.lazy) {
    const downloads = findDownloads(call.dockerfile, call.target);
    if (downloads) throw downloads;
  }
  mkdirSync(dirname(log), { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'slipway-build-'));
  try {
    const places = { ...placesUnder(folder, call, await chooseBuilder(engine), machineSecrets()), product };
    writeFileSync(places.dockerfile, call.dockerfile.text);
    for (const [name, context] of Object.entries(call.contexts)) {
      await stageContext(around.root, context, places.contexts[name] ?? folder);
    }
    const progress = followProgress(around.say, (text) => appendFileSync(log, text));
    const command = engine.docker(buildxArguments(call, places), {
      signal: around.signal,
      onLine: progress.onLine,
      keep: false,
    });
    const { exitCode } = await tryRun(command);
    if (exitCode !== 0) throw await explainFailure(call, engine, progress.explain(), log);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Files of this machine that builds need and no layer may hold: its certificates, its package index settings. */
function machineSecrets(): Record<string, string> {
  const first = (paths: (string | undefined)[]) =>
    paths.find((path) => path !== undefined && existsSync(path));
  const ca = first([
    process.env.SSL_CERT_FILE,
    process.env.NODE_EXTRA_CA_CERTS,
    '/etc/ssl/certs/ca-certificates.crt',
  ]);
  const uv = first([process.env.UV_CONFIG_FILE, join(homedir(), '.config/uv/uv.toml'), '/etc/uv/uv.toml']);
  return { ...(ca && { ca }), ...(uv && { uv }) };
}

async function explainFailure(call: BuildCall, engine: Engine, said: string, log: string): Promise<Failure> {
  const product = call.push === null ? `the stage ${call.target}` : call.push;
  if (!(await engineAnswers(engine))) {
    return new Failure({
      code: 'engine-lost',
      message: `the engine stopped answering while ${product} was being built`,
      remedy: 'start the engine (npx nx run sandbox:up for the private one), then the same command again',
    });
  }
  if (/no space left on device/i.test(said)) {
    return new Failure({
      code: 'disk-full',
      message: `the engine's disk (${engine.dataRoot}) ran full while ${product} was being built`,
      remedy: 'free some space, for example with docker builder prune, then start the same command again',
    });
  }
  return new Failure({
    code: 'build-failed',
    where: { file: call.dockerfile.path },
    message: `building ${product} failed:\n${said.replace(/^/gm, '  | ')}`,
    remedy: `read the whole log in ${log}`,
  });
}
