/** What a person wrote, complete and checked: `slipway.toml` and every `architectures/<name>/architecture.toml`. */
export interface Definition {
  application: Application;
  repositories: Repositories;
  images: ForeignImages;
  build: {
    /** zstd level of base images. */
    compressionLevel: number;
  };
  limits: Limits;
  release: Release;
  supplyChain: SupplyChain;
  /** Sorted by name. */
  architectures: readonly Architecture[];
  /**
   * Where each key stands: file, then the key's path with dots (`application.companion.0.path`), to its line from 1.
   * For messages only; it says nothing about what is built.
   */
  lines: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface Application {
  /** The Python distribution's name. */
  name: string;
  source: Source;
  /** Absolute path of the checkout in the image. */
  path: string;
  /** Program and arguments that start a training run, relative to `path`. */
  command: readonly string[];
  /** Program and arguments that prove an image starts; null: the application has none. */
  smoke: readonly string[] | null;
  companions: readonly Companion[];
}

/** A second source tree that lies beside the application in the image. */
export interface Companion {
  name: string;
  source: Source;
  /** Absolute path of the checkout in the image. */
  path: string;
}

/** Where a source tree comes from. */
export type Source =
  /** A folder of this workspace; `path` is relative to its root, with forward slashes. */
  | { kind: 'folder'; path: string }
  /** A git repository; `ref` is a branch, a tag or a commit. */
  | { kind: 'git'; url: string; ref: string };

/** Repositories without tag, with the registry's host where it is not docker.io. */
export interface Repositories {
  base: string;
  runtime: string;
  dev: string;
}

/** Images that we did not make. */
export interface ForeignImages {
  /** A reference with tag or digest, for example `ubuntu:24.04`. */
  os: string;
  /** A reference in which `<cuda>` stands for the CUDA release with its patch number, for example 12.6.3. */
  cudaDevel: string;
}

export interface Limits {
  /** Bytes of the CI runner's whole disk. */
  runnerDiskBytes: number;
  /** Bytes that BuildKit may keep as its cache. */
  buildkitReserveBytes: number;
  /** Bytes of disk use at which a build is stopped. */
  diskGuardBytes: number;
  /** Bytes on disk that a base image may have. */
  baseSizeBytes: number;
  /** Bytes on disk that the runtime image may add to its base. */
  runtimeLayerBytes: number;
  /** Milliseconds that one publish may take. */
  publishTimeMs: number;
}

export interface Release {
  /** Files, relative to the workspace root, whose version line a release changes. */
  versionFiles: readonly string[];
  /** The branch that releases are made from. */
  branch: string;
  /** What a breaking change raises while the version is 0.x. */
  breakingBefore1: 'minor' | 'major';
}

/** What is put beside an image once it is there. */
export interface SupplyChain {
  /** A list of what it holds. */
  sbom: boolean;
  /** A statement of what it was built from. */
  provenance: boolean;
  /** By what it is signed; null: by a key where one is given. */
  sign: 'key' | 'keyless' | 'never' | null;
  /** Whether signatures by a key are entered in a public log. */
  transparencyLog: boolean;
}

export type Platform = 'linux/amd64' | 'linux/arm64';

/** A GPU family and what its images hold. */
export interface Architecture {
  /** The name of its folder. */
  name: string;
  /** The file that defines it, relative to the workspace root. */
  file: string;
  /** The moving tag of its base image. */
  tag: string;
  platforms: readonly Platform[];
  /** For example `8.6`; empty: no GPU is promised. */
  computeCapabilities: readonly string[];
  /** Major and minor, for example `12.6`; null: no CUDA. */
  cuda: string | null;
  /** The lowest Python minor, for example `3.12`. */
  python: string;
  /** The application's optional dependencies that this architecture gets. */
  extras: readonly string[];
  /** Debian package names. */
  systemPackages: readonly string[];
  /** Whether the image has the C compiler and headers that Triton and torch.compile want at run time. */
  jit: boolean;
  /** Paths, with `*` for any characters, that are left out of Debian packages and wheels. */
  excludes: readonly string[];
  /** Whether Python modules lie in the image compiled too. */
  bytecode: boolean;
  /** Why nobody should start with it any more; null: it is current. */
  deprecated: string | null;
  torch: Torch | null;
  flashAttention: FlashAttention | null;
}

export interface Torch {
  /** PEP 440, without the `+cu126` part where it comes from the Python registry. */
  version: string;
  channel: 'stable' | 'nightly';
  /** The exact wheels that stand in place of the Python registry's; always given for a nightly. */
  wheels: readonly PinnedWheel[];
}

export interface FlashAttention {
  /** PEP 440. */
  version: string;
  /** `build`: compiled from the source distribution of the Python registry. */
  from: 'build' | PinnedWheel;
}

export interface PinnedWheel {
  url: string;
  /** 64 lower-case hexadecimal digits. */
  sha256: string;
}
