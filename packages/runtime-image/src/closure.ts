import { type Architecture, type Problem, placedRepository } from '@slipway/contract';
import { checkClosure } from '@slipway/contract/closure';
import { readBuildFacts, type Workspace } from '@slipway/images';

/** Where a lock is stale: which declared dependencies the published base does not have, by name. */
export async function staleProblems(
  { definition, inputs, doors }: Workspace,
  architectures: readonly Architecture[],
  problems: readonly Problem[],
): Promise<Problem[]> {
  const stale = architectures.filter(({ name }) =>
    problems.some(({ code, where }) => code === 'lock-stale' && where?.file.includes(`/${name}/`)),
  );
  const repository = placedRepository(definition.repositories.base, inputs.machine);
  const found = stale.map(async ({ name, tag, extras }) => {
    const facts = await readBuildFacts(repository, tag, doors.registry);
    if (facts?.packages === undefined || facts.python === undefined) return [];
    const { text, file } = inputs.pyproject;
    return checkClosure(
      { pyproject: text, file, extras, architecture: name },
      { reference: `${repository}:${tag}`, python: facts.python, packages: facts.packages },
    );
  });
  return (await Promise.all(found)).flat();
}
