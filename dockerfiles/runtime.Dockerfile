# The runtime image of one architecture: its base image, the application, and last of all the version.
# The final stage only copies, with --link, and the base is never downloaded: see docs/decisions/0003-lazy-runtime.md.
# The tools image has Python, and neither a shell nor anything else: steps are Python programs.

# Replaced where they are used; BuildKit asks for a name in any case.
ARG BASE_IMAGE=scratch
ARG TOOLS_IMAGE=scratch

# sources, release: files of the source trees, those that all versions share and those that each has of its own; Slipway
# puts folders in their place.
FROM scratch AS sources
FROM scratch AS release

# application: the source trees at their paths, as git checkouts where they are ones, and what makes them importable from
# there (editable installs). A file that states the version says 0 here, so that all versions share it.
FROM ${TOOLS_IMAGE} AS application
SHELL ["/opt/venv/bin/python", "-c"]
ARG SOURCE_PATHS
COPY --from=sources / /
RUN --mount=type=secret,id=ca --mount=type=secret,id=pip --mount=type=cache,target=/root/.cache/pip <<'LAY_OUT'
import os, re, shutil, subprocess, sys, sysconfig, tomllib
from pathlib import Path

paths = os.environ["SOURCE_PATHS"].split()
settings = {
    "PIP_CONFIG_FILE": "/run/secrets/pip",
    # Its own bundle aside, that of the machine that builds, else that of the operating system.
    "PIP_CERT": next((at for at in ("/run/secrets/ca", "/etc/ssl/certs/ca-certificates.crt") if os.path.exists(at)), ""),
    # What works its version out from git finds it here, where no version is known yet.
    "SETUPTOOLS_SCM_PRETEND_VERSION": "0",
    "PDM_BUILD_SCM_VERSION": "0",
    "POETRY_DYNAMIC_VERSIONING_BYPASS": "0",
}
install = [sys.executable, "/opt/tools/pip", "install", "--no-input", "--no-deps", "--no-compile", "--quiet",
    "--disable-pip-version-check", "--root-user-action=ignore", "--no-warn-script-location", "--prefix=/overlay/opt/venv"]
# A companion need not be a package: it is then only there.
packages = [path for path in paths if os.path.exists(f"{path}/pyproject.toml") or os.path.exists(f"{path}/setup.py")]
for path in packages:
    if subprocess.run([*install, "--editable", path], env={**os.environ, **{k: v for k, v in settings.items() if v}}).returncode:
        sys.exit(f"error: installing {path} failed")

# git refuses a checkout of another user; these are root's, whoever the container runs as. The base includes this file.
checkouts = [path for path in paths if os.path.exists(f"{path}/.git")]
if checkouts:
    os.makedirs("/overlay/etc/slipway", exist_ok=True)
    Path("/overlay/etc/slipway/gitconfig").write_text("".join(f"[safe]\n\tdirectory = {path}\n" for path in checkouts))

# The description of the first one, the application, goes into the layer of the version.
name = tomllib.loads(Path(paths[0], "pyproject.toml").read_text())["project"]["name"]
name = re.sub(r"[-_.]+", "_", name).lower()
site = Path("/overlay" + sysconfig.get_path("purelib"))
[described] = [each for each in site.glob("*.dist-info") if each.name.lower().split("-")[0] == name]
os.makedirs("/metadata")
shutil.move(described, "/metadata/")
Path("/metadata/site-packages").write_text(str(site)[len("/overlay"):])
LAY_OUT

# application-image: what all versions of the same sources share, for every architecture. It is pushed by itself and
# taken from there ever after; its folder `overlay` is a layer of runtime images.
FROM scratch AS application-image
COPY --link --from=sources / /overlay/
COPY --link --from=application /overlay/ /overlay/
COPY --link --from=application /metadata/ /metadata/

# version: the layer that says which version this is; everything below it is shared by all versions of the same content.
FROM ${TOOLS_IMAGE} AS version
SHELL ["/opt/venv/bin/python", "-c"]
ARG VERSION
ARG PYTHON_VERSION
COPY --from=application-image /metadata/ /metadata/
COPY --from=release / /version/
RUN <<'SAY_VERSION'
import os, re, shutil
from pathlib import Path

version = os.environ["PYTHON_VERSION"]
site = Path("/version" + Path("/metadata/site-packages").read_text())
site.mkdir(parents=True, exist_ok=True)
[metadata] = Path("/metadata").glob("*.dist-info")
before = metadata.name
after = f"{before.split('-')[0]}-{version}.dist-info"
shutil.copytree(metadata, site / after)
described = site / after / "METADATA"
described.write_text(re.sub(r"^Version: .*", f"Version: {version}", described.read_text(), count=1, flags=re.M))
# RECORD holds the hash of METADATA, which an editable install never checks, and the folder's name, which is used.
recorded = site / after / "RECORD"
lines = recorded.read_text().splitlines()
lines = [f"{after}/METADATA,," if line.startswith(f"{before}/METADATA,") else line for line in lines]
lines = [after + line[len(before):] if line.startswith(f"{before}/") else line for line in lines]
recorded.write_text("\n".join(lines) + "\n")
os.makedirs("/version/etc/slipway")
Path("/version/etc/slipway/version").write_text((os.environ["VERSION"] or "unversioned") + "\n")
SAY_VERSION

# runtime: what is pushed. A RUN, a WORKDIR or a plain COPY here would make the engine download the base.
FROM ${BASE_IMAGE} AS runtime
COPY --link --from=application-image /overlay/ /
COPY --link --from=version /version/ /
