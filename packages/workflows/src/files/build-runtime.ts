import type { WorkflowFacts } from '../facts.ts';
import {
  builder,
  checkout,
  cosign,
  gitLogin,
  install,
  logins,
  longestMinutes,
  nx,
  permissions,
  runner,
  signingKey,
  sourceLogin,
} from '../steps.ts';

/**
 * `build-runtime.yml`: publishes a version when its tag arrives, then starts what was published. One job builds all
 * architectures: together they cost about what one costs, since all stand on the same helper stage.
 */
export function buildRuntime(facts: WorkflowFacts): string {
  const { architectures, publishTimeMs } = facts;
  const setUpMinutes = 10;
  const publish = 10 * Math.ceil(publishTimeMs / 60_000);
  const smoke = setUpMinutes + 10 * architectures.length;
  return `name: build-runtime
run-name: publish \${{ inputs.tag || github.ref_name }}

on:
  push:
    # vX.Y.Z and vX.Y.Z-rcN; any other tag is nobody's version.
    tags: ['v[0-9]+.[0-9]+.[0-9]+', 'v[0-9]+.[0-9]+.[0-9]+-rc[0-9]+']
  # A tag that a workflow pushed with the default token starts nothing: release.yml calls this instead.
  workflow_dispatch:
    inputs:
      tag:
        description: Tag of the version to publish, vX.Y.Z or vX.Y.Z-rcN
        type: string
        required: true

permissions: {}

# One publish of a version at a time. Never cancelled: the next one would only have to complete it.
concurrency:
  group: publish-\${{ inputs.tag || github.ref_name }}
  cancel-in-progress: false

env:
  TAG: \${{ inputs.tag || github.ref_name }}

jobs:
  publish: # ${architectures.join(', ')}
    runs-on: ${runner}
    # ${longestMinutes} are the most that GitHub allows, for base images that are being built; each step has less.
    timeout-minutes: ${longestMinutes}
    permissions:${permissions(facts, {
      images: 'write',
      signs: true,
      more: ['actions: read # whether bases are being built'],
    })}
    steps:${checkout(tagOf)}${install(facts)}${sourceLogin(facts)}${builder(facts)}${cosign(facts)}${logins(facts)}
      # Whoever made it: annotated, on the branch of releases, and the version that its commit states.
      - name: May the tag be published?
        timeout-minutes: ${setUpMinutes}
        env:${gitLogin()}
        run: ${nx(facts)} run release:verify "$TAG"
      # The tag's commit, or the one that it was made of, may have changed bases too: that push has started build-base.
      - name: Wait for base images of the same push
        timeout-minutes: ${longestMinutes - 60}
        env:
          GH_TOKEN: \${{ github.token }}
          GH_REPO: \${{ github.repository }}
        run: |
          for commit in $(git rev-parse "refs/tags/$TAG^{commit}" "refs/tags/$TAG^{commit}^@"); do
            while true; do
              open=$(gh run list --workflow=build-base.yml --commit="$commit" --json=status --jq='map(select(.status != "completed")) | length') || break
              [ "\${open:-0}" -gt 0 ] || break
              sleep 30
            done
          done
      # ${timeOutOf(publish)}
      - name: Publish
        timeout-minutes: ${Math.min(publish, longestMinutes)}${signingKey(facts)}
        run: ${nx(facts)} run runtime-image:publish --as="$TAG"

  # What people read: the notes of the commits, and the images with the line that runs each.
  notes:
    needs: publish
    runs-on: ${runner}
    timeout-minutes: ${setUpMinutes + 10}
    permissions:${permissions(facts, { contents: 'write', why: 'writes the release', images: 'read' })}
    steps:${checkout(tagOf)}${install(facts)}${sourceLogin(facts)}${logins(facts)}
      - name: Write the release
        env:${gitLogin()}
        run: |
          ${nx(facts)} run release:notes "$TAG" --output=.slipway/notes.md
          case "$TAG" in *-rc*) candidate=true ;; *) candidate=false ;; esac
          if gh release view "$TAG" > /dev/null; then verb=edit; else verb=create; fi
          gh release "$verb" "$TAG" --verify-tag --title="$TAG" --prerelease="$candidate" --notes-file=.slipway/notes.md

  # A job of its own, with a time and a disk of its own: it pulls whole images, which publishing never does.
  smoke:
    needs: publish
    runs-on: ${runner}
    # 10 minutes for each image that is pulled and started${smoke > longestMinutes ? `, up to the ${longestMinutes} that GitHub allows` : ''}.
    timeout-minutes: ${Math.min(smoke, longestMinutes)}
    permissions:${permissions(facts, { images: 'write' })}
    steps:${checkout(tagOf)}${install(facts)}${sourceLogin(facts)}${logins(facts)}
      - name: Start what was published
        run: ${nx(facts)} run runtime-image:smoke --as="$TAG"
`;
}

/** What a time-out is for, and why it is not what the definition would make it. */
function timeOutOf(minutes: number): string {
  const why =
    'Ends what hangs. What took longer than [limits] publish_time is said by publish itself, in the summary.';
  return minutes > longestMinutes
    ? `${why}\n      # Ten times publish_time would be ${minutes} minutes; GitHub ends a job after ${longestMinutes}.`
    : why;
}

const tagOf = "format('refs/tags/{0}', inputs.tag || github.ref_name)";
