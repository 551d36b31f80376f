import type { WorkflowFacts } from '../facts.ts';
import { builder, checkout, gitLogin, install, logins, publishPermissions, runner } from '../steps.ts';

/**
 * `build-runtime.yml`: publishes a version when its tag arrives, then starts what was published. One job builds all
 * architectures: together they cost about what one costs, since all stand on the same helper stage.
 */
export function buildRuntime(facts: WorkflowFacts): string {
  const { architectures, publishTimeMs } = facts;
  const setUpMinutes = 10;
  const publishMinutes = setUpMinutes + 10 * Math.ceil(publishTimeMs / 60_000);
  const smokeMinutes = setUpMinutes + 10 * architectures.length;
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
    # Ends what hangs. What took longer than [limits] publish_time is said by publish itself, in the summary.
    timeout-minutes: ${publishMinutes}
    permissions:${publishPermissions(facts)}
    steps:${checkout(tagOf)}${install}${builder(facts)}${logins(facts)}
      # Whoever made it: annotated, on the branch of releases, and the version that its commit states.
      - name: May the tag be published?
        env:${gitLogin()}
        run: npx nx run release:verify "$TAG"
      - name: Publish
        run: npx nx run runtime-image:publish --as="$TAG"

  # What people read: the notes of the commits, and the images with the line that runs each.
  notes:
    needs: publish
    runs-on: ${runner}
    timeout-minutes: ${setUpMinutes + 10}
    permissions:${publishPermissions(facts, 'write', 'writes the release')}
    steps:${checkout(tagOf)}${install}${logins(facts)}
      - name: Write the release
        env:${gitLogin()}
        run: |
          npx nx run release:notes "$TAG" --output=.slipway/notes.md
          case "$TAG" in *-rc*) candidate=true ;; *) candidate=false ;; esac
          if gh release view "$TAG" > /dev/null; then verb=edit; else verb=create; fi
          gh release "$verb" "$TAG" --verify-tag --title="$TAG" --prerelease="$candidate" --notes-file=.slipway/notes.md

  # A job of its own, with a time and a disk of its own: it pulls whole images, which publishing never does.
  smoke:
    needs: publish
    runs-on: ${runner}
    # 10 minutes for each image that is pulled and started.
    timeout-minutes: ${smokeMinutes}
    permissions:${publishPermissions(facts)}
    steps:${checkout(tagOf)}${install}${logins(facts)}
      - name: Start what was published
        run: npx nx run runtime-image:smoke --as="$TAG"
`;
}

const tagOf = "format('refs/tags/{0}', inputs.tag || github.ref_name)";
