# The stages that Slipway asks for, with the application's files and nothing else in them.
ARG BASE_IMAGE
ARG TOOLS_IMAGE

# application: the source tree at its path.
FROM ${TOOLS_IMAGE} AS application
ARG APPLICATION_PATH
COPY --from=application-source / /overlay${APPLICATION_PATH}/

# version: the layer that says which version this is.
FROM application AS version
ARG VERSION
COPY <<VERSION /version/etc/slipway/version
${VERSION}
VERSION

# runtime: what is pushed.
FROM ${BASE_IMAGE} AS runtime
COPY --link --from=application /overlay/ /
COPY --link --from=version /version/ /
