# The base image of one architecture: operating system, torch, flash-attention and every locked dependency.
# Every argument comes from the definition and the lock: `nx run base-<architecture>:build-image --dry-run` shows them.
# The last stage only copies, with --link, so that a changed stage never moves the bytes of another one.

ARG OS_IMAGE=ubuntu:24.04

# os: the foreign OS image with the system packages, an empty virtual environment and the entry point.
FROM ${OS_IMAGE} AS os
ARG SYSTEM_PACKAGES=""
ARG SOURCE_DATE_EPOCH
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked <<'RUN'
set -eu
export DEBIAN_FRONTEND=noninteractive
rm -f /etc/apt/apt.conf.d/docker-clean
# Mirrors fail now and then; apt itself tries again.
apt-get -o Acquire::Retries=5 update
apt-get -o Acquire::Retries=5 install --yes --no-install-recommends ca-certificates python3 python3-venv ${SYSTEM_PACKAGES}
python3 -m venv --without-pip /opt/venv
# What carries the clock of the build, or is only a cache.
rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/log/alternatives.log /var/cache/ldconfig/aux-cache
find / -xdev -name __pycache__ -type d -prune -exec rm -rf {} +
RUN
COPY --chmod=755 <<'ENTRYPOINT' /usr/local/bin/slipway-entrypoint
#!/bin/sh
# IMAGE program ... runs the program, IMAGE -c ... runs python, IMAGE alone opens a shell; always below an init process.
case "${1-}" in
  '') set -- bash ;;
  -*) set -- python "$@" ;;
esac
if command -v tini > /dev/null; then exec tini -g -- "$@"; fi
exec "$@"
ENTRYPOINT
ENV PATH=/opt/venv/bin:$PATH VIRTUAL_ENV=/opt/venv PYTHONUNBUFFERED=1
WORKDIR /app
ENTRYPOINT ["/usr/local/bin/slipway-entrypoint"]

# tools: what installs into the trees below and lays out runtime images; pushed by itself, never part of a base.
FROM os AS tools
ARG UV_VERSION
ARG SOURCE_DATE_EPOCH
RUN --mount=type=secret,id=ca <<'RUN'
set -eu
if [ -e /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi
python3 -m venv /opt/tools
/opt/tools/bin/pip install --no-cache-dir --disable-pip-version-check --no-compile "uv==${UV_VERSION}"
ln -s /opt/tools/bin/uv /usr/local/bin/uv
# Only uv is of use from here on.
rm -rf /opt/tools/lib/python3.*/site-packages/pip*
RUN

# torch-layer: torch and its closure from the lock, in a tree of its own; empty where the definition has no torch.
FROM tools AS torch-layer
ARG SOURCE_DATE_EPOCH
COPY torch.txt /tmp/requirements.txt
RUN --mount=type=secret,id=ca --mount=type=secret,id=uv,target=/etc/uv/uv.toml --mount=type=cache,target=/root/.cache/uv <<'RUN'
set -eu
if [ -e /run/secrets/ca ]; then export SSL_CERT_FILE=/run/secrets/ca; fi
mkdir -p /overlay
uv pip install --python /opt/venv/bin/python --prefix /overlay/opt/venv --link-mode copy --compile-bytecode \
  --no-deps --require-hashes --requirements /tmp/requirements.txt
RUN

# dependencies-layer: everything else from the lock, in a tree of its own.
FROM tools AS dependencies-layer
ARG SOURCE_DATE_EPOCH
COPY dependencies.txt /tmp/requirements.txt
RUN --mount=type=secret,id=ca --mount=type=secret,id=uv,target=/etc/uv/uv.toml --mount=type=cache,target=/root/.cache/uv <<'RUN'
set -eu
if [ -e /run/secrets/ca ]; then export SSL_CERT_FILE=/run/secrets/ca; fi
mkdir -p /overlay
uv pip install --python /opt/venv/bin/python --prefix /overlay/opt/venv --link-mode copy --compile-bytecode \
  --no-deps --require-hashes --requirements /tmp/requirements.txt
RUN

# base: what is pushed.
FROM os AS base
COPY --link --from=torch-layer /overlay/ /
COPY --link --from=dependencies-layer /overlay/ /

# resolve: the lock of an architecture, made by the same uv and Python that install from it; its product is a file.
FROM tools AS resolve
ARG PYTHON_VERSION
# When the package index was asked: an answer of another day is not reused.
ARG RESOLVED_AT
COPY . /resolve/
WORKDIR /resolve
RUN --mount=type=secret,id=ca --mount=type=secret,id=uv,target=/etc/uv/uv.toml --mount=type=cache,target=/root/.cache/uv <<'RUN'
set -eu
if [ -e /run/secrets/ca ]; then export SSL_CERT_FILE=/run/secrets/ca; fi
echo "resolving at ${RESOLVED_AT}"
uv pip compile --universal --python-version "${PYTHON_VERSION}" --generate-hashes --no-header \
  --constraints constraints.txt --output-file requirements.lock requirements.in
RUN

# lock: only that file.
FROM scratch AS lock
COPY --from=resolve /resolve/requirements.lock /
