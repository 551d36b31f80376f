#!/bin/sh
# Builds the dev image and puts it into this machine's engine; --push sends it to its repository instead.
set -eu

usage='usage: tools/docker/build_and_push.sh [--push] [--architecture=NAME] [--dry-run] [--plan=FILE] [--builder=NAME]'

help() {
  cat <<HELP
$usage

Builds the dev image, polli-labs/linnaeus:dev ([repositories] dev of slipway.toml), from local source trees.

  --push               push it (docker login first), instead of putting it into this machine's engine
  --architecture=NAME  one of the folders of architectures/; default: of those with flash-attention the one with the
                       oldest GPUs
  --dry-run            print what would be done, as JSON, and do nothing
  --plan=FILE          carry out what --dry-run printed into this file
  --builder=NAME       the buildx builder to use; default: BUILDX_BUILDER, then this machine's engine

It is npx nx run runtime-image:build-dev.
HELP
}

refuse() {
  printf 'error[usage] %s\n%s\n' "$1" "$usage" >&2
  exit 2
}

# Each word is checked, and handed on as --name or --name=value.
name=''
for word; do
  shift
  if [ -n "$name" ]; then
    case "$word" in '' | -*) refuse "$name has no value" ;; esac
    word="$name=$word" name=''
  fi
  case "$word" in
    -h | --help)
      help
      exit
      ;;
    --architecture | --plan | --builder)
      name=$word
      continue
      ;;
    # Below the folder that this was called from, as everywhere.
    --plan=[!/]*) word="--plan=$PWD/${word#--plan=}" ;;
    --push | --dry-run | --plan=?* | --architecture=?* | --builder=?*) ;;
    --plan= | --architecture= | --builder=) refuse "${word%=} has no value" ;;
    *) refuse "there is no option \"$word\"" ;;
  esac
  set -- "$@" "$word"
done
if [ -n "$name" ]; then refuse "$name has no value"; fi

# From any folder, and through a link to this file.
cd "$(dirname "$(readlink -f "$0")")/../.."
# Without it npx would fetch an Nx of its own, which knows nothing of this workspace.
if [ ! -x node_modules/.bin/nx ]; then
  echo "error: the packages of this workspace are not installed: run npm ci in $PWD first" >&2
  exit 1
fi
exec npx nx run runtime-image:build-dev "$@"
