/** Decimal units, as disks, registries and CI providers count; a GB is 10^9 bytes. */
const units = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 } as const;

/** What a size looks like: a number, an optional space, a unit of SI. */
export const sizePattern = /^(\d+(?:\.\d+)?) ?(B|kB|MB|GB|TB)$/;

/** Bytes of a size such as `14GB`; undefined when the text is not one, or is not a whole number of bytes above 0. */
export function parseSize(text: string): number | undefined {
  const match = sizePattern.exec(text);
  if (match === null) return undefined;
  const bytes = Math.round(Number(match[1]) * units[match[2] as keyof typeof units]);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

/** A size for a person: `8GB`, `5.6GB`, `300MB`; at most one digit after the point. */
export function formatSize(bytes: number): string {
  const [unit, factor] =
    Object.entries(units)
      .toReversed()
      .find(([, candidate]) => Math.abs(bytes) >= candidate) ?? (['B', 1] as const);
  return `${Number((bytes / factor).toFixed(1))}${unit}`;
}
