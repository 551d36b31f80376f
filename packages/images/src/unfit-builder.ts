import {
  checkHost,
  type Definition,
  findArchitecture,
  type HostFacts,
  type Problem,
} from '@slipway/contract';
import { type BuildEngine, probeBuilder } from '@slipway/effects';
import type { BuildCall, ImagePlan } from './plan.ts';
import { compilesWheel } from './plan-dev.ts';

/** What a builder cannot do of a call, before it begins. Only one that compiles is measured when it is elsewhere. */
export async function unfitBuilder(
  definition: Definition,
  plan: ImagePlan,
  call: BuildCall,
  engine: BuildEngine,
): Promise<Problem[]> {
  const architecture = findArchitecture(definition, plan.architecture);
  const compiles = compilesWheel(call);
  const facts = await factsOf(definition, call, engine, compiles);
  // A wheel that is there already needs nothing of what compiling it would.
  return checkHost(definition, facts, [compiles ? architecture : { ...architecture, flashAttention: null }]);
}

async function factsOf(
  definition: Definition,
  call: BuildCall,
  engine: BuildEngine,
  compiles: boolean,
): Promise<HostFacts> {
  const { cpus, memoryBytes, diskFreeBytes, platform, builder } = engine;
  if (builder.isEngine)
    return { cpus, memoryBytes, platform, ...(diskFreeBytes !== undefined && { diskFreeBytes }) };
  // Its platform is its own business: buildx says which nodes it has.
  const elsewhere = { cpus, memoryBytes, platform: call.platform };
  if (!compiles) return elsewhere;
  return { ...elsewhere, ...(await probeBuilder(engine, call.images[definition.images.os] ?? '')) };
}
