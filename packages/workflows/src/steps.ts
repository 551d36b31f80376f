import { buildkitConfig } from '@slipway/contract';
import { actions } from './actions.ts';
import type { WorkflowFacts } from './facts.ts';
import { scalar } from './scalar.ts';

// Steps that several workflows have, indented as the steps of a job are, so that a workflow reads like its file.

/** Where jobs run: GitHub's own runner, free for public repositories. */
export const runner = 'ubuntu-24.04';

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

/** Node and the packages that package-lock.json names. No cache: what is published must not come from one that others fill. */
export const install = `
      - uses: ${actions.setupNode}
        with:
          node-version: 24
          package-manager-cache: false
      - run: npm ci`;

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

/** A log-in to each registry that images come from and go to. */
export function logins({ registries }: WorkflowFacts): string {
  return registries.map(login).join('');
}

/**
 * The permissions of a job that logs in, one a line; contents are read by the checkout.
 * @param why what else the job does with contents.
 */
export function publishPermissions(
  { registries }: WorkflowFacts,
  contents: 'read' | 'write' = 'read',
  why = 'checkout',
): string {
  return `
      contents: ${contents} # ${why}${registries.includes(github) ? '\n      packages: write # images are pushed to ghcr.io' : ''}`;
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

/** Names of the secrets that the workflows' log-ins take, which somebody has to set. */
export function secretNames({ registries }: WorkflowFacts): string[] {
  return registries.flatMap((registry) => Object.values(loginSecrets(registry) ?? {}));
}

/** Names of the two secrets that hold the log-in to a registry; GitHub's own needs none. */
function loginSecrets(registry: string): { username: string; password: string } | null {
  if (registry === github) return null;
  if (registry === dockerHub) return { username: 'DOCKERHUB_USERNAME', password: 'DOCKERHUB_TOKEN' };
  const name = registry
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replace(/^(?=\d)/, '_');
  return { username: `${name}_USERNAME`, password: `${name}_PASSWORD` };
}

const github = 'ghcr.io';
const dockerHub = 'docker.io';

function login(registry: string): string {
  const secrets = loginSecrets(registry);
  const host = registry === dockerHub ? '' : `\n          registry: ${scalar(registry)}`;
  return `
      - name: Log in to ${registry}
        uses: ${actions.login}
        with:${host}
          username: \${{ ${secrets === null ? 'github.actor' : `secrets.${secrets.username}`} }}
          password: \${{ ${secrets === null ? 'github.token' : `secrets.${secrets.password}`} }}`;
}
