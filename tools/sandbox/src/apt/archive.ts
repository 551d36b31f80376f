import { mkdirSync, mkdtempSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '@slipway/contract';
import { run, tryRun } from '@slipway/effects';
import pRetry from 'p-retry';
import { writeWhole } from '../files.ts';
import type { Work } from '../work.ts';
import { formatDeb822, type Source } from './sources.ts';

/** One suite's packages, with package lists and caches of our own: the machine's apt is not touched. */
export interface Archive {
  suite: string;
  /** Size in bytes of each of the packages that this suite has. */
  sizes(packages: readonly string[]): Promise<Map<string, number>>;
  /** Fetches the packages (checked by apt against the signed lists) and returns their files. */
  fetch(packages: readonly string[], onBytes?: (bytes: number) => void): Promise<string[]>;
}

/** @throws Failure when the suite's package lists can't be had. */
export async function openArchive(suite: string, sources: readonly Source[], work: Work): Promise<Archive> {
  const opened = work.archives.get(suite) ?? open(suite, sources, join(work.place.downloads, suite), work);
  work.archives.set(suite, opened);
  return await opened;
}

async function open(suite: string, sources: readonly Source[], folder: string, work: Work): Promise<Archive> {
  const config = writeConfig(folder, sources);
  const apt = (file: string, ...args: string[]) => ({
    ...work.command(file, ['-c', config, '-qq', ...args]),
    env: { ...work.env, LC_ALL: 'C' },
    log: join(work.place.logs, 'apt.log'),
  });
  const retry = <T>(action: () => Promise<T>) => pRetry(action, { retries: 2, minTimeout: 500, shouldRetry });
  await retry(() => run(apt('apt-get', 'update', '-o', 'APT::Update::Error-Mode=any')));
  // One apt at a time: two would write the same cache file.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(action: () => Promise<T>): Promise<T> => {
    const mine = last.then(action);
    last = mine.catch(() => {});
    return mine;
  };
  return {
    suite,
    async sizes(packages) {
      // Exit code 100 tells that one of them is missing; the others are printed all the same.
      const { stdout } = await inTurn(() =>
        tryRun({ ...apt('apt-cache', 'show', '--no-all-versions', ...packages), log: undefined }),
      );
      return parseSizes(stdout);
    },
    async fetch(packages, onBytes) {
      return await inTurn(async () => {
        const debs = mkdtempSync(join(folder, 'debs-'));
        const timer = setInterval(() => onBytes?.(bytesIn(debs)), 1000);
        try {
          await retry(() => run({ ...apt('apt-get', 'download', ...packages), cwd: debs }));
        } finally {
          clearInterval(timer);
        }
        return readdirSync(debs)
          .filter((name) => name.endsWith('.deb'))
          .map((name) => join(debs, name));
      });
    },
  };
}

/** Pure: package name to size, from what `apt-cache show` prints. */
export function parseSizes(text: string): Map<string, number> {
  const found = text.split(/\n\n+/).map((stanza) => ({
    name: /^Package: (.*)$/m.exec(stanza)?.[1],
    size: Number(/^Size: (\d+)$/m.exec(stanza)?.[1] ?? 0),
  }));
  return new Map(found.flatMap(({ name, size }) => (name === undefined ? [] : [[name, size] as const])));
}

function writeConfig(folder: string, sources: readonly Source[]): string {
  for (const name of ['lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  const list = join(folder, 'slipway.sources');
  writeWhole(list, formatDeb822(sources, ['Targets: Packages', 'Languages: none', 'PDiffs: no']));
  const config = join(folder, 'apt.conf');
  writeWhole(
    config,
    [
      `Dir::Etc::SourceList "${list}";`,
      'Dir::Etc::SourceParts "/dev/null";',
      `Dir::State::Lists "${folder}/lists";`,
      `Dir::Cache "${folder}/cache";`,
      'Dir::Cache::pkgcache "pkgcache.bin";',
      'Dir::Cache::srcpkgcache "";',
      // A clone may lie where apt's own unprivileged user can't go.
      'APT::Sandbox::User "root";',
      'Acquire::GzipIndexes "false";',
      'Acquire::Retries "2";',
      // Hooks of the machine's configuration would work on the machine's own caches.
      '#clear APT::Update::Pre-Invoke;',
      '#clear APT::Update::Post-Invoke;',
      '#clear APT::Update::Post-Invoke-Success;',
      '',
    ].join('\n'),
  );
  return config;
}

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => {
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    return sum + (found?.isFile() ? found.size : 0);
  }, 0);
}

/** An interrupted or impossible command does not get better by being repeated. */
function shouldRetry({ error }: { error: Error }): boolean {
  const code = error instanceof Failure ? error.problems[0]?.code : undefined;
  return code !== 'interrupted' && code !== 'command-missing' && code !== 'disk-full';
}
