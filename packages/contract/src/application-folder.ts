import { getStaticTOMLValue, parseTOML } from 'toml-eslint-parser';
import { parseSource } from './source.ts';

/**
 * The application's folder in the workspace, read from the text of `slipway.toml` without checking anything else;
 * undefined when its source is elsewhere or the text cannot be read.
 */
export function applicationFolder(text: string): string | undefined {
  try {
    const { application } = getStaticTOMLValue(parseTOML(text)) as { application?: { source?: unknown } };
    const source = parseSource(String(application?.source ?? ''));
    return source?.kind === 'folder' ? source.path : undefined;
  } catch {
    return undefined;
  }
}
