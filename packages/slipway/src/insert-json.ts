import { type Node, parseTree } from 'jsonc-parser';

/**
 * JSON, comments allowed, with an entry behind the last one of a list or an object, laid out as those before it are: in
 * one line where they are, else on a line of its own, and behind a comment on the last one's line. Nothing else changes; what
 * the library inserts, it reflows around.
 * @param find the list or object in the tree of the text. @param entry its text, for an object `"name": value`.
 */
export function insertJson(text: string, find: (root: Node) => Node | undefined, entry: string): string {
  const root = parseTree(text, [], { allowTrailingComma: true });
  const node = root && find(root);
  const last = node?.children?.at(-1);
  if (node === undefined || last === undefined) throw new TypeError('there is no entry to insert behind');
  const first = node.children?.[0] as Node;
  const before = text.slice(node.offset + 1, first.offset);
  const [indent] = /[ \t]*$/.exec(text.slice(0, first.offset)) ?? [''];
  const [lineBreak = '\n'] = /\r?\n/.exec(before) ?? [];
  const gap = before.includes('\n') ? `${lineBreak}${indent}` : ' ';
  const end = last.offset + last.length;
  const [matched, comma = '', comment = '', lineEnd = ''] = commentAfter.exec(text.slice(end)) ?? [];
  if (matched === undefined) return `${text.slice(0, end)},${gap}${entry}${text.slice(end)}`;
  const begin = gap === ' ' ? lineEnd : gap;
  const rest = text.slice(end + matched.length);
  return `${text.slice(0, end)},${comment}${begin}${entry}${comma}${lineEnd}${rest}`;
}

/** What is left of a line behind a value: perhaps a comma, and a comment. */
const commentAfter = /^(?:[ \t]*(,))?([ \t]*(?:\/\/[^\r\n]*|\/\*[^\r\n]*?\*\/[ \t]*))(\r?\n)/;
