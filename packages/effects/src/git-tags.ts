import type { GitTag } from '@slipway/contract';

const fields = [
  'refname',
  'objecttype',
  'objectname',
  '*objecttype',
  '*objectname',
  'parent',
  '*parent',
  'contents',
];

/** What `git for-each-ref` has to print of a tag. */
export const tagFormat = `${fields.map((field) => `%(${field})`).join('%00')}%00`;

/** Reads it. @param prefix what comes before the names. */
export function parseTags(printed: string, prefix: string): GitTag[] {
  const values = printed.split('\0');
  const tags: GitTag[] = [];
  for (let at = 0; at + fields.length <= values.length; at += fields.length) {
    const [ref = '', type, object = '', peeledType, peeled, parent, peeledParent, message] = values.slice(at);
    const annotated = type === 'tag';
    const commit =
      (annotated ? peeledType : type) === 'commit' ? ((annotated ? peeled : object) ?? null) : null;
    tags.push({
      name: ref.trim().slice(prefix.length),
      object,
      annotated,
      message: annotated ? (message ?? '') : '',
      commit,
      parents: ((annotated ? peeledParent : parent) ?? '').split(' ').filter(Boolean),
    });
  }
  return tags;
}
