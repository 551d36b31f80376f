import { type Architecture, type Problem, placedRepository } from '@slipway/contract';
import { checkClosure } from '@slipway/contract/closure';
import { type BuildFacts, readBuildFacts, type Workspace } from '@slipway/images';

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
  const found = stale.map(async (architecture) => {
    const facts = await readBuildFacts(repository, architecture.tag, doors.registry);
    return closureProblems(architecture, `${repository}:${architecture.tag}`, facts, inputs.pyproject);
  });
  return (await Promise.all(found)).flat();
}

/** Declared dependencies that a base does not have; none where what it has is not kept beside it. */
export function closureProblems(
  { name, extras }: Architecture,
  reference: string,
  facts: BuildFacts | undefined,
  pyproject: { file: string; text: string },
): Problem[] {
  if (facts?.packages === undefined || facts.python === undefined) return [];
  return checkClosure(
    { pyproject: pyproject.text, file: pyproject.file, extras, architecture: name },
    { reference, python: facts.python, packages: facts.packages },
  );
}
