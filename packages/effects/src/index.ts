export { type AdvisoryRecord, readAdvisories } from './advisories.ts';
export { type ArtifactFacts, openArtifact, putArtifact, readArtifact } from './artifacts.ts';
export { asFailure } from './as-failure.ts';
export { startInBackground } from './background.ts';
export { type BuildEngine, type Builder, chooseBuilder, probeBuilder, reclaimDisk } from './builder.ts';
export { checkoutSource } from './checkout.ts';
export { claim } from './claim.ts';
export {
  type ContainerEngine,
  type ContainerState,
  type EngineFacts,
  type EngineImage,
  type EngineName,
  type ListedContainer,
  openContainerEngine,
  type PullProgress,
} from './container-engine.ts';
export {
  openSigner,
  type SignatureOfIdentity,
  type Signer,
  type SignerSettings,
  type StatementType,
  verifyIdentity,
} from './cosign.ts';
export { readDefinition } from './definition.ts';
export { readDeprecation } from './deprecation.ts';
export { dockerCommand } from './docker-command.ts';
export { diskFreeBytes, type Engine, engineAnswers, probeEngine } from './engine.ts';
export { fetchFile, type RemoteFile } from './fetch-file.ts';
export { type ListedFile, listFiles } from './files.ts';
export { type NeutralTexts, neutralTree, writeGitFolder } from './git-folder.ts';
export { lostRace, remoteProblem } from './git-remote.ts';
export { commitIsThere, type RemoteRef, resolveRemoteRef } from './git-remote-ref.ts';
export {
  askGit,
  type Checkout,
  defaultBranch,
  type GitFacts,
  isOutsideGit,
  publicUrl,
  readGit,
} from './git-tree.ts';
export {
  askGpus,
  type Gpu,
  type GpuAnswer,
  gpuQuery,
  type OldDriver,
  parseGpus,
  probeGpuMemoryUsed,
  readGpuAnswer,
} from './gpus.ts';
export { homeFolder } from './home-folder.ts';
export { type ImageFacts, ownPlatform, readImageFacts, requirePlatform } from './image-facts.ts';
export { type ImageConfiguration, readImageConfiguration, readImageLabels } from './image-labels.ts';
export { interruption } from './interruption.ts';
export { machineFile, readMachine, withMachine } from './machine.ts';
export { isSilence, NoAnswer } from './no-answer.ts';
export { runOnTerminal } from './on-terminal.ts';
export {
  type Advisory,
  type IndexedRelease,
  openPackageIndex,
  type PackageIndex,
} from './package-index.ts';
export { firstThere, packageSettings } from './package-settings.ts';
export { type Command, type Finished, loadStarter, run, tryRun } from './process.ts';
export { attachArtifact, listReferrers, referrersTag, type Subject } from './referrers.ts';
export { type Descriptor, type Manifest, openRegistry, type Registry } from './registry.ts';
export { type ReleaseRepository, readReleaseRepository, resolveCommit } from './release-repository.ts';
export { openReleaseStage, type ReleaseStage } from './release-stage.ts';
export { runModule } from './run-module.ts';
export {
  readSecrets,
  removeSecrets,
  type SecretSource,
  sameSecrets,
  secretsFolder,
  secretsTaken,
  takeSecretsBack,
  unmarkedSecrets,
  writeSecrets,
} from './secrets.ts';
export { writeWhole } from './write-whole.ts';
export { readYank } from './yank.ts';
