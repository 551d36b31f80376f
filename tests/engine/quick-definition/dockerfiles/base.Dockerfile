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

# verify: nothing is promised.
FROM base AS verify
