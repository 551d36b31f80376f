/**
 * Order of two versions of Debian packages: `[epoch:]upstream[-revision]`, as Debian policy 5.6.12 has it
 * (https://www.debian.org/doc/debian-policy/ch-controlfields.html#version) and `dpkg --compare-versions`.
 */
export function compareDebianVersions(a: string, b: string): number {
  const [one, other] = [split(a), split(b)];
  return (
    one.epoch - other.epoch ||
    comparePart(one.upstream, other.upstream) ||
    comparePart(one.revision, other.revision)
  );
}

function split(version: string): { epoch: number; upstream: string; revision: string } {
  const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/s.exec(version.trim()) ?? [];
  const hyphen = rest.lastIndexOf('-');
  return {
    epoch: Number(epoch),
    upstream: hyphen < 0 ? rest : rest.slice(0, hyphen),
    revision: hyphen < 0 ? '' : rest.slice(hyphen + 1),
  };
}

/** Texts and numbers by turns; of a text `~` is lower than its end, and letters are lower than all else. */
function comparePart(a: string, b: string): number {
  const [one, other] = [parts(a), parts(b)];
  for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
    const [x, y] = [one[index] ?? '', other[index] ?? ''];
    const order = index % 2 === 0 ? compareText(x, y) : Number(x) - Number(y);
    if (order !== 0) return order;
  }
  return 0;
}

/** A text, a number, a text, ...; either may be empty. */
const parts = (text: string): string[] =>
  [...text.matchAll(/(\D*)(\d*)/g)].flatMap(([, x = '', y = '']) => [x, y]);

function compareText(a: string, b: string): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const order = rank(a[index]) - rank(b[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function rank(character: string | undefined): number {
  if (character === '~') return -1;
  if (character === undefined) return 0;
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256;
}
