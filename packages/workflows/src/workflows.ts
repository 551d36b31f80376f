import type { WorkflowFacts } from './facts.ts';
import { buildBase } from './files/build-base.ts';
import { buildRuntime } from './files/build-runtime.ts';
import { ci } from './files/ci.ts';
import { release } from './files/release.ts';
import { folder, note } from './paths.ts';

/** The workflows of a workspace: their text by path. Equal facts give equal texts. */
export function workflows(facts: WorkflowFacts): Record<string, string> {
  const files = { 'build-base': buildBase, 'build-runtime': buildRuntime, [facts.checks]: ci, release };
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => [`${folder}/${name}.yml`, `${head}${text(facts)}`]),
  );
}

const head = `${note} from slipway.toml, architectures/ and package.json.
# Do not edit it: change one of those, and generate it again. \`npx nx run workflows:check\` compares.

`;
