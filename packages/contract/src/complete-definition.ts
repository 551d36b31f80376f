import type { Architecture, Definition, Source } from './definition.ts';
import { architectureFilePattern, slipwayFile, type WrittenFile } from './definition-files.ts';
import { parseDuration } from './duration.ts';
import type { ArchitectureToml } from './schema/architecture-schema.ts';
import type { SlipwayToml } from './schema/slipway-schema.ts';
import { parseSize } from './size.ts';
import { parseSource } from './source.ts';

/** Written files as one definition: units as numbers, defaults filled in, TypeScript's names. */
export function completeDefinition(
  slipway: WrittenFile<SlipwayToml>,
  architectures: readonly WrittenFile<ArchitectureToml>[],
): Definition {
  const { application, repositories, images, build, limits, release, supply_chain } = slipway.written;
  const source = sourceOf(application.source);
  return {
    application: {
      name: application.name,
      source,
      path: application.path,
      command: application.command,
      smoke: application.smoke ?? null,
      companions: application.companion.map(({ name, source, path }) => ({
        name,
        source: sourceOf(source),
        path,
      })),
    },
    repositories,
    images: { os: images.os, cudaDevel: images.cuda_devel },
    build: { compressionLevel: build.compression_level },
    limits: {
      runnerDiskBytes: accepted(parseSize(limits.runner_disk)),
      buildkitReserveBytes: accepted(parseSize(limits.buildkit_reserve)),
      diskGuardBytes: accepted(parseSize(limits.disk_guard)),
      baseSizeBytes: accepted(parseSize(limits.base_size)),
      runtimeLayerBytes: accepted(parseSize(limits.runtime_layer)),
      publishTimeMs: accepted(parseDuration(limits.publish_time)),
    },
    release: {
      versionFiles: release.version_files ?? defaultVersionFiles(source),
      branch: release.branch,
      breakingBefore1: release.breaking_before_1,
    },
    supplyChain: {
      sbom: supply_chain.sbom,
      provenance: supply_chain.provenance,
      sign: supply_chain.sign ?? null,
      transparencyLog: supply_chain.transparency_log,
    },
    architectures: architectures
      .map(architectureOf)
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
    lines: Object.fromEntries([
      [slipwayFile, slipway.document.lines],
      ...architectures.map(({ document }) => [document.file, document.lines]),
    ]),
  };
}

function architectureOf({ document, written }: WrittenFile<ArchitectureToml>): Architecture {
  const { torch = null, flash_attention: flashAttention = null } = written;
  return {
    name: architectureFilePattern.exec(document.file)?.[1] ?? '',
    file: document.file,
    tag: written.tag,
    platforms: written.platforms,
    computeCapabilities: written.compute_capabilities,
    cuda: written.cuda ?? null,
    python: written.python,
    extras: written.extras,
    systemPackages: written.system_packages,
    jit: written.jit ?? torch !== null,
    excludes: written.excludes,
    bytecode: written.bytecode,
    deprecated: written.deprecated ?? null,
    torch,
    flashAttention,
  };
}

/** A folder of this workspace has its pyproject.toml here; another repository's is released there. */
function defaultVersionFiles(source: Source): string[] {
  if (source.kind === 'git') return [];
  return [source.path === '.' ? 'pyproject.toml' : `${source.path}/pyproject.toml`];
}

function sourceOf(text: string): Source {
  return accepted(parseSource(text));
}

/** The schema has accepted the text with the same function, so a missing value is a mistake of ours. */
function accepted<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('the schema accepted a text that cannot be read');
  return value;
}
