import { parseDefinition } from '@slipway/contract';
import { compareWorkflows, type WorkflowFacts, workflowFacts, workflows } from '@slipway/workflows/generator';
import { architectureFiles } from './architectures.ts';
import { mergeGitignore } from './merge-gitignore.ts';
import { mergeNxJson, mergePackageJson } from './merge-json.ts';
import { chooseOperatingSystem } from './operating-system.ts';
import { type Project, parseProject } from './project.ts';
import type { Repository } from './repository.ts';
import { slipwayToml } from './slipway-toml.ts';

/** One file that a repository needs. */
export interface PlannedFile {
  path: string;
  /** null: there is none yet. */
  before: string | null;
  after: string;
}

/** What `slipway init` would do. */
export interface InitPlan {
  files: readonly PlannedFile[];
  /** What a person should know besides, one sentence each. */
  notes: readonly string[];
}

/**
 * Plans what a Python repository needs. Equal values give equal plans, and a repository that has it all gets no change.
 * @param architectures names; default: all that suit the application.
 * @param version of Slipway.
 * @throws Failure everything that is wrong with what was read, and `definition-rule` when what would be written
 *   contradicts facts about GPUs, CUDA or wheels.
 */
export function planInit(
  repository: Repository,
  { architectures, version }: { architectures?: readonly string[]; version: string },
): InitPlan {
  const { existing } = repository;
  const project = parseProject(repository.pyproject, repository.files);
  const system = chooseOperatingSystem(project.requiresPython);
  const definition = {
    'slipway.toml': slipwayToml(project, system, repository),
    ...architectureFiles(project, system, architectures),
  };
  const packageJson = mergePackageJson(existing['package.json'], `^${version}`);
  // Architectures that somebody wrote meanwhile belong to the workspace too.
  const facts = workflowFacts(parseDefinition({ ...existing, ...definition }), JSON.parse(packageJson));
  const generated = planWorkflows(facts, repository);
  const wanted: Record<string, string> = {
    ...definition,
    'package.json': packageJson,
    'nx.json': mergeNxJson(existing['nx.json'], repository.branch.value),
    '.gitignore': mergeGitignore(existing['.gitignore']),
    ...generated.files,
  };
  const files = Object.entries(wanted).map(([path, after]) => ({
    path,
    before: existing[path] ?? null,
    after,
  }));
  return { files, notes: [...generated.notes, ...backendNotes(project)] };
}

function planWorkflows(
  facts: WorkflowFacts,
  { prefix, existing }: Repository,
): { files: Record<string, string>; notes: string[] } {
  if (prefix !== '') {
    const note = `No workflows: GitHub reads them at the top of a repository only, and this is its folder ${prefix}`;
    return { files: {}, notes: [note] };
  }
  const compared = compareWorkflows(workflows(facts), existing);
  const ours = compared.filter(({ state }) => state !== 'foreign');
  const foreign = compared.filter(({ state }) => state === 'foreign');
  return {
    files: Object.fromEntries(ours.map(({ path, text }) => [path, text])),
    notes: foreign.map(
      ({ path }) =>
        `${path} is one of your own and stays. To have Slipway's: rename it, then npx nx run workflows:generate`,
    ),
  };
}

/** Runtime images are laid out with Python and pip alone. */
function backendNotes({ buildBackend }: Project): string[] {
  if (!compiling.test(buildBackend)) return [];
  return [
    `The build back end ${buildBackend} compiles, and where runtime images are laid out there is no compiler.`,
  ];
}

// Sources: https://www.maturin.rs, https://scikit-build-core.readthedocs.io, https://mesonbuild.com/meson-python
const compiling = /^(maturin|scikit_build_core|mesonpy)\b/;
