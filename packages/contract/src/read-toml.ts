import { getStaticTOMLValue, parseTOML } from 'toml-eslint-parser';

/** The values of a TOML text, for settings of other programs; a definition is read with its places (`parseDefinition`). */
export function readToml(text: string): unknown {
  return getStaticTOMLValue(parseTOML(text));
}
