import {
  type Definition,
  type MachineSettings,
  parseReference,
  placedRepository,
  type RunToml,
  readJson,
} from '@slipway/contract';
import { applicationOf, knownApplications } from '../definition/known-applications.ts';
import type { Layer } from '../definition/run-definition.ts';
import type { RunPlan } from '../plan/run-plan.ts';

type Said = NonNullable<RunToml['application']>;

/**
 * What is said of the application beside what a person wrote, the lowest first: what is known of one of its name, the
 * definition of the workspace whose unlabelled image it is, and the image's own labels.
 * @param given what a person wrote, which wins.
 * @returns its name, too: as it was given, else by the repository.
 */
export function applicationLayers(
  given: readonly Layer[],
  image: Pick<RunPlan['image'], 'labels' | 'reference'>,
  { workspace, machine }: { workspace: Definition | null; machine: MachineSettings },
): { name: string; layers: Layer[] } {
  const labels = labelLayer(image);
  const ours = labels.length === 0 && workspace !== null && isOf(workspace, image.reference, machine);
  const own = [...layer('slipway.toml', ours ? definedBy(workspace) : undefined), ...labels];
  const names = [...own, ...given].flatMap(({ values }) => values.application?.name ?? []);
  const name = names.at(-1) ?? byRepository(image.reference);
  const known = Object.hasOwn(knownApplications, name) ? knownApplications[name] : undefined;
  return { name, layers: [...layer(`application ${name}`, known), ...own] };
}

/** Whether an image lies where this workspace publishes its own. */
export function isOf({ repositories }: Definition, reference: string, machine: MachineSettings): boolean {
  try {
    const { registry, repository } = parseReference(reference);
    const own = parseReference(placedRepository(repositories.runtime, machine));
    return registry === own.registry && repository === own.repository;
  } catch {
    return false;
  }
}

const definedBy = ({ application: { name, path, command } }: Definition): Said => ({
  name,
  path,
  command: [...command],
});

/** What an image says of itself. Its labels were read already: they hold what a run.toml could say. */
export function labelLayer({ labels }: Pick<RunPlan['image'], 'labels'>): Layer[] {
  const [name, path, command] = ['name', 'path', 'command'].map(
    (key) => labels[`io.slipway.application.${key}`],
  );
  const said = {
    ...(name !== undefined && { name }),
    ...(path !== undefined && { path: path.replace(/\/$/, '') }),
    ...(command !== undefined && { command: readJson(command) as string[] }),
  };
  return layer("the image's label", Object.keys(said).length > 0 ? said : undefined);
}

const layer = (from: string, application: Said | undefined): Layer[] =>
  application === undefined ? [] : [{ from, values: { application }, folder: '/' }];

/** Of one that is no reference at all, too. */
function byRepository(reference: string): string {
  const last = reference.replace(/@.*$/, '').split('/').at(-1)?.replace(/:.*$/, '');
  return applicationOf(last || 'application');
}
