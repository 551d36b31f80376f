import { actions } from '../actions.ts';
import type { WorkflowFacts } from '../facts.ts';
import { scalar } from '../scalar.ts';
import {
  checkout,
  gitLogin,
  install,
  logins,
  nx,
  permissions,
  readingSecrets,
  runner,
  sourceLogin,
} from '../steps.ts';

/** `release.yml`: the next candidate of each push to the main branch; by hand also a promotion or a yank. */
export function release(facts: WorkflowFacts): string {
  const { branch, checks } = facts;
  const handedOn = readingSecrets(facts).map((name) => `\n      ${name}: \${{ secrets.${name} }}`);
  const onBranch = `github.ref == ${literal(`refs/heads/${branch}`)}`;
  return `name: release

on:
  push:
    branches: [${scalar(branch)}]
  workflow_dispatch:
    inputs:
      action:
        description: Make a candidate, promote the newest candidate, or yank a version
        type: choice
        options: [candidate, promote, yank]
        default: candidate
      version:
        description: Version to yank, vX.Y.Z
        type: string
        default: ''
      reason:
        description: Why it is yanked
        type: string
        default: ''

permissions: {}

jobs:
  # The commit that is released is the one that passed this: both are github.sha.
  ci:
    if: \${{ inputs.action != 'yank' && ${onBranch} }}
    permissions:${permissions(facts, { images: 'read' })}
    # Not the form \`$/\`, which actionlint and GitHub Enterprise Server do not know.
    uses: ./.github/workflows/${checks}.yml # zizmor: ignore[self-repository]${handedOn.length === 0 ? '' : `\n    secrets:${handedOn.join('')}`}

  release:
    needs: ci
    runs-on: ${runner}
    timeout-minutes: 20
    # By commit: in a group for all of them, one that arrives late would take the place of a newer one that waits. Two
    # that race are settled by the push, which the remote takes whole or not at all.
    concurrency:
      group: release-\${{ inputs.action == 'promote' && 'promote' || github.sha }}
      cancel-in-progress: false
    permissions:${permissions(facts, { contents: 'write', why: 'pushes the release commit and its tag', images: 'read' })}
    outputs:
      # Empty when there is nothing to publish: nothing to release, or superseded by a later push.
      tag: \${{ steps.release.outputs.tag }}
    steps:
      # Where the branch is protected: an app that may push to it. Its client id is a variable of the repository, its
      # private key a secret.
      - id: app
        if: \${{ vars.RELEASE_APP_CLIENT_ID != '' }}
        uses: ${actions.appToken}
        with:
          client-id: \${{ vars.RELEASE_APP_CLIENT_ID }}
          private-key: \${{ secrets.RELEASE_APP_PRIVATE_KEY }}
          permission-contents: write${checkout()}${install(facts)}${logins(facts)}
      - id: release
        name: Release
        env:
          ACTION: \${{ inputs.action || 'candidate' }}
          # Who makes the release commit and its tag.
          GIT_COMMITTER_NAME: github-actions[bot]
          GIT_COMMITTER_EMAIL: 41898282+github-actions[bot]@users.noreply.github.com
          # Only this step can push, and no file holds the token.${gitLogin('steps.app.outputs.token || github.token')}
        run: |
          case "$ACTION" in
            promote) ${nx(facts)} run release:promote ;;
            *) ${nx(facts)} run release:candidate --commit="$GITHUB_SHA" ;;
          esac

  # A tag that was pushed with the default token starts no workflow; one that an app pushed does. A job that is repeated
  # finds its tag there, and starts what may have been missed: what is published already is left as it is.
  publish:
    needs: release
    if: \${{ needs.release.outputs.tag != '' && vars.RELEASE_APP_CLIENT_ID == '' }}
    runs-on: ${runner}
    timeout-minutes: 5
    permissions:
      actions: write # starts build-runtime.yml
    steps:
      - name: Start the publish
        env:
          GH_TOKEN: \${{ github.token }}
          GH_REPO: \${{ github.repository }}
          TAG: \${{ needs.release.outputs.tag }}
        run: gh workflow run build-runtime.yml --ref "$TAG" --field tag="$TAG"

  yank:
    if: \${{ inputs.action == 'yank' && ${onBranch} }}
    runs-on: ${runner}
    timeout-minutes: 20
    concurrency:
      group: release-yank-\${{ inputs.version }}
      cancel-in-progress: false
    permissions:${permissions(facts, { images: 'write' })}
    steps:${checkout()}${install(facts)}${sourceLogin(facts)}${logins(facts)}
      - name: Yank
        env:
          VERSION: \${{ inputs.version }}
          REASON: \${{ inputs.reason }}
        run: ${nx(facts)} run release:yank "$VERSION" --reason="$REASON"
`;
}

/** A text as the expressions of GitHub Actions write it. */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
