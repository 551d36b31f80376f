/**
 * Something a person has to act on. Every expected failure is one of these: a stable code, one sentence with the
 * offending value, where it came from, and what to do next.
 */
export interface Problem {
  /** One of `problemCodes`; never renamed, so that scripts and issues can rely on it. */
  code: ProblemCode;
  message: string;
  /** What to do, as an imperative sentence or a command that can be pasted. */
  remedy: string;
  /** Where the offending value stands, when it stands in a file. `line` counts from 1. */
  where?: { file: string; line?: number };
  /** The registry that does not answer, where one does not. */
  registry?: string;
  /** The container engine that cannot be asked, where one cannot. */
  engine?: 'docker' | 'podman';
}

/** An expected failure on its way to the person: one or several problems, reported together. */
export class Failure extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: Problem | readonly Problem[], options?: ErrorOptions) {
    const list = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem];
    super(list.map((problem) => formatProblem(problem)).join('\n'), options);
    this.name = 'Failure';
    this.problems = list;
  }
}

/** Two lines for a terminal or a log: what is wrong and where, then what to do. */
export function formatProblem(problem: Problem): string {
  const { file, line } = problem.where ?? {};
  const where = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `;
  return `error[${problem.code}] ${where}${problem.message}\n  fix: ${problem.remedy}`;
}

/** The catalogue of stable codes, each with the sentence of documentation that `docs/problems.md` prints. */
export const problemCodes = {
  'definition-missing': 'A definition file that must exist does not.',
  'definition-syntax': 'A definition file is not TOML.',
  'definition-invalid': 'A value of a definition is missing, of the wrong type, unknown or malformed.',
  'definition-rule':
    'Two values of the definition contradict each other or a fact about GPUs, CUDA or wheels.',
  'host-unfit': 'This host cannot do what the definition asks.',
  'architecture-unknown': 'No architecture of that name is defined.',
  'reference-malformed': 'A text is not the reference of an image.',
  'version-malformed': 'A version is not of the form vX.Y.Z or vX.Y.Z-rcN.',
  'version-taken': 'A version was published before with other content.',
  'version-missing': 'No version was given and none can be derived.',
  'lock-missing': 'An architecture has no requirements.lock.',
  'lock-stale': 'A requirements.lock does not follow from the definition any more.',
  'lock-unsolvable': 'No versions of the dependencies satisfy everything that is asked for.',
  'wheel-unfit': 'A prebuilt wheel is for another Python, torch, CUDA or C++ ABI than its architecture has.',
  'verification-failed': 'A finished base image does not hold what its definition promises.',
  'plan-unreadable': 'The file given with --plan is not a plan of this version of Slipway.',
  'plan-outdated': 'A saved plan no longer fits the files or the registry it was made for.',
  'base-missing': 'A runtime image needs a base image that is not in the registry.',
  'closure-violated': 'The application needs a package that its base image does not have.',
  'dockerfile-invalid': 'A Dockerfile lacks a stage or uses an instruction that Slipway cannot build.',
  'dockerfile-pulls-base': 'A Dockerfile would make the engine download the base image.',
  'substitute-public': 'An image made from a substitute must not go to a public repository.',
  'engine-unreachable': 'No container engine answers.',
  'engine-too-old': 'The container engine or its buildx is older than what Slipway needs.',
  'builder-missing': 'There is no builder of the name that was given.',
  'engine-lost': 'The container engine stopped answering during the work.',
  'sandbox-impossible': 'A private engine cannot be brought up on this machine.',
  'sandbox-failed': 'A private engine was brought up but does not work.',
  'registry-unreachable': 'A registry does not answer.',
  'registry-denied': 'A registry refuses the credentials, or wants some and none are configured.',
  'registry-answer': 'A registry answered with something that cannot be used.',
  'deletion-refused': 'A registry lets nobody delete what it holds.',
  'index-unreachable': 'A Python package index does not answer, or with something that cannot be used.',
  'advisories-unreadable': 'A folder with advisories cannot be read, or holds none.',
  'tag-moved': 'A tag was moved by someone else between plan and push.',
  'source-unavailable': 'The source tree of the application or a companion cannot be read.',
  'secret-in-source':
    'A source tree holds a private key or log-ins that git does not track and that nothing ignores.',
  'secret-in-dockerfile':
    'A Dockerfile gives a value to an argument, variable or label whose name is that of a secret; images and plans would keep it.',
  'download-failed': 'A file that the definition names cannot be fetched.',
  'hash-mismatch': 'A file or an image does not have the hash that the definition or a lock states.',
  'limit-exceeded': 'An image is larger than a limit of the definition allows.',
  'disk-guard': 'A build was stopped because it took more disk than the definition allows.',
  'release-incomplete': 'A version is not, or not wholly, published.',
  'smoke-failed': 'A published image does not start as it should.',
  'signing-key-missing': 'An image is to be signed, and neither a key nor an identity is there.',
  'signing-failed': 'cosign could not sign an image.',
  'signature-missing':
    'An image, or one that a version consists of, has no signature of the key or identity that it was held against.',
  'public-key-unreadable': 'What signatures are to be held against is no public key.',
  'statement-impossible':
    'A statement about an image was asked for, and what it follows from is not kept any more.',
  'build-failed': 'An image build failed.',
  'command-failed': 'A program that Slipway called failed.',
  'command-missing': 'A program that Slipway needs is not installed.',
  'disk-full': 'There is no space left where something had to be written.',
  'print-failed': 'What a command prints cannot be written where it was to go.',
  'output-unusable': 'The output or cache folder of a run cannot be written.',
  'output-used': 'The output folder of a run holds something that the application may go on with, unasked.',
  'output-busy': 'Another run is writing into the output folder of this one, or into one in or above it.',
  'folder-missing':
    'A file or folder that a run should see, or that a command is called in, does not exist or cannot be read.',
  'key-unsafe':
    'An SSH key can be read by others, or not by the one who needs it, or with a passphrase only.',
  'host-key-unknown': 'No known_hosts file says which key a git server has, so SSH would refuse it.',
  'gpu-unfit': 'The GPUs of the host are not those that an image was made for.',
  'gpu-unknown': 'Which GPUs a host has, or what they are able to, cannot be told.',
  'driver-too-old': 'The NVIDIA driver of the host is older than the CUDA of an image needs.',
  'toolkit-missing':
    'The engine cannot give GPUs to a container: the NVIDIA Container Toolkit or CDI is missing.',
  'disk-short': 'There is not enough free disk for an image.',
  'shared-memory-short': 'A run asks for more shared memory than the host has memory, or for too little.',
  'version-yanked': 'A version was withdrawn after it had been published.',
  'secret-missing': 'A secret that a run refers to is not there, or cannot be read.',
  'secret-in-options': 'A secret stands on a command line, where everyone can read it and records keep it.',
  'rerun-impossible': 'Something that a recorded run was made of can no longer be had.',
  'pull-failed': 'The engine could not pull an image, for another reason than that there is none.',
  'image-missing': 'An image does not exist in its registry.',
  'labels-malformed': 'The io.slipway labels of an image do not say what Slipway writes there.',
  'run-failed': 'The application ended with an exit code other than 0.',
  'record-unreadable': 'The record of a run is damaged.',
  'run-unknown': 'There is no record of a run with that id.',
  'run-elsewhere': 'A run was started on another host, which alone can stop it.',
  'not-allowed': 'A file or folder cannot be read or written by the user who calls.',
  'repository-missing':
    'The workspace is in no git repository, or that one lacks a remote, branch or commit.',
  'remote-unreachable': 'A git remote does not answer, or is none.',
  'remote-denied': 'A git remote refuses the log-in, or wants one and none is configured.',
  'push-refused': 'A git remote refused a push by a rule or a hook of its own.',
  'commit-elsewhere': 'A commit is not on the branch that releases are made from.',
  'promotion-refused': 'The newest candidate cannot become the stable version.',
  'tag-lightweight': 'The tag of a version is not an annotated one.',
  'version-differs': 'A file states another version than the tag of its commit.',
  'workflow-stale': 'A workflow of GitHub Actions does not follow from the definition.',
  'workflow-foreign': 'A file that Slipway did not write lies where one of its workflows belongs.',
  'file-exists': 'A file that is there would have to be changed, and nobody agreed to that.',
  bug: 'Something happened that Slipway did not expect.',
  usage: 'A command was called with a wrong option or argument.',
  interrupted: 'The work was interrupted by a signal.',
} as const;

export type ProblemCode = keyof typeof problemCodes;
