/** What dockerd is told. */
export interface EngineSettings {
  /** Version of dockerd, such as `28.5.2`: the names of settings changed over time. */
  version: string;
  dataRoot: string;
  runFolder: string;
  bridge: string;
  /** The engine's /16, such as `10.213.0.0/16`. */
  subnet: string;
  mtu: number;
  cgroup: string;
}

/** Pure: the content of daemon.json. */
export function daemonJson(settings: EngineSettings): Record<string, unknown> {
  const { version, dataRoot, runFolder, bridge, subnet, mtu, cgroup } = settings;
  const [major = 0] = version.split('.').map(Number);
  return {
    // The image store that keeps layers as they were pushed, zstd and all.
    features: { 'containerd-snapshotter': true },
    'data-root': dataRoot,
    'exec-root': `${runFolder}/exec`,
    pidfile: `${runFolder}/docker.pid`,
    hosts: [`unix://${runFolder}/docker.sock`],
    // A bridge, addresses and a masquerading rule of our own (see network.ts): with its usual ones two engines on one
    // machine would empty each other's firewall chains.
    bridge,
    iptables: false,
    ip6tables: false,
    'ip-masq': false,
    'default-address-pools': [{ base: upperHalf(subnet), size: 24 }],
    mtu,
    'default-network-opts': { bridge: { 'com.docker.network.driver.mtu': String(mtu) } },
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    'cgroup-parent': `/${cgroup}`,
    'shutdown-timeout': 5,
    builder: {
      gc: {
        enabled: true,
        ...(major >= 28
          ? { defaultReservedSpace: '3GB', defaultMaxUsedSpace: '20GB', defaultMinFreeSpace: '3GB' }
          : { defaultKeepStorage: '20GB' }),
      },
    },
  };
}

/** Networks that people make get the upper half of the engine's addresses; the bridge lies in the lower. */
function upperHalf(subnet: string): string {
  const [a, b] = subnet.split('.');
  return `${a}.${b}.128.0/17`;
}
