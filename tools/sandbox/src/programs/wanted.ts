/** A program the sandbox needs, and the packages that bring it. */
export interface Wanted {
  name: string;
  /** All are unpacked into one folder: the program's own and the libraries it needs from there. */
  packages: string[];
  /** Where the program lies in them; the first that exists is meant. */
  files: string[];
  /** Arguments with which it says that it runs on this machine: its exit code counts. */
  check: string[];
  /** `newest`: the newest suite whose program runs. `own`: this machine's suite first, it fits the C library. */
  from: 'newest' | 'own';
  /** Whether the program is started with its folder's libraries. */
  libraries?: boolean;
  /** Major version below which a program is of no use. */
  atLeast?: number;
}

/** Debian's suites that are tried before the machine's own, newest first. */
export const suites = ['forky', 'trixie'];

export const registryProgram: Wanted = {
  name: 'docker-registry',
  packages: ['docker-registry'],
  files: ['usr/bin/docker-registry'],
  check: ['--version'],
  from: 'newest',
};

/** What makes an OS image: mmdebstrap takes two thirds of debootstrap's time (measured: 22 s against 35 s). */
export const rootfsPrograms: Wanted[] = [
  {
    name: 'mmdebstrap',
    packages: ['mmdebstrap'],
    files: ['usr/bin/mmdebstrap'],
    check: ['--version'],
    from: 'own',
  },
];

export const enginePrograms: Wanted[] = [
  {
    name: 'dockerd',
    packages: ['docker.io'],
    files: ['usr/sbin/dockerd', 'usr/bin/dockerd'],
    check: ['--version'],
    from: 'newest',
    atLeast: 24,
  },
  {
    name: 'docker',
    packages: ['docker-cli'],
    files: ['usr/bin/docker'],
    check: ['--version'],
    from: 'newest',
    atLeast: 24,
  },
  {
    name: 'containerd',
    packages: ['containerd'],
    files: ['usr/bin/containerd'],
    check: ['--version'],
    from: 'newest',
  },
  {
    name: 'docker-buildx',
    packages: ['docker-buildx'],
    files: ['usr/libexec/docker/cli-plugins/docker-buildx', 'usr/lib/docker/cli-plugins/docker-buildx'],
    check: ['version'],
    from: 'newest',
  },
  {
    name: 'runc',
    packages: ['runc', 'libseccomp2'],
    files: ['usr/sbin/runc', 'usr/bin/runc'],
    check: ['--version'],
    from: 'own',
    libraries: true,
  },
  {
    name: 'docker-init',
    packages: ['tini-static'],
    files: ['usr/bin/tini-static'],
    check: ['--version'],
    from: 'newest',
  },
  // Makes the bridge: many a small machine has no `ip`.
  {
    name: 'busybox',
    packages: ['busybox-static'],
    files: ['bin/busybox', 'usr/bin/busybox'],
    check: ['true'],
    from: 'own',
  },
  {
    name: 'iptables',
    packages: [
      'iptables',
      'libxtables12',
      'libnftnl11',
      'libmnl0',
      'libnetfilter-conntrack3',
      'libnfnetlink0',
      'libip4tc2',
      'libip6tc2',
    ],
    files: ['usr/sbin/xtables-nft-multi'],
    check: ['iptables', '--version'],
    from: 'own',
    libraries: true,
  },
];
