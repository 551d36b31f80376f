#!/bin/sh
# Builds the dev image and puts it into this machine's engine; --push sends it to its repository instead.
set -eu

case " $* " in
  *' --help '* | *' -h '*)
    cat <<'HELP'
usage: tools/docker/build_and_push.sh [--push] [--architecture=NAME] [--dry-run]

Builds the dev image, polli-labs/linnaeus:dev ([repositories] dev of slipway.toml), from local source trees.

  --push               push it (docker login first), instead of putting it into this machine's engine
  --architecture=NAME  one of the folders of architectures/; default: of those with flash-attention the one with the
                       oldest GPUs
  --dry-run            print what would be done, as JSON, and do nothing

It is npx nx run runtime-image:build-dev, which takes the same and more: --builder, --plan.
HELP
    exit
    ;;
esac

# From any folder, and through a link to this file.
cd "$(dirname "$(readlink -f "$0")")/../.."
exec npx nx run runtime-image:build-dev "$@"
