# The image of Reprise: the operator, the agents in training pods and the CLI, one bundle each, on the Node that package.json pins.
# dev/image/images.ts makes the same for the local cluster, without Docker.
#   docker build -t registry.example/reprise:dev .
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts scripts
COPY src src
# npm run puts the pinned Node of optionalDependencies first on PATH; it is also the one that goes into the image
RUN npm run -s build && cp "$(npm exec -c 'command -v node')" /node && rm -f dist/*.map

# glibc, libstdc++ and libgcc_s, which Node is linked to, and nothing else: no shell, no package manager
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /node /usr/local/bin/node
COPY --from=build /src/dist/ /reprise/
WORKDIR /reprise
# of several arenas glibc's malloc gives little back: 12 MB of the operator's memory
# a larger young generation is room that listings fill: 20 to 30 MB of a scan of 1,000,000 keys
ENV MALLOC_ARENA_MAX=1 NODE_OPTIONS=--max-semi-space-size=1
USER 65532:65532
# in pods the operator gives the command: node /reprise/agent.mjs restore|sync
ENTRYPOINT ["node", "/reprise/agent.mjs"]
