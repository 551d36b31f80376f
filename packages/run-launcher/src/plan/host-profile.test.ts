import { expect, it } from 'vitest';
import { parseHostProfile } from './host-profile.ts';

it('reads what runs on a machine have in common, and says what is wrong with it', () => {
  expect(parseHostProfile({}, 'machine.json')).toEqual({});
  const launch = { shm_size: '64g', environment: { NCCL_NVLS_ENABLE: '0' }, network: 'host' };
  expect(parseHostProfile({ launch }, 'machine.json')).toEqual(launch);
  expect(() => parseHostProfile({ launch: { shm_size: 'lots', nccl: {} } }, 'machine.json')).toThrow(
    /error\[definition-invalid\] machine\.json: launch\.shm_size: "lots" is not a size .*\n.*\n.*launch has the unknown key "nccl"/,
  );
});

it.each([
  [{ shm_size: '8' }, 'launch.shm_size: "8" is not a size such as 8g or 512m'],
  [{ network: '' }, 'launch.network: "" is empty'],
  [{ environment: { A: 1 } }, 'launch.environment.A: 1 is not text in quotes'],
])('refuses %j', (launch, message) => {
  expect(() => parseHostProfile({ launch }, 'machine.json')).toThrow(message);
});
