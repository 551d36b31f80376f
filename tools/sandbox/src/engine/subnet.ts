/** Pure: a free `10.x.0.0/16`, starting from a number made of the seed, given the text of `/proc/net/route`. */
export function freeSubnet(routes: string, seed: string, preferred?: string): string | undefined {
  const taken = parseRoutes(routes);
  const start = Number.parseInt(seed.slice(0, 4), 16);
  const choices = Array.from({ length: 120 }, (_, index) => `10.${130 + ((start + index) % 120)}.0.0/16`);
  return [...(preferred === undefined ? [] : [preferred]), ...choices].find((choice) => {
    const address = toNumber(choice.replace(/\/.*/, ''));
    return !taken.some(({ network, mask }) => {
      const common = (mask & 0xffff0000) >>> 0;
      return (address & common) >>> 0 === (network & common) >>> 0;
    });
  });
}

/** Pure: the interface of the default route. */
export function defaultInterface(routes: string): string | undefined {
  return parseRoutes(routes, true).find(({ mask }) => mask === 0)?.name;
}

function parseRoutes(text: string, withDefault = false) {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((row) => row.length >= 8)
    .map((row) => ({ name: row[0] ?? '', network: littleEndian(row[1]), mask: littleEndian(row[7]) }))
    .filter(({ mask }) => withDefault || mask !== 0);
}

function littleEndian(hex = '0'): number {
  const bytes = hex.padStart(8, '0').match(/../g) ?? [];
  return Number.parseInt(bytes.reverse().join(''), 16);
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
