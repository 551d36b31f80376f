import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Failure } from '@slipway/contract';
import { run, tryRun } from '@slipway/effects';
import { type Archive, openArchive } from '../apt/archive.ts';
import { debianKeyring, type Origin } from '../apt/origin.ts';
import type { Source } from '../apt/sources.ts';
import { step } from '../steps.ts';
import type { Work } from '../work.ts';
import { type Candidate, candidates, nextRound, refuse } from './choose.ts';
import { libraryPath } from './libraries.ts';
import { suites, type Wanted } from './wanted.ts';

/** A program that was unpacked and runs on this machine. */
export interface Program {
  name: string;
  suite: string;
  file: string;
  /** The first line it printed about itself. */
  version: string;
  /** The folder of libraries it is started with, when it needs one. */
  libraries?: string;
}

/** Fetches programs, each from the best suite whose program runs here. Done once; later calls only look. */
export async function provide(
  what: string,
  wanted: readonly Wanted[],
  origin: Origin,
  work: Work,
  newestFirst: readonly string[] = suites,
): Promise<Program[]> {
  const still = (programs: Program[]) =>
    wanted.every((one) => programs.some(({ name, file }) => name === one.name && existsSync(file)));
  return await step(work.place, what, still, () => fetchAll(what, wanted, newestFirst, origin, work));
}

async function fetchAll(
  what: string,
  wanted: readonly Wanted[],
  newestFirst: readonly string[],
  origin: Origin,
  work: Work,
): Promise<Program[]> {
  const programs: Program[] = [];
  let open = candidates(wanted, newestFirst, origin.own);
  while (open.length > 0) {
    const hopeless = open.filter((candidate) => candidate.suites.length === 0);
    if (hopeless.length > 0) throw impossible(hopeless);
    const rounds = [...nextRound(open)].map(([suite, list]) => fetchFrom(suite, list, what, origin, work));
    const results = (await Promise.all(rounds)).flat();
    programs.push(...results.filter((result): result is Program => 'version' in result));
    open = results.filter((result): result is Candidate => 'wanted' in result);
    for (const { wanted: one, refused } of open) {
      work.progress(`sandbox: ${one.name}: ${refused.at(-1)}; trying the next older suite`);
    }
  }
  return programs;
}

/** The programs of one suite that run, and as candidates for the next suite those that do not. */
async function fetchFrom(
  suite: string,
  list: Candidate[],
  what: string,
  origin: Origin,
  work: Work,
): Promise<(Program | Candidate)[]> {
  let archive: Archive;
  let debs: string[];
  let have: Candidate[];
  const missing: Candidate[] = [];
  try {
    archive = await openArchive(suite, await sourcesOf(suite, origin, work), work);
    const sizes = await archive.sizes(list.flatMap(({ wanted }) => wanted.packages));
    have = list.filter((candidate) => candidate.wanted.packages.every((name) => sizes.has(name)));
    missing.push(...list.filter((candidate) => !have.includes(candidate)));
    const packages = have.flatMap(({ wanted }) => wanted.packages);
    const total = packages.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
    const say = (bytes: number) =>
      work.progress(
        `sandbox: fetching ${what} packages (${suite}) ${megabytes(bytes)}/${megabytes(total)} MB`,
      );
    say(0);
    debs = packages.length === 0 ? [] : await archive.fetch(packages, say);
  } catch (error) {
    if (!(error instanceof Failure) || !['command-failed'].includes(error.problems[0]?.code ?? ''))
      throw error;
    return list.map((candidate) => refuse(candidate, `can't be fetched: ${lastLine(error.message)}`));
  }
  const results: (Program | Candidate)[] = missing.map((candidate) =>
    refuse(candidate, 'has no such package'),
  );
  const waiting = [...have];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results.push(await unpackAndTry(next, suite, debs, work));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}

async function unpackAndTry(
  candidate: Candidate,
  suite: string,
  debs: readonly string[],
  work: Work,
): Promise<Program | Candidate> {
  const { wanted } = candidate;
  const folder = join(work.place.prefix, suite, wanted.name);
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  for (const name of wanted.packages) {
    const deb = debs.find((path) => path.split('/').at(-1)?.startsWith(`${name}_`)) ?? name;
    await run(work.command('dpkg-deb', ['-x', deb, partial]));
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
  const file = wanted.files.map((path) => join(folder, path)).find((path) => existsSync(path));
  if (file === undefined) return refuse(candidate, `its package has no ${wanted.files[0]}`);
  const libraries = wanted.libraries ? libraryPath(folder) : undefined;
  const tried = await tryRun({
    ...work.command(file, wanted.check),
    env: { ...work.env, ...(libraries !== undefined && { LD_LIBRARY_PATH: libraries }) },
    timeoutMs: 20_000,
  }).catch((error: Error) => {
    if (work.signal?.aborted) throw error;
    return { exitCode: 127, stdout: '', stderr: error.message };
  });
  if (tried.exitCode !== 0) return refuse(candidate, `does not run here (${lastLine(tried.stderr)})`);
  const version = tried.stdout.trim().split('\n')[0] ?? '';
  const major = Number(/(\d+)\.\d+/.exec(version)?.[1] ?? Number.NaN);
  if (wanted.atLeast !== undefined && !(major >= wanted.atLeast)) {
    return refuse(candidate, `is ${version}, older than ${wanted.atLeast}`);
  }
  return { name: wanted.name, suite, file, version, ...(libraries !== undefined && { libraries }) };
}

/** The apt entries of a suite: the machine's own for its own suite, otherwise Debian's from its mirror. */
async function sourcesOf(suite: string, origin: Origin, work: Work): Promise<Source[]> {
  if (suite === origin.own) return origin.ownSources;
  const signedBy = await keyring(origin, work);
  return [{ uri: origin.mirror, suites: [suite], components: ['main'], signedBy }];
}

/** Debian's keys: the machine's, or (on Ubuntu) from the package of that name in its own archive. */
export async function keyring(origin: Origin, work: Work): Promise<string> {
  if (existsSync(debianKeyring)) return debianKeyring;
  const folder = join(work.place.prefix, origin.own, 'keyring');
  const file = join(folder, debianKeyring);
  const { path } = await step(
    work.place,
    'keyring',
    ({ path }: { path: string }) => existsSync(path),
    async () => {
      const archive = await openArchive(origin.own, origin.ownSources, work);
      const [deb] = await archive.fetch(['debian-archive-keyring']);
      mkdirSync(folder, { recursive: true });
      await run(work.command('dpkg-deb', ['-x', deb ?? '', folder]));
      return { path: file };
    },
  );
  return path;
}

function impossible(hopeless: readonly Candidate[]): Failure {
  return new Failure(
    hopeless.map(({ wanted, refused }) => ({
      code: 'sandbox-impossible' as const,
      message: `no suite has a ${wanted.name} that runs on this machine:\n  | ${refused.join('\n  | ')}`,
      remedy: 'install Docker Engine >= 24 with buildx and start it, then call the same command again',
    })),
  );
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}

function lastLine(text: string): string {
  return (
    text
      .trim()
      .split('\n')
      .filter((line) => !line.trim().startsWith('fix:'))
      .at(-1)
      ?.trim() ?? ''
  );
}
