import type { Gpu } from '@slipway/effects';
import type { RunPlan } from './run-plan.ts';

/** A device that a run asks for, and the GPUs of the host that it is, or is a part of. */
export interface FoundDevice {
  device: string;
  /** None: the host has no such device. Several: it is one of these, and nobody can say which. */
  gpus: readonly Gpu[];
}

/** What stands behind `--gpus`, as its devices; null: none. */
export function askedDevices(
  asked: string,
  host: readonly Gpu[],
): NonNullable<RunPlan['gpus']>['devices'] | null {
  if (asked === 'none') return null;
  if (asked === 'all') return 'all';
  if (asked.startsWith('device=')) return asked.slice('device='.length).split(',');
  const count = Number(asked);
  // The first ones that are there: one that does not answer keeps its number.
  return Array.from({ length: count }, (_, place) =>
    String(count > host.length ? place : host[place]?.index),
  );
}

/** Finds each device of a run on a host: by number, by UUID, or, where it is a part of a GPU, by what it is a part of. */
export function findDevices(
  devices: NonNullable<RunPlan['gpus']>['devices'],
  host: readonly Gpu[],
): FoundDevice[] {
  if (devices === 'all') return host.map((gpu) => ({ device: String(gpu.index), gpus: [gpu] }));
  return devices.map((device) => ({ device, gpus: gpusOf(device, host) }));
}

/** Whether a device is a part of a GPU. https://docs.nvidia.com/datacenter/tesla/mig-user-guide/#device-nodes-and-capabilities */
export const isMig = (device: string): boolean => /^(?:\d+:\d+$|MIG-)/.test(device);

/** Which GPU `MIG-` and a UUID of its own is a part of, only nvidia-smi -L says, which no plan waits for. */
function gpusOf(device: string, host: readonly Gpu[]): readonly Gpu[] {
  const [, number] = /^(\d+)(?::\d+)?$/.exec(device) ?? [];
  if (number !== undefined) return host.filter(({ index }) => index === Number(number));
  const [, uuid = ''] = /^(?:MIG-)?(GPU-[\w-]+)/.exec(device) ?? [];
  const told = host.every((gpu) => gpu.uuid !== null);
  if (uuid === '' || !told) return host;
  return host.filter((gpu) => gpu.uuid?.toLowerCase() === uuid.toLowerCase());
}
