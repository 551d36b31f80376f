# The base image of one architecture: operating system, torch, flash-attention and every locked dependency.
#
# Ordinarily every argument comes from the definition and the lock: `nx run base-<architecture>:build-image --dry-run`
# shows them. Without Slipway, from the root of the workspace, it takes one argument more than one would think of:
#   docker buildx build -f tools/docker/Dockerfile.base --target base --build-arg ARCHITECTURE=ampere ... .
# and then the stages `definition` and `locks` read the workspace; Slipway puts folders of its own in their place.
#
# The last stage only copies, with --link, so that a changed stage never moves the bytes of another one.
# CUDA's libraries and torch are layers of their own: together, torch's cu128 builds make one of over 3 GB.

ARG OS_IMAGE=ubuntu:24.04
ARG CUDA_DEVEL_IMAGE=nvidia/cuda:12.6.3-devel-ubuntu24.04
# Of a build without Slipway that does not say it, the builder's error shows this as the folder that is not there.
ARG ARCHITECTURE=add--build-arg-ARCHITECTURE=name
ARG FA_VER
# `installed` or `none`.
ARG FLASH_ATTENTION=${FA_VER:+installed}

# definition: what a build without Slipway reads the system packages from.
FROM scratch AS definition
ARG ARCHITECTURE
COPY architectures/${ARCHITECTURE}/architecture.toml /

# scripts: what several stages do.
FROM scratch AS scripts
COPY --chmod=755 <<'APT_INSTALL' /apt-install
#!/bin/sh
# Installs Debian packages without what is never used in an image, and leaves a layer without caches and clocks: equal
# packages are an equal layer.
set -euf
export DEBIAN_FRONTEND=noninteractive
without="/usr/share/man/* /usr/share/info/* /usr/share/locale/* /usr/share/doc/* /usr/bin/*lto-dump* /usr/libexec/gcc/*/lto1
  */lib*san.a */lib*san.so* /usr/lib/python3*/config-*/libpython*.a ${EXCLUDES:-}"
options="-o Acquire::Retries=5"
for pattern in $without; do options="$options -o DPkg::Options::=--path-exclude=$pattern"; done
options="$options -o DPkg::Options::=--path-include=/usr/share/doc/*/copyright"
began=$(($(date +%s) - 1))
# It throws away what the cache keeps. Emptied and not deleted, since a deleted file stays in the layer below.
if [ -e /etc/apt/apt.conf.d/docker-clean ]; then : > /etc/apt/apt.conf.d/docker-clean; fi
# Mirrors fail now and then; apt itself tries again.
apt-get -o Acquire::Retries=5 update
apt-get $options install --yes --no-install-recommends "$@"
find /var/lib/apt/lists -type f ! -name lock -delete
find /var/log /var/cache/ldconfig -type f -newermt "@$began" -exec truncate --size 0 {} + 2> /dev/null || true
find / -xdev -name __pycache__ -type d -newermt "@$began" -prune -exec rm -rf {} +
# What the builder mounts for a step, such as /etc/hosts, cannot be touched and is in no layer.
find / -xdev -newermt "@$began" -exec touch --no-dereference --date "@${SOURCE_DATE_EPOCH}" {} + 2> /dev/null || true
APT_INSTALL
COPY --chmod=755 <<'ENTRYPOINT' /slipway-entrypoint
#!/bin/sh
# IMAGE program ... runs the program, IMAGE -c ... runs python, IMAGE alone opens a shell; always below an init process.
case "${1-}" in
  '') set -- bash ;;
  -*) set -- python "$@" ;;
esac
exec tini -g -- "$@"
ENTRYPOINT

# foreign: the OS image as it was made by others.
FROM ${OS_IMAGE} AS foreign

# python: its Python and an empty virtual environment.
FROM foreign AS python
ARG SOURCE_DATE_EPOCH=315532800
RUN --mount=type=bind,from=scripts,target=/scripts --mount=type=cache,target=/var/cache/apt,sharing=locked <<'RUN'
set -eu
/scripts/apt-install ca-certificates python3 python3-venv
python3 -m venv --without-pip /opt/venv
find /opt /opt/venv -exec touch --no-dereference --date "@${SOURCE_DATE_EPOCH}" {} +
RUN

# os: the system packages and the entry point.
FROM python AS os
ARG SYSTEM_PACKAGES=""
ARG EXCLUDES=""
ARG SOURCE_DATE_EPOCH=315532800
RUN --mount=type=bind,from=scripts,target=/scripts --mount=type=bind,from=definition,target=/definition \
    --mount=type=cache,target=/var/cache/apt,sharing=locked <<'RUN'
set -eu
if [ -z "${SYSTEM_PACKAGES}" ]; then
  SYSTEM_PACKAGES=$(python3 - <<'PYTHON'
import tomllib
with open("/definition/architecture.toml", "rb") as file:
    definition = tomllib.load(file)
compilers = ["gcc", "libc6-dev", "python3-dev"] if definition.get("jit", "torch" in definition) else []
print(" ".join(sorted({*definition["system_packages"], *compilers})))
PYTHON
  )
fi
cp /scripts/slipway-entrypoint /usr/local/bin/
mkdir -p /app
# What a runtime image has to say to git stands beside what packages say there, such as git-lfs.
printf '[include]\n\tpath = /etc/slipway/gitconfig\n' > /etc/gitconfig
/scripts/apt-install ${SYSTEM_PACKAGES}
RUN
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
COPY --chmod=755 <<'INSTALL' /usr/local/bin/install-tree
#!/bin/sh
# Installs what uv is told to into a tree of its own, /overlay, that is copied over the virtual environment.
set -euf
if [ -e /run/secrets/ca ]; then export SSL_CERT_FILE=/run/secrets/ca; fi
mkdir -p /overlay
UV_COMPILE_BYTECODE=${BYTECODE:-1} uv pip install --python /opt/venv/bin/python --prefix /overlay/opt/venv --no-deps "$@"
rm -f /overlay/opt/venv/.lock
# Static archives are for whoever links against a wheel; a definition may leave out more.
for pattern in '*/site-packages/*.a' ${EXCLUDES:-}; do find /overlay -path "/overlay$pattern" -delete; done
# Every file carries the same date, so that equal content is an equal layer.
find /overlay -exec touch --no-dereference --date "@${SOURCE_DATE_EPOCH}" {} +
INSTALL
# What is installed keeps its bytecode checked by the hash of its source: no clock in it, and an edited file is seen.
ENV UV_LINK_MODE=copy PYC_INVALIDATION_MODE=CHECKED_HASH

# tools-tree: what laying out a runtime image takes, which is Python with the libraries that it loads, and pip.
FROM python AS tools-tree
RUN <<'COLLECT'
#!/usr/bin/python3
import os, re, shutil, subprocess, sys, sysconfig
from pathlib import Path

tree = Path("/tree")
def bring(path):
    """Copies a file or link to the place that it has here, its folder's links resolved, and what a link points at."""
    path = Path(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    target = tree / path.relative_to("/")
    if os.path.lexists(target):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, target, follow_symlinks=False)
    if path.is_symlink():
        bring(path.parent / os.readlink(path))

stdlib = sysconfig.get_path("stdlib")
unused = shutil.ignore_patterns("__pycache__", "test", "tests", "idlelib", "lib2to3", "tkinter", "turtledemo", "pydoc_data",
    "ensurepip", "config-*", "*.a", "_tkinter*")
shutil.copytree(stdlib, tree / stdlib[1:], symlinks=True, ignore=unused)
shutil.copytree("/opt/venv", tree / "opt/venv", symlinks=True)
bring("/usr/bin/python3")
bring("/etc/ssl/certs/ca-certificates.crt")
for name in ("passwd", "group", "nsswitch.conf"):
    if os.path.exists(f"/etc/{name}"):
        bring(f"/etc/{name}")
# On today's systems these are links into /usr, under which loaders are named.
for name in ("bin", "lib", "lib64"):
    if os.path.islink(f"/{name}"):
        os.symlink(os.readlink(f"/{name}"), tree / name)
loaders = [sys.executable, *map(str, (tree / stdlib[1:]).glob("lib-dynload/*.so"))]
listed = subprocess.run(["ldd", *loaders], capture_output=True, text=True).stdout
for library in sorted(set(re.findall(r"(/\S+)(?= \(0x)", listed))):
    bring(library)
# A thread that ends loads it by name, which ldd does not tell.
for library in Path("/usr/lib").glob("*/libgcc_s.so.1"):
    bring(library)
# The pip that the system brings along for virtual environments, without what its folder has besides.
subprocess.run([sys.executable, "-m", "venv", "/opt/pip"], check=True)
[pip] = Path("/opt/pip").glob("lib/python3*/site-packages/pip")
shutil.copytree(pip, tree / "opt/tools/pip", ignore=shutil.ignore_patterns("__pycache__"))
(tree / "tmp").mkdir()
(tree / "tmp").chmod(0o1777)
for folder, folders, files in os.walk(tree):
    for name in [".", *folders, *files]:
        os.utime(Path(folder, name), (315532800, 315532800), follow_symlinks=False)
COLLECT

# tools-image: the same in one layer of its own, pushed by itself: runtime images are laid out with it, and an engine that
# fetches it fetches no layer of any base.
FROM scratch AS tools-image
COPY --from=tools-tree /tree/ /
ENV PATH=/opt/venv/bin:/usr/bin VIRTUAL_ENV=/opt/venv

# locks: the lock of an architecture in its two parts. Built without Slipway, the arguments that were given are held
# against the definition first: one that disagrees would build something else than the lock says.
FROM tools AS locks
ARG ARCHITECTURE
ARG TORCH_CHANNEL
ARG TORCH_VER
ARG TORCH_CUDA_SUFFIX
ARG CUDA_ARCH_LIST
ARG FA_VER
ARG EXCLUDES
ARG BYTECODE
ARG CUDA_DEVEL_IMAGE
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
    "EXCLUDES": " ".join(definition.get("excludes", [])),
    "BYTECODE": "1" if definition.get("bytecode", True) else "0",
}
given = {name: os.environ.get(name, "") for name in defined}
if given["TORCH_VER"].endswith("+" + suffix):
    given["TORCH_VER"] = given["TORCH_VER"].removesuffix("+" + suffix)
name = os.environ["ARCHITECTURE"]
wrong = [key for key in defined if given[key] and given[key] != defined[key]]
for key in wrong:
    print(f"error: {key} is {given[key]!r}, but architectures/{name}/architecture.toml says {defined[key]!r}", file=sys.stderr)
# These are read by other stages, which would go on with their defaults.
for key, default in (("FA_VER", ""), ("EXCLUDES", ""), ("BYTECODE", "1")):
    if not given[key] and defined[key] != default:
        print(f"error: architectures/{name}/architecture.toml asks for it: add --build-arg {key}='{defined[key]}'", file=sys.stderr)
        wrong.append(key)
# nvcc knows Blackwell from 12.8 on, and flash-attention leaves out what it does not know without a word:
# https://docs.nvidia.com/cuda/archive/12.8.0/cuda-toolkit-release-notes/index.html
compiler = re.search(r"cuda:(\d+)\.(\d+)", os.environ["CUDA_DEVEL_IMAGE"])
newest = max((float(each) for each in definition.get("compute_capabilities", [])), default=0)
if defined["FA_VER"] and newest >= 10 and compiler and (int(compiler[1]), int(compiler[2])) < (12, 8):
    print(f"error: CUDA_DEVEL_IMAGE is {os.environ['CUDA_DEVEL_IMAGE']!r}, whose compiler does not know {newest}: add "
        f"--build-arg CUDA_DEVEL_IMAGE=nvidia/cuda:{definition['cuda']}.<patch>-devel-<os>", file=sys.stderr)
    wrong.append("CUDA_DEVEL_IMAGE")
with open("/architecture/requirements.lock") as file:
    text = "\n" + file.read()
locked = re.search(r"\ntorch(?:==| @ \S*/torch-)([^\s;\\%+-]+)", text)
if torch and (not locked or locked[1] != torch["version"].split("+")[0]):
    print(f"error: architecture.toml says torch {torch['version']}, requirements.lock {locked and locked[1]!r}", file=sys.stderr)
    wrong.append("lock")
if wrong:
    sys.exit(1)
entries = re.findall(r"^([A-Za-z0-9._-]+)((?:==| @ )[^\n]*(?:\n[ \t]+[^\n]*)*)", text, re.M)
wanted_by = {package: set(re.findall(r"#\s+(?:via\s+)?([A-Za-z0-9][\w.-]*)(?=\s|$)", rest)) - {"via"} for package, rest in entries}
closure, before = {package for package in wanted_by if package == "torch"}, None
while before != len(closure):
    before = len(closure)
    closure |= {package for package, by in wanted_by.items() if by & closure}
def part(package):
    if package not in closure:
        return "dependencies"
    return "cuda" if package.startswith("nvidia-") else "torch"
for name in ("cuda", "torch", "dependencies"):
    with open(f"/{name}.txt", "w") as file:
        file.writelines(package + rest + "\n" for package, rest in entries if part(package) == name)
PYTHON
touch /architecture/native.lock
mv /architecture/native.lock /native.txt
RUN

# cuda-layer: the CUDA libraries that torch brings along (its nvidia-* packages), in a tree of its own.
FROM tools AS cuda-layer
ARG EXCLUDES=""
ARG BYTECODE=1
ARG SOURCE_DATE_EPOCH=315532800
COPY --from=locks /cuda.txt /tmp/requirements.txt
RUN --mount=type=secret,id=ca --mount=type=secret,id=uv,target=/etc/uv/uv.toml --mount=type=cache,target=/root/.cache/uv \
    install-tree --require-hashes --requirements /tmp/requirements.txt

# torch-layer: torch and the rest of its closure from the lock, in a tree of its own; both are empty without torch.
FROM tools AS torch-layer
ARG EXCLUDES=""
ARG BYTECODE=1
ARG SOURCE_DATE_EPOCH=315532800
COPY --from=locks /torch.txt /tmp/requirements.txt
RUN --mount=type=secret,id=ca --mount=type=secret,id=uv,target=/etc/uv/uv.toml --mount=type=cache,target=/root/.cache/uv \
    install-tree --require-hashes --requirements /tmp/requirements.txt

# compile: flash-attention against torch, in the CUDA developer image. Hours of work: see flash-attention-wheel.
FROM ${CUDA_DEVEL_IMAGE} AS compile
ARG SOURCE_DATE_EPOCH=315532800
RUN --mount=type=bind,from=scripts,target=/scripts --mount=type=cache,target=/var/cache/apt,sharing=locked <<'RUN'
set -eu
/scripts/apt-install ca-certificates git g++ python3 python3-dev python3-venv
python3 -m venv /opt/venv
RUN
COPY --from=cuda-layer /overlay/ /
COPY --from=torch-layer /overlay/ /
COPY --from=locks /native.txt /tmp/native.txt
ARG FLASH_ATTN_CUDA_ARCHS=""
ARG CUDA_ARCH_LIST=""
# How many compilers run at once: it changes how long it takes and how much memory, not what comes out. Empty: half of the
# cores of the builder, and 9 GiB of its memory each.
ARG MAX_JOBS=""
# flash-attention's own build reads FLASH_ATTN_CUDA_ARCHS, every other extension TORCH_CUDA_ARCH_LIST: both are driven.
RUN --mount=type=secret,id=ca <<'RUN'
set -eu
if [ -e /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi
packages=$(/opt/venv/bin/python -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
if [ ! -e "$packages/torch" ]; then
  echo "error: the CUDA developer image has the Python of $packages, the OS image of $(ls -d /opt/venv/lib/python3.*)" >&2
  exit 1
fi
if [ -z "${MAX_JOBS}" ]; then
  memory=$(awk '/^MemTotal/ { print int($2 / 1048576 / 9) }' /proc/meminfo)
  cores=$(($(nproc) / 2))
  MAX_JOBS=$((cores < memory ? cores : memory))
  if [ "$MAX_JOBS" -lt 1 ]; then MAX_JOBS=1; fi
fi
echo "compiling with $MAX_JOBS job(s) at once"
pip="/opt/venv/bin/python -m pip --no-cache-dir --disable-pip-version-check"
$pip install setuptools==80.9.0 wheel==0.45.1 packaging==25.0 psutil==7.0.0 ninja==1.13.0
export PATH="/opt/venv/bin:$PATH" FLASH_ATTENTION_FORCE_BUILD=TRUE TORCH_CUDA_ARCH_LIST="${CUDA_ARCH_LIST}" MAX_JOBS
# Its cubins are one a major capability; Slipway passes them, a build without it gets them from the list.
if [ -z "${FLASH_ATTN_CUDA_ARCHS}" ]; then
  FLASH_ATTN_CUDA_ARCHS=$(echo "${CUDA_ARCH_LIST}" | tr ';' '\n' | sed 's/\..*/0/' | sort -un | paste -sd ';')
fi
export FLASH_ATTN_CUDA_ARCHS
mkdir -p /wheels
# Verbose: hours without a word would look like a compiler that hangs.
$pip wheel --verbose --no-deps --no-build-isolation --no-binary :all: --require-hashes --requirement /tmp/native.txt --wheel-dir /wheels
RUN

# flash-attention-wheel: the compiled wheel by itself. It is pushed under a key of its own and taken from there ever after.
FROM scratch AS flash-attention-wheel
COPY --from=compile /wheels/ /

FROM tools AS flash-attention-none
RUN mkdir -p /overlay

FROM tools AS flash-attention-installed
ARG EXCLUDES=""
ARG BYTECODE=1
ARG SOURCE_DATE_EPOCH=315532800
RUN --mount=type=bind,from=flash-attention-wheel,target=/wheels install-tree --no-index --offline /wheels/*.whl

# flash-attention: the wheel in a tree of its own, or an empty one where the definition has none.
FROM flash-attention-${FLASH_ATTENTION:-none} AS flash-attention

# dependencies-layer: everything else from the lock, in a tree of its own.
FROM tools AS dependencies-layer
ARG EXCLUDES=""
ARG BYTECODE=1
ARG SOURCE_DATE_EPOCH=315532800
COPY --from=locks /dependencies.txt /tmp/requirements.txt
RUN --mount=type=secret,id=ca --mount=type=secret,id=uv,target=/etc/uv/uv.toml --mount=type=cache,target=/root/.cache/uv \
    install-tree --require-hashes --requirements /tmp/requirements.txt

# base: what is pushed.
FROM os AS base
COPY --link --from=cuda-layer /overlay/ /
COPY --link --from=torch-layer /overlay/ /
COPY --link --from=flash-attention /overlay/ /
COPY --link --from=dependencies-layer /overlay/ /

# The trees again, each as the layer that it is in the base: what was fetched as a layer is not made anew to be looked at.
FROM scratch AS cuda-tree
COPY --link --from=cuda-layer /overlay/ /
FROM scratch AS torch-tree
COPY --link --from=torch-layer /overlay/ /
FROM scratch AS flash-attention-tree
COPY --link --from=flash-attention /overlay/ /
FROM scratch AS dependencies-tree
COPY --link --from=dependencies-layer /overlay/ /

# verification: proves what the definition promises, on the builder, before any tag is written; never pushed.
FROM base AS verification
RUN --mount=type=bind,from=verifier,target=/verifier \
    --mount=type=bind,from=foreign,target=/below/foreign \
    --mount=type=bind,from=python,target=/below/python \
    --mount=type=bind,from=os,target=/stages/os \
    --mount=type=bind,from=cuda-tree,target=/stages/cuda-layer \
    --mount=type=bind,from=torch-tree,target=/stages/torch-layer \
    --mount=type=bind,from=flash-attention-tree,target=/stages/flash-attention \
    --mount=type=bind,from=dependencies-tree,target=/stages/dependencies-layer <<'RUN'
set -eu
export PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
exec python /verifier/verify.py /verifier/expected.json /verification.json
RUN

# verify: what was found, as a file.
FROM scratch AS verify
COPY --from=verification /verification.json /

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
