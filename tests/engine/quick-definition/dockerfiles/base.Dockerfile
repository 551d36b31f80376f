# The stages that Slipway asks for, with next to nothing in them.
ARG OS_IMAGE=ubuntu:24.04

# os: the OS image as it is.
FROM ${OS_IMAGE} AS os
ARG SYSTEM_PACKAGES=""
WORKDIR /app

# tools-image: nothing has to be installed; a layer of its own.
FROM scratch AS tools-image
COPY --from=os / /

# base: two small layers.
FROM os AS base
COPY --link --from=locks /torch.txt /opt/
COPY --link --from=locks /dependencies.txt /opt/

# verification: nothing is promised; the size is measured.
FROM base AS verification
RUN printf '{"python":"3.13.5","problems":[],"seconds":{"files":0.1},"stages":{"os":%s},"packages":[{"name":"quick","version":"1","bytes":5}]}' \
  "$(du -sb /etc /usr /opt | awk '{sum += $1} END {printf "%.0f", sum}')" > /verification.json

# verify: what was found, as a file.
FROM scratch AS verify
COPY --from=verification /verification.json /
