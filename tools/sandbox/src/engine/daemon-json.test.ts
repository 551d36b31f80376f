import { expect, test } from 'vitest';
import { daemonJson } from './daemon-json.ts';

const settings = {
  version: '28.5.2',
  dataRoot: '/w/.slipway/sandbox/engine',
  runFolder: '/run/slipway-0a1b2c3d',
  bridge: 'slip-0a1b2c3d',
  subnet: '10.213.0.0/16',
  mtu: 1400,
  cgroup: 'slipway-0a1b2c3d',
};

test('the whole of daemon.json', () => {
  expect(daemonJson(settings)).toEqual({
    features: { 'containerd-snapshotter': true },
    'data-root': '/w/.slipway/sandbox/engine',
    'exec-root': '/run/slipway-0a1b2c3d/exec',
    pidfile: '/run/slipway-0a1b2c3d/docker.pid',
    hosts: ['unix:///run/slipway-0a1b2c3d/docker.sock'],
    bridge: 'slip-0a1b2c3d',
    iptables: false,
    ip6tables: false,
    'ip-masq': false,
    'default-address-pools': [{ base: '10.213.128.0/17', size: 24 }],
    mtu: 1400,
    'default-network-opts': { bridge: { 'com.docker.network.driver.mtu': '1400' } },
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    'cgroup-parent': '/slipway-0a1b2c3d',
    'shutdown-timeout': 5,
    builder: {
      gc: {
        enabled: true,
        defaultReservedSpace: '3GB',
        defaultMaxUsedSpace: '20GB',
        defaultMinFreeSpace: '3GB',
      },
    },
  });
});

test('before version 28 the build cache had one limit, of another name', () => {
  expect(daemonJson({ ...settings, version: '26.1.5' }).builder).toEqual({
    gc: { enabled: true, defaultKeepStorage: '20GB' },
  });
});
