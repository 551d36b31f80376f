import { parseArgs } from 'node:util';
import schema from './run.schema.json' with { type: 'json' };

/**
 * Options of an executor as a person typed them. Nx reads `1e-3` as 0.001 and splits a list that is given once at its
 * commas, so texts are taken from the words behind the target, which it hands on too; what stands in a project's own
 * options is what it is.
 * @param words what was typed behind the target.
 */
export function typedOptions(
  options: Readonly<Record<string, unknown>>,
  words: readonly string[],
): Record<string, unknown> {
  const { values } = parseArgs({ args: [...words], options: spellings, strict: false });
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => {
      const kind = kindOf(name);
      const typed = spelled(name).flatMap((spelling) => values[spelling] ?? []);
      const texts = (typed.length > 0 ? typed : [value].flat()).map(String);
      if (kind === 'list') return [name, texts];
      return [name, kind === 'text' && value !== undefined ? texts.at(-1) : value];
    }),
  );
}

const properties: Record<string, { type: string | string[]; enum?: string[] }> = schema.properties;

/** What an option holds for the launcher; `other` is as Nx has it. */
function kindOf(name: string): 'text' | 'list' | 'other' {
  const type = properties[name]?.type ?? '';
  if (type === 'array') return 'list';
  return [type].flat().includes('string') ? 'text' : 'other';
}

/** `sshKey`, and `ssh-key` as most people write it. */
const spelled = (name: string): string[] => [
  ...new Set([name, name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)]),
];

const spellings = Object.fromEntries(
  Object.keys(properties).flatMap((name) =>
    spelled(name).map((spelling) => {
      const type = properties[name]?.type === 'boolean' ? ('boolean' as const) : ('string' as const);
      return [spelling, { type, multiple: true }];
    }),
  ),
);
