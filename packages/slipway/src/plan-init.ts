import { architectureFilePattern, Failure, parseDefinition, slipwayFile } from '@slipway/contract';
import {
  compareWorkflows,
  foreignNotes,
  type WorkflowFacts,
  workflowFacts,
  workflowProblems,
  workflows,
} from '@slipway/workflows/generator';
import { architectureFiles } from './architectures.ts';
import { environmentFile, mergeEnvironment } from './merge-environment.ts';
import { mergeGitignore } from './merge-gitignore.ts';
import { mergeNxJson, mergePackageJson } from './merge-json.ts';
import { chooseOperatingSystem, chosenOperatingSystem } from './operating-system.ts';
import { type PackageManager, packageManager, packageManagerNotes } from './package-manager.ts';
import { type Project, parseProject } from './project.ts';
import { pyprojectFile } from './pyproject-file.ts';
import type { Repository } from './repository.ts';
import { nameSetuptoolsPackages } from './setuptools-packages.ts';
import { slipwayToml } from './slipway-toml.ts';
import { versionNote } from './version-note.ts';

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
  packageManager: PackageManager;
}

/**
 * Plans what a Python repository needs. Equal values give equal plans, and a repository that has it all gets no change: the
 * files of a definition that are there stay as they are, and the rest follows from them.
 * @param architectures names; default: those that are there, else all that suit the application.
 * @param version of Slipway.
 * @throws Failure everything that is wrong with what was read, and `definition-rule` when what would be written
 *   contradicts facts about GPUs, CUDA or wheels.
 */
export function planInit(
  repository: Repository,
  { architectures, version }: { architectures?: readonly string[]; version: string },
): InitPlan {
  const { existing, files, branch } = repository;
  const project = parseProject(repository);
  const own = ownDefinition(existing);
  const texts = { ...definitionTexts(project, repository, own, architectures), ...own };
  const definition = parseDefinition(texts);
  const packageJson = mergePackageJson(existing['package.json'], `^${version}`);
  const facts = workflowFacts(definition, JSON.parse(packageJson), {
    found: existing,
    isThere: (file) => files.includes(file),
  });
  const generated = planWorkflows(facts, repository);
  const named = nameSetuptoolsPackages(repository);
  const manager = packageManager(packageJson, files);
  const environment = mergeEnvironment(existing);
  const wanted: Record<string, string> = {
    // What is there already is its owner's.
    ...Object.fromEntries(Object.entries(texts).filter(([path]) => !(path in own))),
    ...(named.text !== repository.pyproject && { [pyprojectFile]: named.text }),
    'package.json': packageJson,
    'nx.json': mergeNxJson(
      existing['nx.json'],
      slipwayFile in own ? definition.release.branch : branch.value,
    ),
    ...(environment !== undefined && { [environmentFile]: environment }),
    '.gitignore': mergeGitignore(existing['.gitignore']),
    ...generated.files,
  };
  const before: Record<string, string> = { ...existing, [pyprojectFile]: repository.pyproject };
  return {
    files: Object.entries(wanted).map(([path, after]) => ({ path, before: before[path] ?? null, after })),
    notes: [
      ...[versionNote(project), named.note].filter((note) => note !== undefined),
      ...generated.notes,
      ...backendNotes(project),
      ...packageManagerNotes(manager, files),
    ],
    packageManager: manager,
  };
}

/** The files of the definition that are there. */
function ownDefinition(existing: Repository['existing']): Record<string, string> {
  const isPart = (path: string) => path === slipwayFile || architectureFilePattern.test(path);
  return Object.fromEntries(Object.entries(existing).filter(([path]) => isPart(path)));
}

/** What a definition needs that is not there. Architectures that somebody chose are joined by those asked for alone. */
function definitionTexts(
  project: Project,
  repository: Repository,
  own: Record<string, string>,
  asked: readonly string[] | undefined,
): Record<string, string> {
  const system = chosenOperatingSystem(own[slipwayFile]) ?? chooseOperatingSystem(project.requiresPython);
  const chosen = Object.keys(own).some((path) => architectureFilePattern.test(path));
  return {
    [slipwayFile]: slipwayToml(project, system, repository),
    ...architectureFiles(project, system, asked ?? (chosen ? [] : undefined)),
  };
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
  const blocked = workflowProblems(compared).filter(({ code }) => code === 'workflow-foreign');
  if (blocked.length > 0) throw new Failure(blocked);
  const ours = compared.flatMap(({ path, text, state }): [string, string][] =>
    text === null || state === 'foreign' ? [] : [[path, text]],
  );
  return { files: Object.fromEntries(ours), notes: foreignNotes(compared) };
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
