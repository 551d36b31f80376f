import { expect, test } from 'vitest';
import { cgroupMounts } from './cgroups.ts';

test('control groups of either version', () => {
  const mounts = `tmpfs /sys/fs/cgroup tmpfs rw 0 0
cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0
`;
  expect(cgroupMounts(mounts)).toEqual(['/sys/fs/cgroup/cpu', '/sys/fs/cgroup/unified']);
  expect(cgroupMounts('proc /proc proc rw 0 0\n')).toEqual([]);
});
