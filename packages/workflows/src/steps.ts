import { buildkitConfig } from '@slipway/contract';
import { actions } from './actions.ts';
import type { WorkflowFacts } from './facts.ts';
import { scalar } from './scalar.ts';

// Steps that several workflows have, indented as the steps of a job are, so that a workflow reads like its file.

/** Where jobs run: GitHub's own runner, free for public repositories. */
export const runner = 'ubuntu-24.04';

/** Minutes after which GitHub ends any job on a runner of its own; a longer time-out would promise what nobody gets. */
export const longestMinutes = 360;

/**
 * Checks out the commit that started the workflow, or another ref; with all history, which affected and publish read.
 * @param ref an expression.
 */
export function checkout(ref?: string): string {
  return `
      - uses: ${actions.checkout}
        with:${ref === undefined ? '' : `\n          ref: \${{ ${ref} }}`}
          fetch-depth: 0
          persist-credentials: false`;
}

/** Node and the packages that the lock names. No cache: what is published must not come from one that others fill. */
export function install({ packageManager }: WorkflowFacts): string {
  return `
      - uses: ${actions.setupNode}
        with:
          node-version: 24
          package-manager-cache: false${packageManager === 'npm' ? '' : corepack(packageManager)}
      - run: ${packageManager === 'npm' ? 'npm ci' : `${packageManager} install --frozen-lockfile`}`;
}

/** The release that package.json names, or else any: then package.json is to stay as it is. */
const corepack = (name: string): string => `
      - name: Have ${name}
        run: |
          corepack enable
          echo COREPACK_ENABLE_AUTO_PIN=0 >> "$GITHUB_ENV"`;

/** What calls Nx. */
export const nx = ({ packageManager }: WorkflowFacts): string =>
  ({ npm: 'npx nx', pnpm: 'pnpm exec nx', yarn: 'yarn run nx' })[packageManager];

/**
 * A BuildKit of this runner, whose cache keeps to the definition's reserve.
 * @param condition an expression: whether the step is carried out.
 */
export function builder({ buildkitReserveBytes }: WorkflowFacts, condition?: string): string {
  const config = buildkitConfig(buildkitReserveBytes).trimEnd().split('\n');
  return `
      - uses: ${actions.setupBuildx}${condition === undefined ? '' : `\n        if: \${{ ${condition} }}`}
        with:
          # [limits] buildkit_reserve, in bytes.
          buildkitd-config-inline: |
${config.map((line) => `            ${line}`).join('\n')}`;
}

/** What a job may do with what. */
export interface JobPermissions {
  contents?: 'read' | 'write';
  /** What it does with contents; default: the checkout reads them. */
  why?: string;
  /** What it does with images: reads them, or also writes some. */
  images: 'read' | 'write';
  /** Whether it signs by its own identity, where the definition wants that. */
  signs?: boolean;
  /** More of them, a line each. */
  more?: readonly string[];
}

/** The permissions of a job that asks registries, one a line. */
export function permissions(
  { registries, signing }: WorkflowFacts,
  { contents = 'read', why = 'checkout', images, signs = false, more = [] }: JobPermissions,
): string {
  const done = images === 'write' ? 'images and tags are written to' : 'images are read from';
  return [
    '',
    `contents: ${contents} # ${why}`,
    ...(registries.includes(github) ? [`packages: ${images} # ${done} ${github}`] : []),
    ...(signs && signing === 'keyless'
      ? ['id-token: write # images are signed by the identity of this job']
      : []),
    ...more,
  ].join('\n      ');
}

/** cosign, for a job that signs; it is started by Slipway itself. */
export const cosign = ({ signing }: WorkflowFacts): string =>
  signing === null ? '' : `\n      - uses: ${actions.cosign}`;

/**
 * The key that images are signed by, in the environment of the one step that signs.
 * @param first whether the step has no other variable.
 */
export function signingKey({ signing }: WorkflowFacts, first = true): string {
  if (signing !== 'key') return '';
  const lines = signingSecrets.map((name) => `\n          ${name}: \${{ secrets.${name} }}`).join('');
  return `${first ? '\n        env:' : ''}${lines}`;
}

/**
 * The environment in which git asks gh for its log-in, and gh has it from there: only that step has it, and no file holds
 * the token.
 * @param token an expression.
 */
export const gitLogin = (token = 'github.token'): string => `
          GH_TOKEN: \${{ ${token} }}
          GIT_CONFIG_COUNT: 1
          GIT_CONFIG_KEY_0: credential.helper
          GIT_CONFIG_VALUE_0: '!gh auth git-credential'`;

/** Names of the secrets that the workflows take, which somebody has to set. */
export function secretNames(facts: WorkflowFacts): string[] {
  return [...readingSecrets(facts), ...(facts.signing === 'key' ? signingSecrets : [])];
}

/** Those of them that are needed to read what is there. */
export function readingSecrets({ registries, sshHosts }: WorkflowFacts): string[] {
  return [
    ...registries.flatMap((registry) => Object.values(loginSecrets(registry) ?? {})),
    ...(sshHosts.length === 0 ? [] : [sourceKey]),
  ];
}

/** Names of the variables of the repository that the workflows take. */
export const variableNames = ({ sshHosts }: WorkflowFacts): string[] =>
  sshHosts.some((host) => host !== 'github.com') ? [sourceHosts] : [];

const signingSecrets = ['COSIGN_KEY', 'COSIGN_PASSWORD'];
const sourceKey = 'SOURCE_SSH_KEY';
const sourceHosts = 'SOURCE_SSH_KNOWN_HOSTS';

/** null: the workflow's own token will do. */
function loginSecrets(registry: string): { username: string; password: string } | null {
  if (registry === github) return null;
  if (registry === dockerHub) return { username: 'DOCKERHUB_USERNAME', password: 'DOCKERHUB_TOKEN' };
  const name = registry
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    // GitHub takes no name that begins like this.
    .replace(/^(?=\d|GITHUB_)/, '_');
  return { username: `${name}_USERNAME`, password: `${name}_PASSWORD` };
}

const github = 'ghcr.io';
const dockerHub = 'docker.io';

/** A log-in to each registry that images come from and go to. */
export function logins({ registries }: WorkflowFacts): string {
  return registries.map((registry) => login(registry)).join('');
}

/** The same for a job that only reads, and that does without where the secrets are not there. */
export function readingLogins({ registries }: WorkflowFacts): string {
  return registries
    .map((registry) => {
      const secrets = loginSecrets(registry);
      return login(registry, secrets === null ? undefined : given(secrets.username));
    })
    .join('');
}

/** The environment of that job, in which its steps see which secrets are given: an \`if\` may not look at secrets. */
export function givenSecrets({ registries, sshHosts }: WorkflowFacts): string {
  const names = registries.flatMap((registry) => {
    const secrets = loginSecrets(registry);
    return secrets === null ? [] : [secrets.username];
  });
  if (sshHosts.length > 0) names.push(sourceKey);
  if (names.length === 0) return '';
  return `
    env:
      # Pull requests of forks and of Dependabot get no secrets, and are checked as far as that goes.${names.map((name) => `\n      HAS_${name}: \${{ secrets.${name} != '' }}`).join('')}`;
}

/** An expression: whether that job has a secret. */
const given = (name: string): string => `env.HAS_${name} == 'true'`;

/** An expression: whether that job may fetch the sources; undefined: it needs no secret for it. */
export const givenSources = ({ sshHosts }: WorkflowFacts): string | undefined =>
  sshHosts.length === 0 ? undefined : given(sourceKey);

function login(registry: string, condition?: string): string {
  const secrets = loginSecrets(registry);
  const host = registry === dockerHub ? '' : `\n          registry: ${scalar(registry)}`;
  return `
      - name: Log in to ${registry}${condition === undefined ? '' : `\n        if: \${{ ${condition} }}`}
        uses: ${actions.login}
        with:${host}
          username: \${{ ${secrets === null ? 'github.actor' : `secrets.${secrets.username}`} }}
          password: \${{ ${secrets === null ? 'github.token' : `secrets.${secrets.password}`} }}`;
}

/**
 * An agent of SSH for what comes after it, where source trees are fetched over SSH. After the packages' installation,
 * whose scripts are to see no key.
 * @param condition an expression: whether the step is carried out.
 */
export function sourceLogin({ sshHosts }: WorkflowFacts, condition?: string): string {
  if (sshHosts.length === 0) return '';
  const asksGitHub = sshHosts.includes('github.com');
  return `
      - name: Let git fetch the sources over SSH${condition === undefined ? '' : `\n        if: \${{ ${condition} }}`}
        env:
          # A private key that may read the sources on ${sshHosts.join(', ')}, and what SSH knows hosts by, as ssh-keyscan prints it.
          KEY: \${{ secrets.${sourceKey} }}
          KNOWN_HOSTS: \${{ vars.${sourceHosts} }}${asksGitHub ? `\n          GH_TOKEN: \${{ github.token }}` : ''}
        run: |
          if [ -z "$KEY" ]; then echo "::error::the secret ${sourceKey} is not set"; exit 1; fi
          umask 077
          known="$RUNNER_TEMP/source_known_hosts"
          printf '%s\\n' "$KNOWN_HOSTS" > "$known"${asksGitHub ? askGitHub : ''}
          eval "$(ssh-agent -s -a "$RUNNER_TEMP/source_agent")" > /dev/null
          printf '%s\\n' "$KEY" | tr -d '\\r' | ssh-add -q -
          {
            echo "SSH_AUTH_SOCK=$SSH_AUTH_SOCK"
            echo "SSH_AGENT_PID=$SSH_AGENT_PID"
            echo "GIT_SSH_COMMAND=ssh -o UserKnownHostsFile=$known -o StrictHostKeyChecking=yes"
          } >> "$GITHUB_ENV"`;
}

const askGitHub = `
          # GitHub says over HTTPS which keys are its own.
          if ! grep -q github.com "$known"; then gh api meta --jq '.ssh_keys[] | "github.com " + .' >> "$known"; fi`;
