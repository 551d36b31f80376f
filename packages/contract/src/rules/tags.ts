import { isKnownCuda } from '../known.ts';
import { contradiction, type Rule, repeated } from './contradiction.ts';
import { cudaSuffix } from './words.ts';

/** All base images lie in one repository. */
export const tagsDiffer: Rule = (definition) => {
  const tags = definition.architectures.map(({ tag }) => tag);
  return repeated(tags).map(({ value, index }) => {
    const second = definition.architectures[index];
    return contradiction(
      definition,
      { file: second?.file ?? '', path: 'tag' },
      `the tag "${value}" is also the one of ${definition.architectures[tags.indexOf(value)]?.name}`,
      'Give one of the two another, for example one that begins with its name.',
    );
  });
};

/** A tag that names a CUDA names the one that is inside. */
export const tagsTellTheirCuda: Rule = (definition) =>
  definition.architectures.flatMap(({ file, tag, cuda }) => {
    const told = /(?:^|[-_.])(cu\d{3})(?=$|[-_.])/.exec(tag)?.[1];
    const real = cuda === null ? undefined : cudaSuffix(cuda);
    if (told === undefined || told === real || (cuda !== null && !isKnownCuda(cuda))) return [];
    const inside = cuda === null ? 'the architecture has no CUDA' : `cuda is ${cuda}`;
    return [
      contradiction(
        definition,
        { file, path: 'tag' },
        `the tag "${tag}" says ${told}, but ${inside}`,
        cuda === null
          ? `Write tag = "${tag.replace(new RegExp(`[-_.]?${told}`), '')}", or add cuda.`
          : `Write tag = "${tag.replace(told, real ?? '')}", or correct cuda.`,
      ),
    ];
  });

/** `<tag>-<12 hexadecimal digits>` is what a build key's immutable tag looks like. */
export const tagsAreNoKeyTags: Rule = (definition) =>
  definition.architectures
    .filter(({ tag }) => /-[0-9a-f]{12}$/.test(tag))
    .map(({ file, tag }) =>
      contradiction(
        definition,
        { file, path: 'tag' },
        `the tag "${tag}" looks like the tag of a build key, which never moves`,
        `Write tag = "${tag.replace(/-[0-9a-f]{12}$/, '')}".`,
      ),
    );
