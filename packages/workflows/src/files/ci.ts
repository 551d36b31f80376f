import type { WorkflowFacts } from '../facts.ts';
import {
  checkout,
  givenSecrets,
  givenSources,
  install,
  nx,
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
  const { scripts, checks, packageManager } = facts;
  const quick = scripts.filter((name) => name !== 'test');
  const sources = givenSources(facts);
  const ifSources = sources === undefined ? '' : `\n        if: \${{ ${sources} }}`;
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
    permissions:${permissions(facts, { images: 'read' })}${givenSecrets(facts)}
    steps:${checkout()}${install(facts)}${quick.map((name) => `\n      - run: ${packageManager} run ${name}`).join('')}
      - name: Do the workflows follow from the definition?
        run: ${nx(facts)} run workflows:check${sources === undefined ? '' : without}${sourceLogin(facts, sources)}${readingLogins(facts)}
      - name: Do the locks?${ifSources}
        run: ${nx(facts)} run base-images:lock --check
      # Those of a registry that may not be read count as not built.
      - name: Which images would be built?${ifSources}
        env:
          BEFORE: \${{ github.event.pull_request.base.sha || github.event.merge_group.base_sha || github.event.before }}
        run: |
          if git cat-file -e "$BEFORE^{commit}"; then
            ${nx(facts)} affected -t build-image --dry-run --base="$BEFORE" --head=HEAD
          else
            # Started by hand, a new branch, or a history that was rewritten.
            ${nx(facts)} run-many -t build-image --dry-run
          fi
${scripts.includes('test') ? test(facts) : ''}`;
}

/** The secrets that whoever calls it may hand on. */
function called(facts: WorkflowFacts): string {
  const names = readingSecrets(facts);
  if (names.length === 0) return '';
  return `
    secrets:${names.map((name) => `\n      ${name}: { required: false }`).join('')}`;
}

const without = `
      # What follows reads the sources, and is left out where there is no key for them.`;

const test = (facts: WorkflowFacts): string => `
  test:
    runs-on: ${runner}
    timeout-minutes: 120
    permissions:
      contents: read # checkout
    steps:${checkout()}${install(facts)}
      - run: ${facts.packageManager} test
`;
