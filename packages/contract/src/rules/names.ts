import { contradiction, type Rule, repeated } from './contradiction.ts';

/** An architecture's name becomes part of Nx projects, tags and file names. */
export const architectureNamesAreUsable: Rule = (definition) =>
  definition.architectures
    .filter(({ name }) => !/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name) || name.length > 40)
    .map(({ name, file }) =>
      contradiction(
        definition,
        { file, path: '' },
        `the architecture's name "${name}" cannot be part of a tag and of a project's name`,
        'Name its folder with at most 40 lower-case letters, digits and single "-", for example ampere.',
      ),
    );

/** Names that differ in upper and lower case, or in the kind of dash only, would be one file on some disks. */
export const architectureNamesDiffer: Rule = (definition) => {
  const spellings = definition.architectures.map(({ name }) => name.toLowerCase().replaceAll(/[-_.]+/g, '-'));
  return repeated(spellings).map(({ value, index }) => {
    const first = definition.architectures[spellings.indexOf(value)];
    const second = definition.architectures[index];
    return contradiction(
      definition,
      { file: second?.file ?? '', path: '' },
      `the architectures ${first?.name} and ${second?.name} have one name`,
      `Rename the folder architectures/${second?.name}.`,
    );
  });
};

/** A tree beside the application needs a name and a place of its own. */
export const companionsDiffer: Rule = (definition) => {
  const { application } = definition;
  const trees = [application, ...application.companions];
  return repeated(trees.map(({ name }) => name)).map(({ value, index }) =>
    contradiction(
      definition,
      { file: 'slipway.toml', path: `application.companion.${index - 1}.name` },
      `two source trees have the name "${value}"`,
      'Give the companion a name of its own.',
    ),
  );
};

/** One tree inside another would be part of the other's checkout. */
export const companionPathsAreApart: Rule = (definition) => {
  const { application } = definition;
  const trees = [application, ...application.companions];
  return application.companions.flatMap(({ path }, index) => {
    const other = trees
      .slice(0, index + 1)
      .find((tree) => isWithin(path, tree.path) || isWithin(tree.path, path));
    if (other === undefined) return [];
    return [
      contradiction(
        definition,
        { file: 'slipway.toml', path: `application.companion.${index}.path` },
        `the paths ${path} and ${other.path} (${other.name}) lie one in the other`,
        `Give the companion a path beside it, for example ${other.path}_${application.companions[index]?.name}.`,
      ),
    ];
  });
};

/** Base and runtime tags are chosen apart: in one repository they could overwrite each other. */
export const repositoriesDiffer: Rule = (definition) => {
  const entries = Object.entries(definition.repositories);
  return repeated(entries.map(([, repository]) => repository)).map(({ value, index }) => {
    const kind = entries[index]?.[0] ?? '';
    const other = entries.find(([, repository]) => repository === value)?.[0];
    return contradiction(
      definition,
      { file: 'slipway.toml', path: `repositories.${kind}` },
      `${other} and ${kind} images have one repository, ${value}, where their tags would overwrite each other`,
      `Give the ${kind} images a repository of their own, for example ${value}-${kind}.`,
    );
  });
};

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
