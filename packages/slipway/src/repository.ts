import type { Written } from './written.ts';

/** Everything that is read of a repository, as values. */
export interface Repository {
  /** URL of its remote without a log-in; null: there is none. */
  remote: string | null;
  /** The branch that releases are made from. */
  branch: Written<string>;
  /** Where it lies in its git repository: '' at the top, else a path that ends with a slash. */
  prefix: string;
  /** Paths of the files that git tracks or does not ignore, from the root. */
  files: readonly string[];
  /** Text of pyproject.toml. */
  pyproject: string;
  /** Texts of the files that pyproject.toml leaves something to, by path. */
  texts: Readonly<Record<string, string>>;
  /** Texts of the files that are there and may have to change, by path. */
  existing: Readonly<Record<string, string>>;
}
