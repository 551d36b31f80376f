# The dev image of one architecture: everything that one works with on the application, in one image for one's own machine.
#
# Its stages stand on those of base.Dockerfile and runtime.Dockerfile, which Slipway puts before them: torch,
# flash-attention, the dependencies and the application are laid out once, in the same words, and are the same layers.
# `nx run runtime-image:build-dev --dry-run` shows all of it as it is built. See docs/decisions/0022-dev-image.md.

# dev-lock: what the application's extra `dev` adds to the lock; Slipway puts a folder in its place.
FROM scratch AS dev-lock

# developer: the CUDA developer image (without CUDA, the OS image) with what one builds and fetches with, and an empty
# virtual environment that fits the trees that go into it.
FROM ${CUDA_DEVEL_IMAGE} AS developer
ARG SYSTEM_PACKAGES=""
ARG SOURCE_DATE_EPOCH=315532800
RUN --mount=type=bind,from=scripts,target=/scripts --mount=type=bind,from=python,source=/opt/venv/lib,target=/below \
    --mount=type=cache,target=/var/cache/apt,sharing=locked <<'RUN'
set -eu
# As in the base, before the packages: what the checkouts have to say to git stands beside what packages say there.
printf '[include]\n\tpath = /etc/slipway/gitconfig\n' > /etc/gitconfig
/scripts/apt-install ca-certificates python3 python3-dev python3-venv build-essential ninja-build git openssh-client rclone \
  tini ${SYSTEM_PACKAGES}
python3 -m venv --without-pip /opt/venv
if [ "$(ls /opt/venv/lib)" != "$(ls /below)" ]; then
  echo "error: the developer image has $(ls /opt/venv/lib), the OS image $(ls /below)" >&2
  exit 1
fi
cp /scripts/slipway-entrypoint /usr/local/bin/
mkdir -p /app
RUN
COPY --link --from=tools /opt/tools/bin/uv /usr/local/lib/slipway/uv
COPY --link --chmod=755 <<'UV' /usr/local/bin/uv
#!/bin/sh
# The Python of an image is /opt/venv's, so that is what `uv pip install --system` means: uv by itself takes Debian's, which
# refuses. Not by UV_PYTHON for all of uv, which would also go past an environment that someone made and activated.
for word; do
  if [ "$word" = --system ]; then export UV_PYTHON="${UV_PYTHON:-/opt/venv}"; fi
done
exec /usr/local/lib/slipway/uv "$@"
UV
ENV PATH=/opt/venv/bin:$PATH VIRTUAL_ENV=/opt/venv PYTHONUNBUFFERED=1
WORKDIR /app
ENTRYPOINT ["/usr/local/bin/slipway-entrypoint"]

# cudnn: the cuDNN that came with torch, where compilers and the loader look for one. A second one, as the -cudnn- flavours
# of the developer image have it, is a gigabyte of another version than torch runs with.
FROM tools AS cudnn
RUN --mount=type=bind,from=cuda-layer,source=/overlay,target=/cuda <<'RUN'
set -eu
mkdir -p /links
for folder in /cuda/opt/venv/lib/python3.*/site-packages/nvidia/cudnn; do
  if [ ! -d "$folder" ]; then continue; fi
  place=${folder#/cuda}
  mkdir -p /links/usr/local/include /links/usr/local/lib /links/etc/ld.so.conf.d
  for header in "$folder"/include/*.h; do
    ln -s "$place/include/${header##*/}" /links/usr/local/include/
  done
  for library in "$folder"/lib/*.so.*; do
    name=${library##*/}
    ln -s "$place/lib/$name" "/links/usr/local/lib/${name%%.so.*}.so"
  done
  echo "$place/lib" > /links/etc/ld.so.conf.d/slipway-cudnn.conf
done
RUN

# dev-layer: what the extra `dev` adds, in a tree of its own.
FROM tools AS dev-layer
ARG EXCLUDES=""
ARG BYTECODE=1
ARG SOURCE_DATE_EPOCH=315532800
COPY --from=dev-lock /dev.txt /tmp/requirements.txt
RUN --mount=type=secret,id=ca --mount=type=secret,id=uv,target=/etc/uv/uv.toml --mount=type=cache,target=/root/.cache/uv \
    install-tree --require-hashes --requirements /tmp/requirements.txt

# dev: what is loaded into the engine, or pushed. What changes most often comes last.
FROM developer AS dev
COPY --link --from=cuda-layer /overlay/ /
COPY --link --from=torch-layer /overlay/ /
COPY --link --from=flash-attention /overlay/ /
COPY --link --from=dependencies-layer /overlay/ /
COPY --link --from=dev-layer /overlay/ /
COPY --link --from=cudnn /links/ /
RUN ldconfig
# What is compiled in a container is compiled for the same GPUs; both names, since extensions read the one or the other.
ARG CUDA_ARCH_LIST=""
ARG FLASH_ATTN_CUDA_ARCHS=""
ENV TORCH_CUDA_ARCH_LIST=${CUDA_ARCH_LIST} FLASH_ATTN_CUDA_ARCHS=${FLASH_ATTN_CUDA_ARCHS}
COPY --link --from=application-image /overlay/ /
COPY --link --from=version /version/ /
