import type { WorkflowFacts } from '../facts.ts';
import {
  checkout,
  givenLogins,
  install,
  permissions,
  readingLogins,
  readingSecrets,
  runner,
  sourceLogin,
} from '../steps.ts';

/**
 * `ci.yml`: what a change must pass. `release.yml` calls it for a push to the main branch, so that what is released is
 * the commit that was tested.
 */
export function ci(facts: WorkflowFacts): string {
  const { scripts, checks, sshHosts } = facts;
  const quick = scripts.filter((name) => name !== 'test');
  const fetches = sshHosts.length > 0;
  return `name: ${checks}

on:
  pull_request:
  merge_group:
  # release.yml, for each push to the main branch.
  workflow_call:${called(facts)}

permissions: {}

# Only an outdated run of a pull request is cancelled.
concurrency:
  group: ${checks}-\${{ github.event.pull_request.number || github.run_id }}
  cancel-in-progress: \${{ github.event_name == 'pull_request' }}

jobs:
  check:
    runs-on: ${runner}
    timeout-minutes: 20
    permissions:${permissions(facts, { images: 'read' })}${givenLogins(facts)}
    steps:${checkout()}${install}${quick.map((name) => `\n      - run: npm run ${name}`).join('')}
      - name: Do the workflows follow from the definition?
        run: npx nx run workflows:check${fetches ? forks : ''}${sourceLogin(facts, fetches ? ownBranch : undefined)}${readingLogins(facts)}
      - name: Do the locks?${fetches ? `\n        if: \${{ ${ownBranch} }}` : ''}
        run: npx nx run base-images:lock --check
      # Those of a registry that may not be read count as not built.
      - name: Which images would be built?${fetches ? `\n        if: \${{ ${ownBranch} }}` : ''}
        env:
          BEFORE: \${{ github.event.pull_request.base.sha || github.event.merge_group.base_sha || github.event.before }}
        run: |
          if git cat-file -e "$BEFORE^{commit}"; then
            npx nx affected -t build-image --dry-run --base="$BEFORE" --head=HEAD
          else
            # Started by hand, a new branch, or a history that was rewritten.
            npx nx run-many -t build-image --dry-run
          fi
${scripts.includes('test') ? test : ''}`;
}

/** The secrets that whoever calls it may hand on. */
function called(facts: WorkflowFacts): string {
  const names = readingSecrets(facts);
  if (names.length === 0) return '';
  return `
    secrets:${names.map((name) => `\n      ${name}: { required: false }`).join('')}`;
}

/** Pull requests of forks get no secrets. */
const ownBranch = '!github.event.pull_request.head.repo.fork';

const forks = `
      # What follows reads the sources, which no pull request of a fork has a key for.`;

const test = `
  test:
    runs-on: ${runner}
    timeout-minutes: 120
    permissions:
      contents: read # checkout
    steps:${checkout()}${install}
      - run: npm test
`;
