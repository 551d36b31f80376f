import { createHash } from 'node:crypto';
import {
  type Architecture,
  cudaSuffix,
  Failure,
  type GpuContract,
  gpuContract,
  imageLabels,
  parseWheelName,
  placedRepository,
  wheelMisfits,
} from '@slipway/contract';
import { planAttest } from './attest-plan.ts';
import {
  callComponents,
  checkSubstitute,
  foreignComponent,
  foreignImage,
  planCall,
  usedMachine,
} from './call.ts';
import { stageClosure } from './dockerfile.ts';
import { checkDockerfileSecrets } from './dockerfile-secrets.ts';
import { annotationsOf, baseTexts } from './image-texts.ts';
import { buildKey, type Json, type KeyComponents } from './key.ts';
import { type LockedPackage, readLock, splitLock } from './lock.ts';
import type { BuildCall, BuildContext, ForeignImage, ImagePlan, PlanInputs } from './plan.ts';

/** What Triton's launcher stub and torch.compile call at run time. */
const compilers = ['gcc', 'libc6-dev', 'python3-dev'];

/** The plan of a base image before any registry was asked. */
export function planBase(inputs: PlanInputs, architecture: Architecture): ImagePlan {
  const { definition, machine, dockerfiles, platform } = inputs;
  checkDockerfileSecrets([dockerfiles.base]);
  const contract = gpuContract(architecture, definition);
  const os = foreignImage(inputs, definition.images.os);
  const repository = placedRepository(definition.repositories.base, machine);
  checkSubstitute(definition.images.os, os, repository);
  const tools = planTools(inputs);
  const wheel = planWheel(inputs, architecture, contract);
  if (wheel && 'call' in wheel) {
    const compiler = contract.cudaDevelImage ?? '';
    checkSubstitute(compiler, foreignImage(inputs, compiler), repository);
  }
  const labels = {
    ...imageLabels(architecture, contract),
    'io.slipway.kind': 'base',
    ...baseTexts(inputs, architecture),
    ...(os.substitute && { 'io.slipway.substitute': `${definition.images.os}=${os.digest}` }),
  };
  const { cuda, torch, dependencies } = splitLock(inputs.locks[architecture.name]?.requirements ?? '');
  const planned = planCall(dockerfiles.base, 'base', {
    platform,
    arguments: {
      ...tools.call.arguments,
      SYSTEM_PACKAGES: systemPackages(architecture),
      EXCLUDES: architecture.excludes.join(' '),
      BYTECODE: architecture.bytecode ? '1' : '0',
      FLASH_ATTENTION: wheel === null ? 'none' : 'installed',
    },
    contexts: {
      ...tools.call.contexts,
      ...(wheel && 'context' in wheel && { 'flash-attention-wheel': wheel.context }),
      locks: locksContext({ 'cuda.txt': cuda, 'torch.txt': torch, 'dependencies.txt': dependencies }),
    },
    images: {
      ...tools.call.images,
      ...(wheel && 'tag' in wheel && { 'flash-attention-wheel': `${repository}:${wheel.tag}` }),
    },
    labels,
    inlineCache: true,
    compressionLevel: definition.build.compressionLevel,
    cacheFrom: [architecture, ...relatives(inputs, architecture)].map(({ tag }) => `${repository}:${tag}`),
  });
  const call = withoutCompiler(planned, wheel);
  const components = callComponents(call, {
    os: foreignComponent(os),
    ...(wheel && 'key' in wheel && { flashAttentionWheel: wheel.key }),
  });
  const key = buildKey(components);
  const keyTag = `${architecture.tag}-${key.slice(0, 12)}`;
  const verification = planCall(dockerfiles.base, 'verify', {
    ...planned,
    labels: {},
    annotations: {},
    inlineCache: false,
    // What it found once may have had a reason of that moment.
    fresh: ['verification'],
    contexts: { ...call.contexts, verifier: verifierContext(inputs, architecture, contract) },
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
      {
        ...call,
        ...withVersion(
          { ...labels, 'io.slipway.build.key': key, 'io.slipway.build.key-tag': keyTag },
          keyTag,
        ),
        // Its key tag says that it is proven, which it is not yet; builders cannot push without any tag.
        push: `${repository}:${architecture.tag}.unproven`,
      },
      withoutCompiler(verification, wheel),
    ],
    siblings: definition.architectures.map(({ tag }) => tag).filter((tag) => tag !== architecture.tag),
    // A base is built where there is room: a compiler alone takes tens of GB.
    diskGuardBytes: null,
    limit: { name: 'base_size', bytes: definition.limits.baseSizeBytes },
    ...planAttest(definition.supplyChain),
    machine: usedMachine(machine),
  };
}

/** Its version is its key tag: it cannot be a component of the key, and follows from it. */
function withVersion(
  labels: BuildCall['labels'],
  version: string,
): Pick<BuildCall, 'labels' | 'annotations'> {
  const all = { ...labels, 'org.opencontainers.image.version': version };
  return { labels: all, annotations: annotationsOf(all) };
}

/** The wheel's place is taken, and still BuildKit would look up the image that it is compiled in. */
function withoutCompiler(call: BuildCall, wheel: PlannedWheel | null): BuildCall {
  if (wheel === null) return call;
  return { ...call, arguments: { ...call.arguments, CUDA_DEVEL_IMAGE: 'scratch' } };
}

/** Debian packages of an architecture, those of its definition and those that its promises need. */
export function systemPackages({ systemPackages: named, jit }: Architecture): string {
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

export type PlannedWheel =
  /** Compiled by us once, and kept as a small image. */
  | { key: string; tag: string; call: BuildCall }
  /** Taken as it is from where the definition says. */
  | { context: BuildContext };

/** The flash-attention wheel of an architecture, or null when its definition has none. */
export function planWheel(
  inputs: PlanInputs,
  architecture: Architecture,
  contract: GpuContract,
): PlannedWheel | null {
  const { definition, dockerfiles, platform, locks, maxJobs } = inputs;
  const { flashAttention, cuda } = architecture;
  if (flashAttention === null) return null;
  const os = foreignImage(inputs, definition.images.os);
  if (flashAttention.from !== 'build') {
    const { url, sha256 } = flashAttention.from;
    checkWheelPython(architecture, url, definition.images.os, os);
    const name = decodeURIComponent(url.split('/').at(-1) ?? '');
    const mirror = inputs.machine.mirrors[url];
    return { context: { files: [], downloads: [{ name, url, sha256, ...(mirror && { mirror }) }] } };
  }
  const compiler = foreignImage(inputs, contract.cudaDevelImage ?? '');
  const { requirements = '', native = '' } = locks[architecture.name] ?? {};
  const { cuda: cudaLock, torch: torchLock } = splitLock(requirements);
  const tools = planTools(inputs).call;
  const call = planCall(dockerfiles.base, 'flash-attention-wheel', {
    platform,
    arguments: {
      ...tools.arguments,
      CUDA_DEVEL_IMAGE: contract.cudaDevelImage ?? '',
      FLASH_ATTN_CUDA_ARCHS: contract.flashAttnCudaArchs,
      CUDA_ARCH_LIST: contract.torchCudaArchList,
      MAX_JOBS: maxJobs === null ? '' : String(maxJobs),
    },
    contexts: {
      ...tools.contexts,
      locks: locksContext({ 'cuda.txt': cudaLock, 'torch.txt': torchLock, 'native.txt': native }),
    },
    images: { ...tools.images, [contract.cudaDevelImage ?? '']: compiler.reference },
    labels: {
      'io.slipway.kind': 'wheel',
      'io.slipway.wheel': `flash-attn ${flashAttention.version} for ${cuda && cudaSuffix(cuda)}, ${contract.torchCudaArchList}`,
    },
  });
  const key = buildKey(wheelComponents(call, { torch: torchLock, native }, compiler, os.python));
  return { key, tag: `wheel-flash-attn-${key.slice(0, 12)}`, call };
}

/**
 * What a compiled wheel depends on, and no more: hours of work are not done again because Debian rebuilt a package. Of
 * torch's closure it is torch itself that is compiled against.
 */
function wheelComponents(
  call: BuildCall,
  lock: { torch: string; native: string },
  compiler: ForeignImage,
  python: string | null,
): KeyComponents {
  const { FLASH_ATTN_CUDA_ARCHS, CUDA_ARCH_LIST } = call.arguments;
  const replaced = ['cuda-layer', 'torch-layer', 'locks'];
  const torch = readLock(lock.torch).filter(({ name }) => name === 'torch');
  return {
    platform: call.platform,
    dockerfile: stageClosure(call.dockerfile, call.target, { replaced }).text,
    arguments: { FLASH_ATTN_CUDA_ARCHS, CUDA_ARCH_LIST } as Json,
    torch: lockPart(torch),
    source: lockPart(readLock(lock.native)),
    compiler: foreignComponent(compiler),
    python,
  };
}

/**
 * A wheel of another Python would fail only when it is installed, after gigabytes of torch.
 * @throws Failure `wheel-unfit`.
 */
function checkWheelPython({ file }: Architecture, url: string, name: string, os: ForeignImage): void {
  const wheel = parseWheelName(url);
  const misfits = wheel && os.python !== null ? wheelMisfits(wheel, { python: os.python }) : [];
  if (misfits.length === 0) return;
  throw new Failure({
    code: 'wheel-unfit',
    where: { file },
    message: `${wheel?.file} cannot be installed on ${os.substitute ? `the substitute of ${name}` : name}: ${misfits.join(', ')}`,
    remedy: `name a wheel for Python ${os.python} in flash_attention.from, or an OS image with the Python of this one`,
  });
}

/** Other architectures with the same torch and CUDA: their published bases hold the same layers. */
export function relatives(
  { definition }: PlanInputs,
  { name, torch, cuda }: Architecture,
): readonly Architecture[] {
  return definition.architectures.filter(
    (other) =>
      torch !== null && other.name !== name && other.cuda === cuda && other.torch?.version === torch.version,
  );
}

/** Parts of a lock as files; in the key each package stands by itself, so that a difference can be named. */
export function locksContext(texts: Record<string, string>): BuildContext {
  const parts = Object.entries(texts).map(([name, text]) => [
    name.replace(/\.txt$/, ''),
    lockPart(readLock(text)),
  ]);
  return { files: [], texts, parts: Object.fromEntries(parts) };
}

const lockPart = (packages: readonly LockedPackage[]): Json =>
  Object.fromEntries(packages.map((each) => [each.name, `${each.version} ${hash(each.text)}`]));

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** What the verification is told: what the definition promises, and what the lock says is there. */
function verifierContext(
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
