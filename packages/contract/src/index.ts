export { buildkitConfig } from './buildkit-config.ts';
export { type Coverage, compareNumbers, coverage, describeCapability } from './capability.ts';
export { checkHost, flashAttentionJobs, type HostFacts, minimumDocker } from './check-host.ts';
export { checkRules, rules } from './check-rules.ts';
export { completePyproject } from './complete-pyproject.ts';
export type * from './definition.ts';
export { architectureFilePattern, changelogFile, slipwayFile } from './definition-files.ts';
export {
  type Deprecation,
  deprecationTag,
  deprecationType,
  parseDeprecation,
} from './deprecation.ts';
export { type Distribution, readDistribution } from './distribution.ts';
export { parseDuration } from './duration.ts';
export { dependencyFiles } from './dynamic-dependencies.ts';
export { type ComputeCapability, computeCapabilities } from './facts/compute-capabilities.ts';
export { type CudaRelease, cudaReleases } from './facts/cuda.ts';
export {
  type FlashAttentionArch,
  type FlashAttentionMajor,
  type FlashAttentionWheels,
  flashAttentionBuild,
  flashAttentionMajors,
  flashAttentionWheels,
} from './facts/flash-attention.ts';
export { type OsImage, osImages } from './facts/os-images.ts';
export { type TorchRelease, torchRegistryPlatforms, torchReleases } from './facts/torch.ts';
export { findArchitecture } from './find-architecture.ts';
export { type GpuContract, gpuContract, torchArchs } from './gpu-contract.ts';
export { imageLabels, type LabelledContract, readContractLabels } from './image-labels.ts';
export { imageNotes } from './image-notes.ts';
export * from './machine.ts';
export { nearest } from './nearest.ts';
export {
  findPackageManager,
  type PackageManagerName,
  packageLocks,
  workflowManager,
} from './package-manager.ts';
export { type ParseOptions, parseDefinition } from './parse-definition.ts';
export { parseRunFile } from './parse-run-file.ts';
export { parseRunValues } from './parse-run-values.ts';
export { Failure, formatProblem, type Problem, type ProblemCode, problemCodes } from './problem.ts';
export { type Pyproject, parsePyproject } from './pyproject.ts';
export { normalizePythonName } from './python-name.ts';
export { quoteForShell } from './quote-for-shell.ts';
export { readJson } from './read-json.ts';
export { readToml } from './read-toml.ts';
export {
  formatReference,
  type ImageReference,
  isRepository,
  isTag,
  parseReference,
  registryApiHost,
  requireReference,
} from './reference.ts';
export {
  extendRelease,
  nextVersion,
  type PublishTime,
  parsePublishTimes,
  parseReleaseManifest,
  publishesAnnotation,
  type ReleaseManifest,
  releaseManifestType,
} from './release-manifest.ts';
export type { Rule } from './rules/contradiction.ts';
export { cudaSuffix } from './rules/words.ts';
export { type JsonSchema, jsonSchemas } from './schema/json-schemas.ts';
export { type RunToml, runSchema } from './schema/run-schema.ts';
export { isHarmless, isSecretName, lastPart } from './secret-name.ts';
export { formatSize, parseSize } from './size.ts';
export { type NeededPackages, slipwayLocks } from './slipway-locks.ts';
export { formatSource, parseSource } from './source.ts';
export { sourceFolders } from './source-folders.ts';
export { jsonComplaints } from './syntax/json-complaints.ts';
export { hasLogin, maskLogins } from './syntax/url-logins.ts';
export {
  compareVersions,
  formatVersion,
  fromPep440,
  parseVersion,
  toPep440,
  type Version,
  versionPattern,
} from './version.ts';
export { replaceVersion, statedVersion } from './version-line.ts';
export { versionOfFiles } from './version-of-files.ts';
export { type GitTag, readVersionTags, type VersionTag } from './version-tags.ts';
export { parseWheelName, type WheelName, type WheelTarget, wheelMisfits } from './wheel-name.ts';
export { parseYank, smokedTag, smokedType, type Yank, yankTag, yankType } from './yank.ts';
