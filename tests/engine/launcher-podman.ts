import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { run, tryRun } from '@slipway/effects';

/** A podman to test with, put first on the PATH of this process and of what it calls. */
export interface TestPodman {
  /** Why there is none here; null: there is one. */
  missing: string | null;
  podman(...args: string[]): ReturnType<typeof tryRun>;
  dispose(): Promise<void>;
}

/** Debian packages of a podman that runs without being installed. */
const packages = [
  ...['podman', 'conmon', 'runc', 'catatonit', 'golang-github-containers-common'],
  ...['libsubid4', 'libseccomp2', 'libgpgme11', 'libassuan0'],
];

/** Takes the podman of this machine, or else unpacks one from Debian packages with stores of its own. */
export async function testPodman(): Promise<TestPodman> {
  const podman = (...args: string[]) => tryRun({ file: 'podman', args, timeoutMs: 120_000 });
  const there = await podman('--version').catch(() => undefined);
  if (there?.exitCode === 0) return { missing: null, podman, dispose: async () => {} };
  const folder = mkdtempSync(join(tmpdir(), 'slipway-podman-'));
  const before = process.env.PATH;
  const dispose = async () => {
    await podman('rm', '--all', '--force', '--time=0').catch(() => undefined);
    await podman('system', 'reset', '--force').catch(() => undefined);
    process.env.PATH = before;
    rmSync(folder, { recursive: true, force: true });
  };
  const fetched = await tryRun({
    file: 'apt-get',
    args: ['download', ...packages],
    cwd: folder,
    timeoutMs: 300_000,
  }).catch((error: Error) => ({ exitCode: 1, stderr: error.message }));
  if (fetched.exitCode !== 0) {
    await dispose();
    return { missing: `no package of podman: ${fetched.stderr.trim().split('\n').at(-1)}`, podman, dispose };
  }
  const root = join(folder, 'root');
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.deb'))) {
    await run({ file: 'dpkg-deb', args: ['-x', join(folder, name), root] });
  }
  configure(folder, root);
  process.env.PATH = `${join(folder, 'bin')}${delimiter}${before}`;
  const tried = await podman('info');
  if (tried.exitCode === 0) return { missing: null, podman, dispose };
  await dispose();
  return { missing: `podman does not run here: ${tried.stderr.trim().split('\n').at(-1)}`, podman, dispose };
}

/** Everything that podman would look for in /etc and /usr, in the folder. */
function configure(folder: string, root: string): void {
  const etc = join(folder, 'etc');
  mkdirSync(etc, { recursive: true });
  mkdirSync(join(folder, 'bin'));
  const libraries = join(root, 'usr/lib', triplet(root));
  const script = (name: string, program: string, lines: string[] = [], args = '') => {
    const text = [
      '#!/bin/sh',
      `export LD_LIBRARY_PATH=${libraries}`,
      ...lines,
      `exec ${program} ${args}"$@"`,
      '',
    ];
    writeFileSync(join(folder, 'bin', name), text.join('\n'));
    chmodSync(join(folder, 'bin', name), 0o755);
  };
  // runc, because crun does not take control groups of both versions side by side.
  script('runc', join(root, 'usr/sbin/runc'));
  const storage = join(etc, 'storage.conf');
  writeFileSync(
    storage,
    [
      '[storage]',
      'driver = "overlay"',
      `graphroot = "${folder}/store"`,
      `runroot = "${folder}/run"`,
      '',
    ].join('\n'),
  );
  const containers = join(etc, 'containers.conf');
  writeFileSync(
    containers,
    [
      '[engine]',
      'runtime = "runc"',
      `conmon_path = ["${folder}/bin/conmon"]`,
      'cgroup_manager = "cgroupfs"',
      'events_logger = "file"',
      `tmp_dir = "${folder}/tmp"`,
      '[engine.runtimes]',
      `runc = ["${folder}/bin/runc"]`,
      '[containers]',
      // A network of its own would need programs and rights that are not part of this test.
      'netns = "host"',
      'log_driver = "k8s-file"',
      // podman's own defaults are more than a process without all rights may give on.
      'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]',
      `init_path = "${join(root, 'usr/libexec/podman/catatonit')}"`,
      `seccomp_profile = "${join(root, 'usr/share/containers/seccomp.json')}"`,
      '',
    ].join('\n'),
  );
  const policy = join(etc, 'policy.json');
  writeFileSync(policy, '{"default":[{"type":"insecureAcceptAnything"}]}\n');
  const lines = [`export CONTAINERS_STORAGE_CONF=${storage} CONTAINERS_CONF=${containers}`];
  // It starts podman once more when a container has ended.
  script('conmon', join(root, 'usr/bin/conmon'), lines);
  // Of podman 4 only pulling asks for the policy, and takes it as an option of its own.
  const pull = `if [ "$1" = pull ]; then shift; set -- pull --signature-policy=${policy} "$@"; fi`;
  script('podman', join(root, 'usr/bin/podman'), [...lines, pull], '--cgroup-manager=cgroupfs ');
}

function triplet(root: string): string {
  const names = existsSync(join(root, 'usr/lib')) ? readdirSync(join(root, 'usr/lib')) : [];
  return names.find((name) => name.endsWith('-linux-gnu')) ?? '';
}
