# The standalone program as an image. See "In a container" in docs/OPERATIONS.md.
#
# IMAGES is the registry with Microsoft's dotnet images and a slash; empty leaves it to the engine's own search.
ARG IMAGES=""

# Stage 1: the program, from locked packages.
FROM ${IMAGES}dotnet/sdk:10.0 AS build
WORKDIR /source

# Project files alone first: packages are restored again only when one of these changes.
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY src/Protocol/Protocol.csproj src/Protocol/packages.lock.json src/Protocol/
COPY src/Leaf/Leaf.csproj src/Leaf/packages.lock.json src/Leaf/
COPY src/Router/Router.csproj src/Router/packages.lock.json src/Router/
COPY src/Server/Server.csproj src/Server/packages.lock.json src/Server/
# Published as machine code where that is x64, so that less is compiled while the first requests are answered.
RUN dotnet restore src/Server/Server.csproj --locked-mode \
    -p:ReadyToRun=$([ "$(uname -m)" = x86_64 ] && echo true || echo false)

COPY src/ src/
COPY scenarios/ scenarios/
COPY loadgen/Plots/ loadgen/Plots/
RUN dotnet publish src/Server/Server.csproj --configuration Release --no-restore --output /app \
    -p:ReadyToRun=$([ "$(uname -m)" = x86_64 ] && echo true || echo false)

# Stage 2: what runs it.
FROM ${IMAGES}dotnet/aspnet:10.0 AS run

LABEL org.opencontainers.image.title="Hedgerow" \
      org.opencontainers.image.description="Sharded, replicated cache and full-text search server with hedged reads" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.documentation="docs/OPERATIONS.md"

WORKDIR /app
COPY --from=build /app ./

# A container is reached from outside itself, so it listens on all interfaces; and so it does not start without
# HEDGEROW__AUTH__TOKEN, or --insecure.
ENV HEDGEROW__NATIVE__LISTEN="*:7600" \
    HEDGEROW__RESP__LISTEN="*:7601" \
    HEDGEROW__MEMCACHED__LISTEN="*:7602" \
    HEDGEROW__HTTP__LISTEN="*:7680" \
    HEDGEROW__LEAF__DATA="/data"

# The native protocol: clients, routers, the command line.
EXPOSE 7600
# RESP: Redis clients.
EXPOSE 7601
# memcached's text and meta protocols.
EXPOSE 7602
# HTTP: the API, /healthz, /readyz and /metrics.
EXPOSE 7680

# Documents. Owned by the user without rights that the base image brings.
RUN mkdir /data && chown "$APP_UID" /data
VOLUME /data
USER $APP_UID

# /readyz needs no credentials and is the same for serve, leaf and router. The image has no HTTP client but bash.
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/7680 && printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n' >&3 && read -r line <&3 && [[ $line == *' 200 '* ]]"]

STOPSIGNAL SIGTERM
ENTRYPOINT ["/app/hedgerow"]
CMD ["serve"]
