import { expect, test } from 'vitest';
import { defaultInterface, freeSubnet } from './subnet.ts';

const head = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';
const row = (name: string, network: string, mask: string) =>
  `${name}\t${network}\t00000000\t0001\t0\t0\t0\t${mask}\t0\t0\t0\n`;
const byDefault = row('eth0', '00000000', '00000000');
/** 10.130.0.0/24, as the kernel writes it on a little-endian machine. */
const taken = row('slip-a', '0000820A', '00FFFFFF');

test('the seed says where to begin', () => {
  expect(freeSubnet(head + byDefault, '0000aaaa')).toBe('10.130.0.0/16');
  expect(freeSubnet(head + byDefault, '0001aaaa')).toBe('10.131.0.0/16');
});

test('a network that overlaps a route is passed over, the preferred one too', () => {
  expect(freeSubnet(head + taken, '0000aaaa')).toBe('10.131.0.0/16');
  expect(freeSubnet(head + taken, '0005aaaa', '10.130.0.0/16')).toBe('10.135.0.0/16');
  expect(freeSubnet(head, '0005aaaa', '10.140.0.0/16')).toBe('10.140.0.0/16');
});

test('a machine that uses all of 10.0.0.0/8 has none', () => {
  expect(freeSubnet(head + row('eth0', '0000000A', '000000FF'), '0000aaaa')).toBeUndefined();
});

test('the interface of the default route', () => {
  expect(defaultInterface(head + taken + byDefault)).toBe('eth0');
  expect(defaultInterface(head + taken)).toBeUndefined();
});
