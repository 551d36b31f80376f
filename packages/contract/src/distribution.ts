import { readToml } from './read-toml.ts';

/** What a pyproject.toml says of the distribution that is installed from it. */
export interface Distribution {
  /** As it is written. */
  name: string;
  /** Null: it is dynamic. */
  version: string | null;
  description: string | null;
  /** An SPDX expression; null where it is only told in a file or in other words. */
  license: string | null;
  /** By the labels that it gives them. */
  urls: Readonly<Record<string, string>>;
}

/**
 * Reads what a pyproject.toml says, in the form of the standard or in that of Poetry; null when it names no distribution
 * or cannot be read.
 */
export function readDistribution(text: string): Distribution | null {
  const { project, tool } = tables(text);
  const said = typeof project?.name === 'string' ? project : tool?.poetry;
  if (typeof said?.name !== 'string') return null;
  return {
    name: said.name,
    version: textOf(said.version),
    description: textOf(said.description),
    license: textOf(said.license),
    urls: Object.fromEntries(
      [
        ...Object.entries(said.urls ?? {}),
        // Poetry's own fields.
        ...['homepage', 'repository', 'documentation'].map((name) => [name, said[name]] as const),
      ].filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
  };
}

interface Tables {
  project?: Table;
  tool?: { poetry?: Table };
}

type Table = Record<string, unknown> & { urls?: Record<string, unknown> };

function tables(text: string): Tables {
  try {
    return readToml(text) as Tables;
  } catch {
    return {};
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
