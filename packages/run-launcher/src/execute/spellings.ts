/** How programs spell a value that they print: as it is, or as JSON, shells, URLs, Python and HTML quote it. */
export function spellingsOf(value: string): string[] {
  return [
    value,
    ...inJson(value),
    ...inShell(value),
    ...inBash(value),
    ...inUrls(value),
    ...inPython(value),
    ...inHtml(value),
  ];
}

/** As a string of JSON, also of those that write ASCII only, such as Python's. */
function inJson(value: string): string[] {
  const escaped = JSON.stringify(value).slice(1, -1);
  return [escaped, escaped.replace(/[^ -~]/g, (letter) => `\\u${hex(letter.charCodeAt(0), 4)}`)];
}

/** As `export -p`, `set -x`, `declare -p` and `printf %q` of shells print it. */
function inShell(value: string): string[] {
  return [
    value.replaceAll("'", `'"'"'`),
    value.replaceAll("'", `'\\''`),
    value.replace(/[\\"$`]/g, '\\$&'),
    // By the letter, or in a locale of which it is one.
    value.replace(/[^\w@%+=:,./-]/g, '\\$&'),
    value.replace(/[^\w@%+=:,./\u0080-\uffff-]/g, '\\$&'),
  ];
}

/** Between `$'` and `'`, as bash prints what holds a tab or the like, in a locale of UTF-8 and in that of C. */
function inBash(value: string): string[] {
  const named: Record<string, string> = {
    ...{ '\u0007': 'a', '\b': 'b', '\u001b': 'E', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't', '\v': 'v' },
    ...{ '\\': '\\', "'": "'" },
  };
  const octal = (letter: string) =>
    [...Buffer.from(letter)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  const spell = (others: RegExp) =>
    value
      .replace(/[\\'\p{Cc}]/gu, (letter) =>
        named[letter] === undefined ? octal(letter) : `\\${named[letter]}`,
      )
      .replace(others, octal);
  return [spell(/(?!)/g), spell(/[^ -~]/gu)];
}

/** As part of a URL: JavaScript, Python and forms each leave other letters as they are. */
function inUrls(value: string): string[] {
  const usual = encodeURIComponent(value.toWellFormed());
  const strict = usual.replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
  return [usual, strict, strict.replaceAll('%2F', '/'), strict.replaceAll('%20', '+')];
}

/** As `repr` and `ascii` of Python print a text, and the bytes of one; each between quotes of either kind. */
function inPython(value: string): string[] {
  const named: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  const spell = (text: string, strange: RegExp) =>
    text.replace(strange, (letter) => {
      const code = letter.codePointAt(0) ?? 0;
      const escaped =
        code < 0x100 ? `x${hex(code, 2)}` : code < 0x10000 ? `u${hex(code, 4)}` : `U${hex(code, 8)}`;
      return named[letter] ?? `\\${escaped}`;
    });
  const spelled = [
    spell(value, /[\\\p{C}]|(?! )\p{Z}/gu),
    spell(value, /\\|[^ -~]/gu),
    // A letter a byte.
    spell(Buffer.from(value).toString('latin1'), /\\|[^ -~]/gu),
  ];
  return spelled.flatMap((each) => [each, each.replaceAll("'", "\\'")]);
}

/** As Python, Go and JavaScript escape it, and where quotes are left alone. */
function inHtml(value: string): string[] {
  const text = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const quotes = [
    ['&quot;', '&#x27;'],
    ['&quot;', '&#39;'],
    ['&#34;', '&#39;'],
  ] as const;
  return [text, ...quotes.map(([double, single]) => text.replaceAll('"', double).replaceAll("'", single))];
}

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');
