# The runtime image of one architecture: its base image, the application, and last of all the version.
# The final stage only copies, with --link, and the base is never downloaded: see docs/decisions/0003-lazy-runtime.md.

ARG BASE_IMAGE
ARG TOOLS_IMAGE

# application: the source trees at their paths, as git checkouts where they are ones, and what makes them importable from
# there (editable installs).
FROM ${TOOLS_IMAGE} AS application
ARG SOURCE_PATHS
ARG SOURCE_DATE_EPOCH=315532800
COPY --from=sources / /overlay/
RUN --mount=type=secret,id=ca --mount=type=secret,id=uv,target=/etc/uv/uv.toml --mount=type=cache,target=/root/.cache/uv <<'RUN'
set -eu
if [ -e /run/secrets/ca ]; then export SSL_CERT_FILE=/run/secrets/ca; fi
cp -a /overlay/. /
for path in ${SOURCE_PATHS}; do
  # A companion need not be a package: it is then only there.
  if [ -e "$path/pyproject.toml" ] || [ -e "$path/setup.py" ]; then
    uv pip install --python /opt/venv/bin/python --prefix /overlay/opt/venv --no-deps --editable "$path"
  fi
done
rm -f /overlay/opt/venv/.lock
# git refuses a checkout of another user; these are root's, whoever the container runs as.
for path in ${SOURCE_PATHS}; do
  if [ -e "$path/.git" ]; then
    mkdir -p /overlay/etc
    printf '[safe]\n\tdirectory = %s\n' "$path" >> /overlay/etc/gitconfig
  fi
done
# uv's own note carries the clock.
cd /overlay/opt/venv/lib/python3.*/site-packages
rm -f *.dist-info/uv_cache.json
sed -i '/uv_cache\.json/d' *.dist-info/RECORD
# The description of the first one, the application, goes into the layer of the version.
mkdir -p /metadata
name=$(python3 - "${SOURCE_PATHS%% *}" <<'PYTHON'
import re, sys, tomllib
with open(sys.argv[1] + "/pyproject.toml", "rb") as file:
    print(re.sub(r"[-_.]+", "_", tomllib.load(file)["project"]["name"]).lower())
PYTHON
)
mv "$name"-*.dist-info /metadata/
pwd | sed 's:^/overlay::' > /metadata/site-packages
RUN

# version: the layer that says which version this is; everything below it is shared by all versions of the same content.
FROM application AS version
ARG VERSION
ARG PYTHON_VERSION
ARG SOURCE_DATE_EPOCH=315532800
RUN <<'RUN'
set -eu
packages="/version$(cat /metadata/site-packages)"
mkdir -p "$packages" /version/etc/slipway
for metadata in /metadata/*.dist-info; do
  name=$(basename "$metadata" .dist-info)
  if [ -z "${PYTHON_VERSION}" ]; then PYTHON_VERSION=${name##*-}; fi
  renamed="${name%-*}-${PYTHON_VERSION}"
  cp -a "$metadata" "$packages/$renamed.dist-info"
  sed -i "s/^Version: .*/Version: ${PYTHON_VERSION}/" "$packages/$renamed.dist-info/METADATA"
  # RECORD holds the hash of METADATA, which an editable install never checks, and the folder's name, which is used.
  sed -i -e "s:^$name\.dist-info/METADATA,.*:$renamed.dist-info/METADATA,,:" -e "s:^$name\.dist-info/:$renamed.dist-info/:" \
    "$packages/$renamed.dist-info/RECORD"
done
printf '%s\n' "${VERSION:-unversioned}" > /version/etc/slipway/version
RUN

# runtime: what is pushed. A RUN, a WORKDIR or a plain COPY here would make the engine download the base.
FROM ${BASE_IMAGE} AS runtime
COPY --link --from=application /overlay/ /
COPY --link --from=version /version/ /
