import type { WorkflowFacts } from '../facts.ts';
import { checkout, install, runner } from '../steps.ts';

/**
 * `ci.yml`: what a change must pass. `release.yml` calls it for a push to the main branch, so that what is released is
 * the commit that was tested.
 */
export function ci({ scripts }: WorkflowFacts): string {
  const quick = scripts.filter((name) => name !== 'test');
  return `name: ci

on:
  pull_request:
  merge_group:
  # release.yml, for each push to the main branch.
  workflow_call:

permissions: {}

# Only an outdated run of a pull request is cancelled.
concurrency:
  group: ci-\${{ github.event.pull_request.number || github.run_id }}
  cancel-in-progress: \${{ github.event_name == 'pull_request' }}

jobs:
  check:
    runs-on: ${runner}
    timeout-minutes: 20
    permissions:
      contents: read # checkout
    steps:${checkout()}${install}${quick.map((name) => `\n      - run: npm run ${name}`).join('')}
      - name: Do the locks follow from the definition?
        run: npx nx run base-images:lock --check
      - name: Do the workflows?
        run: npx nx run workflows:check
      - name: Which images would be built?
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

const test = `
  test:
    runs-on: ${runner}
    timeout-minutes: 120
    permissions:
      contents: read # checkout
    steps:${checkout()}${install}
      - run: npm test
`;
