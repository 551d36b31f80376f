# The stages that Slipway asks for, with the application's files and nothing else in them.
ARG BASE_IMAGE=scratch
ARG TOOLS_IMAGE=scratch

FROM scratch AS sources
FROM scratch AS release

# application-image: the source tree at its path.
FROM scratch AS application-image
COPY --link --from=sources / /overlay/

# version: the layer that says which version this is.
FROM ${TOOLS_IMAGE} AS version
ARG VERSION
COPY --from=release / /version/
COPY <<VERSION /version/etc/slipway/version
${VERSION}
VERSION

# runtime: what is pushed.
FROM ${BASE_IMAGE} AS runtime
COPY --link --from=application-image /overlay/ /
COPY --link --from=version /version/ /
