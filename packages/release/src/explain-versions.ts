import { Failure, formatProblem, type Problem, parseVersion } from '@slipway/contract';
import {
  describeExplanation,
  type Explanation,
  explainImages,
  openWorkspace,
  requestsFor,
  type Surroundings,
  type Workspace,
} from '@slipway/images';

/** Version -> what publishing it would do for each architecture, or why that cannot be known. */
export type ExplainedVersions = Record<string, Explanation[] | { problems: readonly Problem[] }>;

/**
 * Which runtime images some versions would build, and which only get the layer of their version, by the code that
 * publishes them. The sources are those of the workspace: a version's own files are in no layer but its own.
 */
export async function explainVersions(
  versions: readonly (string | null)[],
  around: Surroundings,
): Promise<ExplainedVersions> {
  const explained: ExplainedVersions = {};
  let opened: Workspace | undefined;
  for (const text of versions.filter((version) => version !== null)) {
    try {
      opened ??= await openWorkspace(around);
      const workspace = opened;
      const version = parseVersion(text);
      const requests = requestsFor(workspace, 'runtime').map((each) => ({ ...each, version }));
      explained[text] = await explainImages(workspace, requests);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      explained[text] = { problems: error.problems };
    }
  }
  return explained;
}

/** The same for a person, below what is said of the version; nothing where there is none. */
export function describeImages(explained: ExplainedVersions, version: string | null | undefined): string {
  const found = version ? explained[version] : undefined;
  if (found === undefined) return '';
  if (Array.isArray(found)) return `\n\nimages:\n${found.map(describeExplanation).join('\n')}`;
  return `\n\nimages: not known\n${found.problems.map(formatProblem).join('\n')}`;
}
