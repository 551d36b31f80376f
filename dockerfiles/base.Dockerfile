# The base image of one architecture: operating system, torch, flash-attention and every locked dependency.
#
# Ordinarily every argument comes from the definition and the lock: `nx run base-<architecture>:build-image --dry-run`
# shows them. Without Slipway, from the root of the workspace, it takes one argument more than one would think of:
#   docker buildx build -f tools/docker/Dockerfile.base --target base --build-arg ARCHITECTURE=ampere ... .
# and then the stages `definition` and `locks` read the workspace; Slipway puts folders of its own in their place.
#
# The last stage only copies, with --link, so that a changed stage never moves the bytes of another one.

ARG OS_IMAGE=ubuntu:24.04
ARG CUDA_DEVEL_IMAGE=nvidia/cuda:12.6.3-devel-ubuntu24.04
ARG FA_VER
# `installed` or `none`.
ARG FLASH_ATTENTION=${FA_VER:+installed}

# definition: what a build without Slipway reads the system packages from.
FROM scratch AS definition
ARG ARCHITECTURE
COPY architectures/${ARCHITECTURE}/architecture.toml /

# python: the foreign OS image with its Python and an empty virtual environment.
FROM ${OS_IMAGE} AS python
ARG SOURCE_DATE_EPOCH=315532800
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked <<'RUN'
set -eu
export DEBIAN_FRONTEND=noninteractive
rm -f /etc/apt/apt.conf.d/docker-clean
# Mirrors fail now and then; apt itself tries again.
apt-get -o Acquire::Retries=5 update
apt-get -o Acquire::Retries=5 install --yes --no-install-recommends ca-certificates python3 python3-venv
python3 -m venv --without-pip /opt/venv
# What carries the clock of the build, or is only a cache.
rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/log/alternatives.log /var/cache/ldconfig/aux-cache
find / -xdev -name __pycache__ -type d -prune -exec rm -rf {} +
RUN

# os: the system packages and the entry point.
FROM python AS os
ARG SYSTEM_PACKAGES=""
ARG SOURCE_DATE_EPOCH=315532800
RUN --mount=type=bind,from=definition,target=/definition --mount=type=cache,target=/var/cache/apt,sharing=locked <<'RUN'
set -eu
export DEBIAN_FRONTEND=noninteractive
if [ -z "${SYSTEM_PACKAGES}" ]; then
  python3 - > /tmp/system-packages <<'PYTHON'
import tomllib
with open("/definition/architecture.toml", "rb") as file:
    definition = tomllib.load(file)
compilers = ["gcc", "libc6-dev", "python3-dev"] if definition.get("jit", "torch" in definition) else []
print(" ".join(sorted({*definition["system_packages"], *compilers})))
PYTHON
  SYSTEM_PACKAGES=$(cat /tmp/system-packages)
  rm /tmp/system-packages
fi
apt-get -o Acquire::Retries=5 update
apt-get -o Acquire::Retries=5 install --yes --no-install-recommends ${SYSTEM_PACKAGES}
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
exec tini -g -- "$@"
ENTRYPOINT
ENV PATH=/opt/venv/bin:$PATH VIRTUAL_ENV=/opt/venv PYTHONUNBUFFERED=1
WORKDIR /app
ENTRYPOINT ["/usr/local/bin/slipway-entrypoint"]

# tools: what installs into the trees below; never part of a base.
FROM python AS tools
ARG UV_VERSION=0.13.9
ARG SOURCE_DATE_EPOCH=315532800
RUN --mount=type=secret,id=ca <<'RUN'
set -eu
if [ -e /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi
python3 -m venv /opt/tools
/opt/tools/bin/pip install --no-cache-dir --disable-pip-version-check --no-compile "uv==${UV_VERSION}"
ln -s /opt/tools/bin/uv /usr/local/bin/uv
# Only uv is of use from here on.
rm -rf /opt/tools/lib/python3.*/site-packages/pip*
RUN
# What is installed keeps its bytecode checked by the hash of its source: no clock in it, and an edited file is seen.
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 PYC_INVALIDATION_MODE=CHECKED_HASH

# tools-image: the same in one layer of its own, pushed by itself: runtime images are laid out with it, and an engine that
# fetches it fetches no layer of any base.
FROM scratch AS tools-image
COPY --from=tools / /
ENV PATH=/opt/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin VIRTUAL_ENV=/opt/venv UV_LINK_MODE=copy

# locks: the lock of an architecture in its two parts. Built without Slipway, the arguments that were given are held
# against the definition first: one that disagrees would build something else than the lock says.
FROM tools AS locks
ARG ARCHITECTURE
ARG TORCH_CHANNEL
ARG TORCH_VER
ARG TORCH_CUDA_SUFFIX
ARG CUDA_ARCH_LIST
ARG FA_VER
COPY architectures/${ARCHITECTURE}/ /architecture/
RUN <<'RUN'
set -eu
python3 - <<'PYTHON'
import os, re, sys, tomllib
with open("/architecture/architecture.toml", "rb") as file:
    definition = tomllib.load(file)
torch = definition.get("torch", {})
suffix = "cu" + definition["cuda"].replace(".", "") if "cuda" in definition else ""
defined = {
    "TORCH_CHANNEL": torch.get("channel", ""),
    "TORCH_VER": torch.get("version", ""),
    "TORCH_CUDA_SUFFIX": suffix,
    "CUDA_ARCH_LIST": ";".join(definition.get("compute_capabilities", [])),
    "FA_VER": definition.get("flash_attention", {}).get("version", ""),
}
given = {name: os.environ.get(name, "") for name in defined}
if given["TORCH_VER"].endswith("+" + suffix):
    given["TORCH_VER"] = given["TORCH_VER"].removesuffix("+" + suffix)
name = os.environ["ARCHITECTURE"]
wrong = [key for key in defined if given[key] and given[key] != defined[key]]
for key in wrong:
    print(f"error: {key} is {given[key]!r}, but architectures/{name}/architecture.toml says {defined[key]!r}", file=sys.stderr)
if defined["FA_VER"] and not given["FA_VER"]:
    print(f"error: architectures/{name}/architecture.toml asks for flash-attention: add --build-arg FA_VER={defined['FA_VER']}", file=sys.stderr)
    wrong.append("FA_VER")
with open("/architecture/requirements.lock") as file:
    text = "\n" + file.read()
locked = re.search(r"\ntorch==([^\s;\\]+)", text)
if torch and (not locked or locked[1].split("+")[0] != torch["version"].split("+")[0]):
    print(f"error: architecture.toml says torch {torch['version']}, requirements.lock {locked and locked[1]!r}", file=sys.stderr)
    wrong.append("lock")
if wrong:
    sys.exit(1)
entries = re.findall(r"^([A-Za-z0-9._-]+)(==[^\n]*(?:\n[ \t]+[^\n]*)*)", text, re.M)
wanted_by = {package: set(re.findall(r"#\s+(?:via\s+)?([A-Za-z0-9][\w.-]*)(?=\s|$)", rest)) - {"via"} for package, rest in entries}
closure, before = {package for package in wanted_by if package == "torch"}, None
while before != len(closure):
    before = len(closure)
    closure |= {package for package, by in wanted_by.items() if by & closure}
for path, part in (("/torch.txt", True), ("/dependencies.txt", False)):
    with open(path, "w") as file:
        file.writelines(package + rest + "\n" for package, rest in entries if (package in closure) == part)
PYTHON
touch /architecture/native.lock
mv /architecture/native.lock /native.txt
RUN

# torch-layer: torch and its closure from the lock, in a tree of its own; empty where the definition has no torch.
FROM tools AS torch-layer
ARG SOURCE_DATE_EPOCH=315532800
COPY --from=locks /torch.txt /tmp/requirements.txt
RUN --mount=type=secret,id=ca --mount=type=secret,id=uv,target=/etc/uv/uv.toml --mount=type=cache,target=/root/.cache/uv <<'RUN'
set -eu
if [ -e /run/secrets/ca ]; then export SSL_CERT_FILE=/run/secrets/ca; fi
mkdir -p /overlay
uv pip install --python /opt/venv/bin/python --prefix /overlay/opt/venv --no-deps --require-hashes \
  --requirements /tmp/requirements.txt
rm -f /overlay/opt/venv/.lock
# Every file carries the same date, so that equal content is an equal layer.
find /overlay -exec touch --no-dereference --date "@${SOURCE_DATE_EPOCH}" {} +
RUN

# compile: flash-attention against torch-layer, in the CUDA developer image. Hours of work: see flash-attention-wheel.
FROM ${CUDA_DEVEL_IMAGE} AS compile
ARG SOURCE_DATE_EPOCH=315532800
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked <<'RUN'
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -o Acquire::Retries=5 update
apt-get -o Acquire::Retries=5 install --yes --no-install-recommends ca-certificates git g++ python3 python3-dev python3-venv
python3 -m venv /opt/venv
RUN
COPY --from=torch-layer /overlay/ /
COPY --from=locks /native.txt /tmp/native.txt
ARG FLASH_ATTN_CUDA_ARCHS=""
ARG CUDA_ARCH_LIST=""
# How many compilers run at once: it changes how long it takes and how much memory, not what comes out.
ARG MAX_JOBS=1
# flash-attention's own build reads FLASH_ATTN_CUDA_ARCHS, every other extension TORCH_CUDA_ARCH_LIST: both are driven.
RUN --mount=type=secret,id=ca <<'RUN'
set -eu
if [ -e /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi
pip="/opt/venv/bin/python -m pip --no-cache-dir --disable-pip-version-check"
$pip install setuptools==80.9.0 wheel==0.45.1 packaging==25.0 psutil==7.0.0 ninja==1.13.0
export PATH="/opt/venv/bin:$PATH" FLASH_ATTENTION_FORCE_BUILD=TRUE TORCH_CUDA_ARCH_LIST="${CUDA_ARCH_LIST}" MAX_JOBS
# Its cubins are one a major capability; Slipway passes them, a build without it gets them from the list.
if [ -z "${FLASH_ATTN_CUDA_ARCHS}" ]; then
  FLASH_ATTN_CUDA_ARCHS=$(echo "${CUDA_ARCH_LIST}" | tr ';' '\n' | sed 's/\..*/0/' | sort -un | paste -sd ';')
fi
export FLASH_ATTN_CUDA_ARCHS
mkdir -p /wheels
$pip wheel --no-deps --no-build-isolation --no-binary :all: --require-hashes --requirement /tmp/native.txt --wheel-dir /wheels
RUN

# flash-attention-wheel: the compiled wheel by itself. It is pushed under a key of its own and taken from there ever after.
FROM scratch AS flash-attention-wheel
COPY --from=compile /wheels/ /

FROM tools AS flash-attention-none
RUN mkdir -p /overlay

FROM tools AS flash-attention-installed
ARG SOURCE_DATE_EPOCH=315532800
RUN --mount=type=bind,from=flash-attention-wheel,target=/wheels <<'RUN'
set -eu
mkdir -p /overlay
uv pip install --python /opt/venv/bin/python --prefix /overlay/opt/venv --no-deps --no-index --offline /wheels/*.whl
rm -f /overlay/opt/venv/.lock
# Every file carries the same date, so that equal content is an equal layer.
find /overlay -exec touch --no-dereference --date "@${SOURCE_DATE_EPOCH}" {} +
RUN

# flash-attention: the wheel in a tree of its own, or an empty one where the definition has none.
FROM flash-attention-${FLASH_ATTENTION:-none} AS flash-attention

# dependencies-layer: everything else from the lock, in a tree of its own.
FROM tools AS dependencies-layer
ARG SOURCE_DATE_EPOCH=315532800
COPY --from=locks /dependencies.txt /tmp/requirements.txt
RUN --mount=type=secret,id=ca --mount=type=secret,id=uv,target=/etc/uv/uv.toml --mount=type=cache,target=/root/.cache/uv <<'RUN'
set -eu
if [ -e /run/secrets/ca ]; then export SSL_CERT_FILE=/run/secrets/ca; fi
mkdir -p /overlay
uv pip install --python /opt/venv/bin/python --prefix /overlay/opt/venv --no-deps --require-hashes \
  --requirements /tmp/requirements.txt
rm -f /overlay/opt/venv/.lock
# Every file carries the same date, so that equal content is an equal layer.
find /overlay -exec touch --no-dereference --date "@${SOURCE_DATE_EPOCH}" {} +
RUN

# base: what is pushed.
FROM os AS base
COPY --link --from=torch-layer /overlay/ /
COPY --link --from=flash-attention /overlay/ /
COPY --link --from=dependencies-layer /overlay/ /

# verify: proves what the definition promises, on the builder, before any tag is written; never pushed.
FROM base AS verify
RUN --mount=type=bind,from=verification,target=/verification \
    --mount=type=bind,from=torch-layer,source=/overlay,target=/layers/torch \
    --mount=type=bind,from=flash-attention,source=/overlay,target=/layers/flash-attention \
    --mount=type=bind,from=dependencies-layer,source=/overlay,target=/layers/dependencies <<'RUN'
set -eu
export PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
exec python /verification/verify.py /verification/expected.json
RUN

# resolve: the lock of an architecture, made by the same uv and Python that install from it; its product is a file.
FROM tools AS resolve
ARG PYTHON_VERSION
# When the package index was asked: an answer of another day is not reused.
ARG RESOLVED_AT
COPY --from=request / /resolve/
WORKDIR /resolve
RUN --mount=type=secret,id=ca --mount=type=secret,id=uv,target=/etc/uv/uv.toml --mount=type=cache,target=/root/.cache/uv <<'RUN'
set -eu
if [ -e /run/secrets/ca ]; then export SSL_CERT_FILE=/run/secrets/ca; fi
echo "resolving at ${RESOLVED_AT}"
uv pip compile --universal --python-version "${PYTHON_VERSION}" --generate-hashes --no-header \
  --constraints constraints.txt --output-file requirements.lock requirements.in
# A source distribution that is compiled by us is pinned by its hash alone: asking for its dependencies would run it.
python3 - <<'PYTHON'
import re, urllib.request
with open("native.in") as file:
    wanted = [line.strip().split("==") for line in file if line.strip()]
with open("native.lock", "w") as lock:
    for name, version in wanted:
        with urllib.request.urlopen(f"https://pypi.org/simple/{name}/", timeout=60) as answer:
            page = answer.read().decode()
        archive = re.escape(f"{name.replace('-', '_')}-{version}.tar.gz")
        hashes = set(re.findall(rf"/{archive}#sha256=([0-9a-f]{{64}})", page))
        if not hashes:
            raise SystemExit(f"error: {name} {version} has no source distribution on the Python registry")
        lock.write(f"{name}=={version} \\\n" + " \\\n".join(f"    --hash=sha256:{each}" for each in sorted(hashes)) + "\n")
PYTHON
RUN

# lock: only those files.
FROM scratch AS lock
COPY --from=resolve /resolve/requirements.lock /resolve/native.lock /
