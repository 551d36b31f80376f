import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '@slipway/contract';
import { run, tryRun } from '@slipway/effects';
import { readText } from '../files.ts';
import { withLock } from '../lock.ts';
import { defaultInterface, freeSubnet } from './subnet.ts';

/** An engine's own bridge and its way to the network. */
export interface Network {
  bridge: string;
  subnet: string;
  mtu: number;
  /** Which iptables does the masquerading; `none` where the kernel has neither: builds then need the host network. */
  firewall: 'nft' | 'legacy' | 'none';
}

/** Makes the bridge and the rules. What is there already is kept. */
export async function makeNetwork(bin: string, id: string, subnetBefore?: string): Promise<Network> {
  // Two engines coming up at once must not choose the same addresses.
  return await withLock('network', async () => {
    const bridge = bridgeName(id);
    const busybox = join(bin, 'busybox');
    const ip = (...args: string[]) =>
      run(
        { file: busybox, args: ['ip', ...args] },
        { code: 'sandbox-failed', remedy: 'is this root, with NET_ADMIN?' },
      );
    if (interfaces().includes(bridge)) await ip('link', 'del', bridge);
    const routes = readText('/proc/net/route');
    const subnet = freeSubnet(routes, id, subnetBefore);
    if (subnet === undefined) {
      throw new Failure({
        code: 'sandbox-impossible',
        message: 'every network from 10.130.0.0/16 to 10.249.0.0/16 is in use on this machine',
        remedy: 'free one of them, or use an installed Docker Engine',
      });
    }
    await ip('link', 'add', 'name', bridge, 'type', 'bridge');
    await ip('addr', 'add', subnet.replace('0.0/16', '0.1/24'), 'dev', bridge);
    await ip('link', 'set', bridge, 'up');
    const firewall = await makeRules(bin, id, subnet);
    // Without an outer default route there is nothing to fit to.
    const outer = defaultInterface(routes);
    const mtu = Number(outer && readText(`/sys/class/net/${outer}/mtu`)) || 1500;
    return { bridge, subnet, mtu, firewall };
  });
}

/** Takes all of it away again. */
export async function removeNetwork(bin: string, id: string): Promise<void> {
  await removeRules(bin, id);
  const busybox = join(bin, 'busybox');
  if (interfaces().includes(bridgeName(id)) && existsSync(busybox)) {
    await tryRun({ file: busybox, args: ['ip', 'link', 'del', bridgeName(id)] });
  }
  await restoreForwarding();
}

/** 13 characters; an interface's name may have 15. */
export function bridgeName(id: string): string {
  return `slip-${id}`;
}

export function interfaces(): string[] {
  return readdirSync('/sys/class/net');
}

const kinds = ['nft', 'legacy'] as const;
const forwarding = '/proc/sys/net/ipv4/ip_forward';
/** Remembers that the machine did not forward before the first sandbox; gone with the next boot, as it should. */
const forwardingBefore = '/run/slipway-ip-forward-was-off';

/** A chain in each of two tables holds all of our rules, so that they are found again whatever happened. */
async function makeRules(bin: string, id: string, subnet: string): Promise<Network['firewall']> {
  await removeRules(bin, id);
  for (const kind of kinds) {
    const works = await allOf(bin, kind, [
      ['-t', 'nat', '-N', chain(id)],
      ['-t', 'nat', '-A', chain(id), '-s', subnet, '!', '-d', subnet, '-j', 'MASQUERADE'],
      ['-t', 'nat', '-I', 'POSTROUTING', '-j', chain(id)],
      // Where the machine forwards only what is listed (ufw, another engine), list ours.
      ['-t', 'filter', '-N', chain(id)],
      ['-t', 'filter', '-A', chain(id), '-s', subnet, '-j', 'ACCEPT'],
      ['-t', 'filter', '-A', chain(id), '-d', subnet, '-j', 'ACCEPT'],
      ['-t', 'filter', '-I', 'FORWARD', '-j', chain(id)],
    ]);
    if (!works) {
      await removeRules(bin, id);
      continue;
    }
    if (readText(forwarding).trim() === '0') {
      writeFileSync(forwardingBefore, '');
      writeFileSync(forwarding, '1');
    }
    return kind;
  }
  return 'none';
}

async function removeRules(bin: string, id: string): Promise<void> {
  for (const kind of kinds) {
    for (const [table, hook] of [
      ['nat', 'POSTROUTING'],
      ['filter', 'FORWARD'],
    ] as const) {
      if (!(await allOf(bin, kind, [['-t', table, '-S', chain(id)]]))) continue;
      await allOf(bin, kind, [['-t', table, '-D', hook, '-j', chain(id)]]);
      await allOf(bin, kind, [
        ['-t', table, '-F', chain(id)],
        ['-t', table, '-X', chain(id)],
      ]);
    }
  }
}

/** The last sandbox turns forwarding off again, if it was off and nobody else has use for it. */
async function restoreForwarding(): Promise<void> {
  const others = interfaces().some(
    (name) => name.startsWith('slip-') || /^(docker|br-|virbr|veth)/.test(name),
  );
  if (others || !existsSync(forwardingBefore)) return;
  writeFileSync(forwarding, '0');
  await tryRun({ file: 'rm', args: ['-f', forwardingBefore] });
}

async function allOf(bin: string, kind: string, rules: readonly string[][]): Promise<boolean> {
  const file = join(bin, `iptables-${kind}`);
  if (!existsSync(file)) return false;
  for (const rule of rules) {
    const { exitCode } = await tryRun({ file, args: ['-w', '10', ...rule] });
    if (exitCode !== 0) return false;
  }
  return true;
}

function chain(id: string): string {
  return `SLIPWAY-${id}`;
}
