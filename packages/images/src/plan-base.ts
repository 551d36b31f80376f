import { createHash } from 'node:crypto';
import {
  type Architecture,
  cudaSuffix,
  type GpuContract,
  gpuContract,
  imageLabels,
  placedRepository,
} from '@slipway/contract';
import {
  callComponents,
  checkSubstitute,
  foreignComponent,
  foreignImage,
  planCall,
  usedMachine,
} from './call.ts';
import { buildKey, type Json } from './key.ts';
import { readLock, splitLock } from './lock.ts';
import type { BuildCall, BuildContext, ImagePlan, PlanInputs } from './plan.ts';

/** What Triton's launcher stub and torch.compile call at run time. */
const compilers = ['gcc', 'libc6-dev', 'python3-dev'];

/** The plan of a base image before any registry was asked. */
export function planBase(inputs: PlanInputs, architecture: Architecture): ImagePlan {
  const { definition, machine, dockerfiles, platform } = inputs;
  const contract = gpuContract(architecture, definition);
  const os = foreignImage(inputs, definition.images.os);
  const repository = placedRepository(definition.repositories.base, machine);
  checkSubstitute(definition.images.os, os, repository);
  const tools = planTools(inputs);
  const wheel = planWheel(inputs, architecture, contract);
  const labels = {
    ...imageLabels(architecture, contract),
    'io.slipway.kind': 'base',
    'org.opencontainers.image.title': `${definition.repositories.base}:${architecture.tag}`,
    'org.opencontainers.image.description': `Base image for ${architecture.name}`,
    ...(os.substitute && { 'io.slipway.substitute': `${definition.images.os}=${os.digest}` }),
  };
  const split = splitLock(inputs.locks[architecture.name]?.requirements ?? '');
  const call = planCall(dockerfiles.base, 'base', {
    platform,
    arguments: {
      ...tools.call.arguments,
      SYSTEM_PACKAGES: systemPackages(architecture),
      FLASH_ATTENTION: wheel === null ? 'none' : 'installed',
    },
    contexts: {
      ...tools.call.contexts,
      ...(wheel && 'context' in wheel && { 'flash-attention-wheel': wheel.context }),
      locks: locksContext({ 'torch.txt': split.torch, 'dependencies.txt': split.dependencies }),
    },
    images: {
      ...tools.call.images,
      ...(wheel && 'tag' in wheel && { 'flash-attention-wheel': `${repository}:${wheel.tag}` }),
    },
    labels,
    inlineCache: true,
    cacheFrom: [`${repository}:${architecture.tag}`],
  });
  const components = callComponents(call, {
    os: foreignComponent(os),
    ...(wheel && 'key' in wheel && { flashAttentionWheel: wheel.key }),
  });
  const key = buildKey(components);
  const keyTag = `${architecture.tag}-${key.slice(0, 12)}`;
  const verify = planCall(dockerfiles.base, 'verify', {
    ...call,
    labels: {},
    inlineCache: false,
    contexts: { ...call.contexts, verification: verificationContext(inputs, architecture, contract) },
  });
  return {
    project: `base-${architecture.name}`,
    kind: 'base',
    architecture: architecture.name,
    state: 'build',
    reason: '',
    repository,
    key,
    keyTag,
    movingTags: [architecture.tag],
    tagDigests: {},
    digest: null,
    components,
    parent: null,
    builds: [
      { ...tools.call, push: `${repository}:${tools.tag}` },
      ...(wheel && 'call' in wheel ? [{ ...wheel.call, push: `${repository}:${wheel.tag}` }] : []),
      // Before the push: an image that fails here never gets a tag.
      verify,
      {
        ...call,
        labels: { ...labels, 'io.slipway.build.key': key, 'io.slipway.build.key-tag': keyTag },
        push: `${repository}:${keyTag}`,
      },
    ],
    limit: { name: 'base_size', bytes: definition.limits.baseSizeBytes },
    machine: usedMachine(machine),
  };
}

/** Debian packages of an architecture, those of its definition and those that its promises need. */
function systemPackages({ systemPackages: named, jit }: Architecture): string {
  return [...new Set([...named, ...(jit ? compilers : [])])].sort().join(' ');
}

/**
 * The image that builds are done with: the base's Python, and the installer. It is the same for all architectures, and
 * shares no layer with a base.
 */
export function planTools(inputs: PlanInputs): { tag: string; call: BuildCall } {
  const { definition, dockerfiles, platform } = inputs;
  const os = foreignImage(inputs, definition.images.os);
  const call = planCall(dockerfiles.base, 'tools-image', {
    platform,
    arguments: { OS_IMAGE: definition.images.os },
    contexts: { main: { files: [] }, definition: { files: [] } },
    images: { [definition.images.os]: os.reference },
    labels: { 'io.slipway.kind': 'tools' },
  });
  const key = buildKey(callComponents(call, { os: foreignComponent(os) }));
  return { tag: `tools-${key.slice(0, 12)}`, call };
}

type PlannedWheel =
  /** Compiled by us once, and kept as a small image. */
  | { key: string; tag: string; call: BuildCall }
  /** Taken as it is from where the definition says. */
  | { context: BuildContext };

/** The flash-attention wheel of an architecture, or null when its definition has none. */
function planWheel(
  inputs: PlanInputs,
  architecture: Architecture,
  contract: GpuContract,
): PlannedWheel | null {
  const { definition, machine, dockerfiles, platform, locks, maxJobs } = inputs;
  const { flashAttention, cuda } = architecture;
  if (flashAttention === null) return null;
  if (flashAttention.from !== 'build') {
    const { url, sha256 } = flashAttention.from;
    const name = decodeURIComponent(url.split('/').at(-1) ?? '');
    const mirror = inputs.machine.mirrors[url];
    return { context: { files: [], downloads: [{ name, url, sha256, ...(mirror && { mirror }) }] } };
  }
  const compiler = foreignImage(inputs, contract.cudaDevelImage ?? '');
  checkSubstitute(
    contract.cudaDevelImage ?? '',
    compiler,
    placedRepository(definition.repositories.base, machine),
  );
  const os = foreignImage(inputs, definition.images.os);
  const { requirements = '', native = '' } = locks[architecture.name] ?? {};
  const tools = planTools(inputs).call;
  const call = planCall(dockerfiles.base, 'flash-attention-wheel', {
    platform,
    arguments: {
      ...tools.arguments,
      CUDA_DEVEL_IMAGE: contract.cudaDevelImage ?? '',
      FLASH_ATTN_CUDA_ARCHS: contract.flashAttnCudaArchs,
      CUDA_ARCH_LIST: contract.torchCudaArchList,
      MAX_JOBS: String(maxJobs),
    },
    contexts: {
      ...tools.contexts,
      locks: locksContext({ 'torch.txt': splitLock(requirements).torch, 'native.txt': native }),
    },
    images: { ...tools.images, [contract.cudaDevelImage ?? '']: compiler.reference },
    labels: {
      'io.slipway.kind': 'wheel',
      'io.slipway.wheel': `flash-attn ${flashAttention.version} for ${cuda && cudaSuffix(cuda)}, ${contract.torchCudaArchList}`,
    },
  });
  const key = buildKey(
    callComponents(call, { os: foreignComponent(os), compiler: foreignComponent(compiler) }),
  );
  return { key, tag: `wheel-flash-attn-${key.slice(0, 12)}`, call };
}

/** Parts of a lock as files; in the key each package stands by itself, so that a difference can be named. */
function locksContext(texts: Record<string, string>): BuildContext {
  const part = (text: string): Json =>
    Object.fromEntries(readLock(text).map((each) => [each.name, `${each.version} ${hash(each.text)}`]));
  const parts = Object.entries(texts).map(([name, text]) => [name.replace(/\.txt$/, ''), part(text)]);
  return { files: [], texts, parts: Object.fromEntries(parts) };
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** What the verification is told: what the definition promises, and what the lock says is there. */
function verificationContext(
  inputs: PlanInputs,
  architecture: Architecture,
  contract: GpuContract,
): BuildContext {
  const expected = {
    computeCapabilities: contract.computeCapabilities,
    cuda: contract.cuda,
    torch: architecture.torch?.version ?? null,
    flashAttention: contract.flashAttention,
    jit: architecture.jit,
    distributions: readLock(inputs.locks[architecture.name]?.requirements ?? '').map(
      ({ name, version, text }) => ({ name, version, conditional: text.includes(' ; ') }),
    ),
  };
  return {
    files: [],
    texts: { ...inputs.verification, 'expected.json': `${JSON.stringify(expected, null, 2)}\n` },
  };
}
