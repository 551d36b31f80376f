/** One `deb` entry of a machine's apt sources. */
export interface Source {
  uri: string;
  suites: string[];
  components: string[];
  signedBy?: string;
}

/** Pure: the enabled binary entries of a file in deb822 form (`*.sources`). */
export function parseDeb822(text: string): Source[] {
  return text
    .replace(/^#.*\n?/gm, '')
    .split(/\n\s*\n/)
    .map(fields)
    .filter((stanza) => words(stanza.types).includes('deb') && stanza.enabled?.toLowerCase() !== 'no')
    .flatMap((stanza) =>
      words(stanza.uris).map((uri) => ({
        uri: uri.replace(/\/$/, ''),
        suites: words(stanza.suites),
        components: words(stanza.components),
        // A key can also stand in the stanza itself; then the machine's trusted keys have to do.
        ...(stanza['signed-by']?.startsWith('/') && { signedBy: words(stanza['signed-by'])[0] }),
      })),
    );
}

/** Pure: the `deb` lines of a file in one-line form (`sources.list`, `*.list`). */
export function parseOneLine(text: string): Source[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .map((line) => /^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, options = '', uri = '', suite = '', components = '']) => {
      const signedBy = /signed-by=([^\s,]+)/i.exec(options)?.[1];
      return {
        uri: uri.replace(/\/$/, ''),
        suites: [suite],
        components: words(components),
        ...(signedBy !== undefined && { signedBy }),
      };
    });
}

/** Pure: a deb822 file that makes apt fetch package lists only, whatever other targets the machine wants. */
export function formatDeb822(sources: readonly Source[], extra: readonly string[] = []): string {
  return sources
    .map((source) =>
      [
        'Types: deb',
        `URIs: ${source.uri}`,
        `Suites: ${source.suites.join(' ')}`,
        `Components: ${source.components.join(' ')}`,
        ...(source.signedBy === undefined ? [] : [`Signed-By: ${source.signedBy}`]),
        ...extra,
      ].join('\n'),
    )
    .join('\n\n')
    .concat('\n');
}

function fields(stanza: string): Record<string, string | undefined> {
  const result: Record<string, string> = {};
  let last = '';
  for (const line of stanza.split('\n')) {
    const start = /^([\w-]+):\s*(.*)$/.exec(line);
    if (start) {
      last = (start[1] ?? '').toLowerCase();
      result[last] = start[2] ?? '';
    } else if (last !== '') {
      result[last] += ` ${line.trim()}`;
    }
  }
  return result;
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter(Boolean);
}
