import { getStaticTOMLValue, parseTOML } from 'toml-eslint-parser';
import { parseSource } from './source.ts';

/**
 * Folders of the workspace that the application and its companions lie in, read from the text of `slipway.toml` without
 * checking anything else; none when the text cannot be read.
 */
export function sourceFolders(text: string): string[] {
  try {
    const { application } = getStaticTOMLValue(parseTOML(text)) as {
      application?: { source?: unknown; companion?: { source?: unknown }[] };
    };
    return [application, ...(application?.companion ?? [])].flatMap((tree) => {
      const source = parseSource(String(tree?.source ?? ''));
      return source?.kind === 'folder' ? [source.path] : [];
    });
  } catch {
    return [];
  }
}
