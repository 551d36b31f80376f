import { Failure, formatProblem, parseReference } from '@slipway/contract';
import { readDefinition } from '@slipway/effects';
import {
  buildImages,
  command,
  describeOutcome,
  type ImagePlan,
  type ImageRequest,
  isLoaded,
  openWorkspace,
  optionProblems,
  planImages,
  printPlan,
  type Surroundings,
  type Workspace,
} from '@slipway/images';
import { type DevRequest, devRequest } from './dev-request.ts';
import schema from './executors/build-dev.schema.json' with { type: 'json' };

export interface DevOptions extends DevRequest {
  /** Only say what would be done. */
  dryRun?: boolean;
  builder?: string;
}

/**
 * Builds a dev image, for the engine of this machine or for its repository.
 * @returns what a person is told at the end: the plan, what came of it, or the problems.
 */
export async function buildDevImage(
  root: string,
  { builder, ...options }: DevOptions,
): Promise<{ success: boolean; text: string }> {
  let text = '';
  const work = async (around: Surroundings) => {
    try {
      const problems = optionProblems({ builder, ...options }, schema, 'build-dev');
      if (problems.length > 0) throw new Failure(problems);
      text = await make(options, around);
      return true;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      text = error.problems.map(formatProblem).join('\n');
      return false;
    }
  };
  const { success } = await command(root, work, builder);
  return { success, text };
}

async function make(
  { dryRun, ...asked }: Omit<DevOptions, 'builder'>,
  around: Surroundings,
): Promise<string> {
  const request = devRequest(readDefinition(around.root), asked);
  const workspace = await openWorkspace(around, { dev: [request.architecture] });
  const plan = await planned(workspace, request);
  if (dryRun) return printPlan([plan]);
  // Hours of work would end with a refusal.
  if (!isLoaded(plan)) await workspace.doors.registry.checkPush(parseReference(plan.repository));
  around.say(`for ${request.architecture}${request.chosen}`);
  const { docker = 'docker', host } = workspace.inputs.machine.engine ?? {};
  const told: string[] = [];
  for await (const outcome of buildImages(workspace, [request], around)) {
    if ('problems' in outcome) throw new Failure(outcome.problems);
    told.push(describeOutcome(outcome, host === undefined ? docker : `${docker} -H ${host}`));
  }
  return told.join('\n');
}

async function planned(workspace: Workspace, request: ImageRequest): Promise<ImagePlan> {
  const [found = []] = (await planImages(workspace, [request])).values();
  if ('kind' in found) return found;
  throw new Failure(found);
}
