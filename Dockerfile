# docker build -t certwatch --build-arg REVISION=$(git rev-parse --short=12 HEAD) .
ARG DEBIAN=trixie-slim

FROM debian:${DEBIAN} AS build
WORKDIR /src
COPY scripts/install-deps scripts/
RUN scripts/install-deps --build && rm -rf /var/lib/apt/lists/*
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY src src
ARG REVISION=unknown
RUN cmake --preset release -DCERTWATCH_REVISION="$REVISION" \
 && cmake --build --preset release \
 && strip --strip-unneeded -o /certwatch build/release/certwatch

FROM debian:${DEBIAN}
COPY scripts/install-deps /tmp/
RUN /tmp/install-deps --runtime \
 && rm -rf /tmp/install-deps /var/lib/apt/lists/* /var/cache/apt /var/log/* \
 && install -d -o 10001 -g 10001 -m 700 /var/lib/certwatch
COPY --from=build /certwatch /usr/local/bin/certwatch
COPY schema.sql /usr/local/share/certwatch/
USER 10001:10001
# For an embedded database; everything else can be read-only.
WORKDIR /var/lib/certwatch
VOLUME /var/lib/certwatch
ENV API_HOST=0.0.0.0
EXPOSE 8765
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s CMD ["certwatch", "healthcheck"]
ENTRYPOINT ["certwatch"]
CMD ["serve"]
