import type { Definition, Distribution, MachineSettings, Problem } from '@slipway/contract';
import type { Checkout, GitFacts, NeutralTexts } from '@slipway/effects';
import type { AttestPlan } from './attest-plan.ts';
import type { DockerfileSource } from './dockerfile.ts';
import type { Json, KeyComponents } from './key.ts';

/** Kinds of images, each after those that it stands on. */
export const imageKinds = ['base', 'runtime', 'dev'] as const;

export type ImageKind = (typeof imageKinds)[number];

/** A source tree: where its files lie here, where they go in the image, and where it stands in its repository. */
export interface SourceTree {
  /** Folder relative to the workspace. */
  folder: string;
  /** Absolute path in the image. */
  path: string;
  /** Null: outside git. What is only one folder of a repository is plain files in the image. */
  git: GitFacts | null;
  files: ContextFile[];
  /**
   * Files that change with every release, with what stands for them in the layer that all versions share: those that
   * state the version, and the changelog. Names as in `files`.
   */
  neutral: NeutralTexts;
  /** The commit's tree with these texts; null where the image gets no `.git`. */
  neutralTree: string | null;
  /**
   * The distribution that is installed from it, as importing programs are told of it; absent: none, or none that is named
   * in a pyproject.toml. Of the application the version is the image's.
   */
  distribution?: Pick<Distribution, 'name' | 'version'>;
}

/** A file that enters a build, by what it is and not by where or when it was written. */
export interface ContextFile {
  /** Relative to the context. */
  path: string;
  executable: boolean;
  sha256: string;
  /** Target of a symbolic link; its hash is that of the target's text. */
  link?: string;
  /** Where it lies in the workspace, when that is not `path`. */
  from?: string;
}

/** A folder of a context that gets a part of a `.git` of one commit, made anew for the build. */
export interface ContextCheckout extends Checkout {
  /** Relative to the context. */
  path: string;
  /** Folder of the workspace in whose repository the commit is. */
  from: string;
  /** What is the same for all commits of this neutral tree, or the rest. */
  part: 'tree' | 'commit';
  neutralTree: string;
  neutral: NeutralTexts;
}

/** A folder that a build sees under a name. */
export interface BuildContext {
  files: ContextFile[];
  checkouts?: ContextCheckout[];
  /** Files that the plan itself writes: name -> text. */
  texts?: Record<string, string>;
  /** Stands for `texts` in the key, in parts that can be compared: it must change whenever they do. */
  parts?: Json;
  /** Files that are fetched first, and refused when their hash is another. */
  downloads?: { name: string; url: string; sha256: string; mirror?: string }[];
}

/** One call of the builder. */
export interface BuildCall {
  target: string;
  dockerfile: DockerfileSource;
  platform: string;
  arguments: Record<string, string>;
  /** Named contexts; `main` is the one that COPY without --from reads, others stand in a stage's place. */
  contexts: Record<string, BuildContext>;
  /** Image named in the Dockerfile, or stage whose place it takes -> where the engine finds it. */
  images: Record<string, string>;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Where the product goes; null: nothing is pushed. */
  push: string | null;
  /** Names under which the product goes into the engine's own images, instead of being pushed. */
  load?: string[];
  /**
   * The image that the target stands on stays in the registry: nothing in the last stage may need its files. All files
   * that it adds carry the one date.
   */
  lazy: boolean;
  inlineCache: boolean;
  /** zstd level of the layers that it makes. */
  compressionLevel: number;
  cacheFrom: string[];
  /** Stages that are run anew, whatever the cache holds. */
  fresh: string[];
}

/** Where an image stands against its registry. */
export type State =
  /** The key tag is there and every moving tag points at it: nothing to do. */
  | 'current'
  /** The key tag is there, a moving tag is not at it: only tags are moved. */
  | 'tag'
  /** There is no image of this key. */
  | 'build'
  /** The image stands on one that is not there yet; its key follows when that is built. */
  | 'waits';

/** What will be done for one image, and why. Complete: executing adds nothing to it. */
export interface ImagePlan {
  project: string;
  kind: ImageKind;
  architecture: string;
  state: State;
  reason: string;
  repository: string;
  key: string | null;
  keyTag: string | null;
  movingTags: string[];
  /** What each moving tag points at now; a tag that someone else moves meanwhile is left alone. */
  tagDigests: Record<string, string | null>;
  /** Digest under the key tag, when it exists. */
  digest: string | null;
  components: KeyComponents;
  /** Of a runtime image: the source trees in it, the application first. */
  sources?: Pick<SourceTree, 'folder' | 'path' | 'git' | 'distribution'>[];
  /** Project and reference of the image this one stands on. */
  parent: { project: string; reference: string; digest: string | null } | null;
  /** In their order: helper images, the image itself, what proves it. */
  builds: BuildCall[];
  /** Moving tags of the other bases: what layers this one has of its own is counted against them. */
  siblings: string[];
  /**
   * What the limit of the definition of that name allows: of a base its bytes on disk, of a runtime image the compressed
   * bytes that it adds to its base. Null: the definition has none for images of its kind.
   */
  limit: { name: string; bytes: number } | null;
  /** Bytes of the engine's disk at which its build is stopped; null: it is not. */
  diskGuardBytes: number | null;
  /** What is put beside the image once it is there; absent: nothing. */
  attest?: AttestPlan;
  /** Settings of this machine that the plan used. */
  machine: { substitutes: Record<string, string>; repositories: Record<string, string> };
}

/** The call whose product is the image itself; undefined in a plan that only makes a helper image anew. */
export const imageCall = ({ kind, builds }: ImagePlan): BuildCall | undefined =>
  builds.find(({ target }) => target === kind);

/** Whether an image goes into the engine's own images: no registry is then asked for it, and none gets it. */
export const isLoaded = (plan: ImagePlan): boolean => imageCall(plan)?.load !== undefined;

/** Tags that follow the newest runtime images of an architecture, the newest of all first. */
export const newestTags = (architecture: string): string[] =>
  ['rc', 'latest', 'edge'].map((name) => `${architecture}-${name}`);

/** A foreign image where it was found. */
export interface ForeignImage {
  reference: string;
  digest: string;
  substitute: boolean;
  /** Major and minor of the Python that its system has, where that is known. */
  python: string | null;
}

/** Everything that planning looks at, read beforehand. */
export interface PlanInputs {
  definition: Definition;
  machine: MachineSettings;
  dockerfiles: Record<ImageKind, DockerfileSource>;
  /** Files of the program that proves a base: name -> text. */
  verification: Record<string, string>;
  /**
   * Texts of the lock of each architecture; `native` is what has to be compiled, `dev` what the extra of that name adds,
   * absent where there is no such lock.
   */
  locks: Record<string, { requirements: string; native: string; dev?: string }>;
  /** The application's pyproject.toml. */
  pyproject: { file: string; text: string };
  /** The application first, then its companions; their files in any order. */
  sources: SourceTree[];
  /** Foreign image -> where it is, by substitute, lock or registry; or why that is not known. */
  foreign: Record<string, ForeignImage | Problem>;
  platform: string;
  /** How many compilers may run at once; null: the builder finds out by its own cores and memory. It changes no key. */
  maxJobs: number | null;
}

/** What registries said: reference -> digest, or null when it does not exist. */
export type RegistryAnswers = Record<string, string | null>;
