# The stages that Slipway asks for, with next to nothing in them.
ARG OS_IMAGE=ubuntu:24.04

# os: the OS image as it is.
FROM ${OS_IMAGE} AS os
ARG SYSTEM_PACKAGES=""
WORKDIR /app

# tools: nothing has to be installed.
FROM os AS tools
ARG UV_VERSION

# base: two small layers.
FROM os AS base
COPY --link torch.txt /opt/
COPY --link dependencies.txt /opt/
