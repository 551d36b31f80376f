import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';
import { Failure } from '@slipway/contract';
import { run, tryRun } from '@slipway/effects';
import pRetry from 'p-retry';
import { debianKeyring, type Origin } from '../apt/origin.ts';
import { formatDeb822, type Source } from '../apt/sources.ts';
import { writeWhole } from '../files.ts';
import type { Places } from '../places.ts';
import { unmountBelow } from '../process/mounts.ts';
import { step } from '../steps.ts';
import type { Work } from '../work.ts';

/** The suite of the substitute for the foreign OS image. */
export const substituteSuite = 'trixie';

/** Makes `rootfs.tar`: Debian 13, its essential and required packages, apt and ca-certificates. Done once. */
export async function makeRootfs(
  mmdebstrap: string,
  origin: Origin,
  keyring: string,
  work: Work,
): Promise<void> {
  const { place } = work;
  const still = ({ bytes }: { bytes: number }) =>
    existsSync(place.rootfs) && statSync(place.rootfs).size === bytes;
  await step(place, 'rootfs', still, async () => {
    const started = Date.now();
    const seconds = () => Math.round((Date.now() - started) / 1000);
    const timer = setInterval(
      () => work.progress(`sandbox: debian 13 root file system ... ${seconds()} s`),
      10_000,
    );
    work.progress('sandbox: debian 13 root file system ...');
    try {
      await pRetry(() => bootstrap(mmdebstrap, origin, keyring, work), {
        retries: 2,
        minTimeout: 500,
        shouldRetry: () => !work.signal?.aborted,
      });
    } finally {
      clearInterval(timer);
    }
    work.progress(`sandbox: debian 13 root file system made in ${seconds()} s`);
    return { bytes: statSync(place.rootfs).size };
  });
}

/** What nobody reads in an image, for the packages that builds install later. */
const unwanted = `path-exclude=/usr/share/man/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/doc/*
path-include=/usr/share/doc/*/copyright
`;

async function bootstrap(mmdebstrap: string, origin: Origin, keyring: string, work: Work): Promise<void> {
  const { place } = work;
  const temporary = await makeTemporary(work);
  const sources = await substituteSources(origin, work);
  const sourceFile = join(temporary, 'debian.sources');
  writeWhole(sourceFile, formatDeb822(sources));
  const unwantedFile = join(temporary, 'dpkg.cfg');
  writeWhole(unwantedFile, unwanted);
  const tar = `${place.rootfs}.partial`;
  const lines = sources.flatMap(({ uri, suites, components }) =>
    suites.map((suite) => `deb ${uri} ${suite} ${components.join(' ')}`),
  );
  await run({
    ...work.command(mmdebstrap, [
      '--mode=root',
      '--variant=minbase',
      '--format=tar',
      '--dpkgopt=force-unsafe-io',
      '--include=ca-certificates',
      `--keyring=${keyring}`,
      '--aptopt=APT::Sandbox::User "root"',
      '--aptopt=Acquire::Languages "none"',
      '--aptopt=Acquire::Retries "2"',
      // As hooks: mmdebstrap's own way (--dpkgopt=path-exclude) needs Python.
      `--customize-hook=upload ${unwantedFile} /etc/dpkg/dpkg.cfg.d/slipway`,
      '--customize-hook=cd "$1/usr/share" && rm -rf man info locale && find doc -type f ! -name copyright -delete',
      // Written last, so that the image lists its mirror in one file and in today's form.
      `--customize-hook=upload ${sourceFile} /etc/apt/sources.list.d/debian.sources`,
      '--customize-hook=cd "$1/etc" && rm -f apt/sources.list apt/apt.conf.d/99mmdebstrap dpkg/dpkg.cfg.d/99mmdebstrap',
      '--customize-hook=printf \'Acquire::Languages "none";\\n\' >"$1/etc/apt/apt.conf.d/docker-no-languages"',
      // What was true of this machine only.
      '--customize-hook=rm -f "$1/etc/hostname" "$1/etc/resolv.conf"',
      substituteSuite,
      tar,
      ...lines,
    ]),
    cwd: place.folder,
    env: { ...work.env, LC_ALL: 'C', TMPDIR: temporary },
    log: join(place.logs, 'rootfs.log'),
  });
  renameSync(tar, place.rootfs);
  await clearTemporary(place);
}

/** Takes away what an unfinished attempt left. */
export async function clearTemporary(place: Places): Promise<void> {
  await unmountBelow([temporaryFolder(place)]);
  rmSync(temporaryFolder(place), { recursive: true, force: true });
  rmSync(`${place.rootfs}.partial`, { force: true });
}

/**
 * Where mmdebstrap makes the tree that it packs: in memory where there is plenty, since dpkg waits for the disk after
 * each file (measured on a busy machine: 37 s instead of 67 s).
 */
async function makeTemporary(work: Work): Promise<string> {
  await clearTemporary(work.place);
  const temporary = temporaryFolder(work.place);
  mkdirSync(temporary, { recursive: true });
  if (freemem() > 3e9) {
    await tryRun(work.command('mount', ['-t', 'tmpfs', '-o', 'size=1g,mode=755', 'slipway', temporary]));
  }
  return temporary;
}

function temporaryFolder(place: Places): string {
  return join(place.folder, 'rootfs.partial');
}

/** The image's apt entries: the machine's mirror, with updates and security where they can be reached. */
async function substituteSources(origin: Origin, work: Work): Promise<Source[]> {
  const entry = (uri: string, suite: string): Source => ({
    uri,
    suites: [suite],
    components: ['main'],
    signedBy: debianKeyring,
  });
  const wanted = [
    entry(origin.mirror, substituteSuite),
    entry(origin.mirror, `${substituteSuite}-updates`),
    entry(origin.security, `${substituteSuite}-security`),
  ];
  const reachable = await Promise.all(wanted.map(({ uri, suites }) => hasSuite(uri, suites[0] ?? '', work)));
  const found = wanted.filter((_, index) => reachable[index]);
  if (reachable[0]) return found;
  throw new Failure({
    code: 'sandbox-impossible',
    message: `${origin.mirror} does not answer for Debian's ${substituteSuite}`,
    remedy: 'check the network and the mirror in /etc/apt/sources.list.d, then call the same command again',
  });
}

/** Asks with apt's own transport, which knows this machine's proxies. */
async function hasSuite(uri: string, suite: string, work: Work): Promise<boolean> {
  const target = join(temporaryFolder(work.place), `InRelease-${suite}`);
  const asked = await tryRun({
    ...work.command('/usr/lib/apt/apt-helper', [
      '-oAPT::Sandbox::User=root',
      'download-file',
      `${uri}/dists/${suite}/InRelease`,
      target,
    ]),
    timeoutMs: 30_000,
  });
  return asked.exitCode === 0;
}
