import { actions } from '../actions.ts';
import type { WorkflowFacts } from '../facts.ts';
import { scalar } from '../scalar.ts';
import {
  builder,
  checkout,
  cosign,
  install,
  logins,
  longestMinutes,
  nx,
  permissions,
  runner,
  signingKey,
  sourceLogin,
} from '../steps.ts';

/** `build-base.yml`: builds base images when what they are made of changes, or when somebody asks for it. */
export function buildBase(facts: WorkflowFacts): string {
  const { architectures, branch, slipwayLocks } = facts;
  // Dockerfiles that the workspace has none of its own for come with Slipway: another release may have others.
  const release = slipwayLocks
    .map((file) => `\n      - ${scalar(file)} # which Slipway, and so which Dockerfiles`)
    .join('');
  return `name: build-base

on:
  push:
    branches: [${scalar(branch)}]
    paths:
      - slipway.toml
      - architectures/**
      - dockerfiles/base.Dockerfile${release}
  workflow_dispatch:
    inputs:
      architecture:
        description: Architecture whose base image is built, unless the registry has it
        type: choice
        options:
          - all${architectures.map((name) => `\n          - ${scalar(name)}`).join('')}
        default: all
      builder:
        description: Address of a remote BuildKit, such as tcp://builder.example.org:1234; empty for the variable BUILDKIT_ENDPOINT, then this runner
        type: string
        default: ''

permissions: {}

# Every run is one of its own: each builds what its own push changed. Never cancelled.
concurrency:
  group: build-base-\${{ github.run_id }}
  cancel-in-progress: false

jobs:
  build:
    runs-on: ${runner}
    # The longest that GitHub allows: compiling flash-attention takes hours, and rather belongs on a remote builder.
    timeout-minutes: ${longestMinutes}
    permissions:${permissions(facts, { images: 'write', signs: true })}
    steps:${checkout()}${install(facts)}${sourceLogin(facts)}${builder(facts, "inputs.builder == '' && vars.BUILDKIT_ENDPOINT == ''")}
      - name: Use the remote BuildKit
        uses: ${actions.setupBuildx}
        if: \${{ inputs.builder != '' || vars.BUILDKIT_ENDPOINT != '' }}
        with:
          driver: remote
          endpoint: \${{ inputs.builder || vars.BUILDKIT_ENDPOINT }}
        env:
          BUILDER_NODE_0_AUTH_TLS_CACERT: \${{ secrets.BUILDKIT_CA_CERT }}
          BUILDER_NODE_0_AUTH_TLS_CERT: \${{ secrets.BUILDKIT_CERT }}
          BUILDER_NODE_0_AUTH_TLS_KEY: \${{ secrets.BUILDKIT_KEY }}${cosign(facts)}${logins(facts)}
      # What was built and why is in the summary, written by build-image itself.
      - name: Build what this push changed
        if: \${{ github.event_name == 'push' }}
        env:
          BEFORE: \${{ github.event.before }}${signingKey(facts, false)}
        run: |
          if git cat-file -e "$BEFORE^{commit}"; then
            ${nx(facts)} affected -t build-image --exclude=tag:runtime-image --base="$BEFORE" --head=HEAD
          else
            # A new branch, or a history that was rewritten: all of them, of which the registry's are left as they are.
            ${nx(facts)} run base-images:build-image
          fi
      - name: Build what was asked for
        if: \${{ github.event_name == 'workflow_dispatch' }}
        env:
          ARCHITECTURE: \${{ inputs.architecture }}${signingKey(facts, false)}
        run: |
          case "$ARCHITECTURE" in
            all) ${nx(facts)} run base-images:build-image ;;
            *) ${nx(facts)} run "base-$ARCHITECTURE:build-image" ;;
          esac
`;
}
