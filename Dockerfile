# One image for all roles: ROLES picks them (docs/configuration.md). Build: docker build -t dialplane .
# Only the registries of images and of npm are needed to build it.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

# What the build needs and the program does not stays out, the embedded PostgreSQL too: an image is given DATABASE_URL and REDIS_URL.
FROM node:24-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24-bookworm-slim
# /admin and /metrics are on OPS_PORT: never publish it beyond the operators' network.
ENV NODE_ENV=production \
    HTTP_HOST=0.0.0.0 \
    HTTP_PORT=8080 \
    OPS_HOST=0.0.0.0 \
    OPS_PORT=9464 \
    SIP_HOST=0.0.0.0 \
    DATA_DIR=/data
WORKDIR /app
COPY --from=modules /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./package.json
COPY bin ./bin
COPY sql ./sql
COPY config/default.json ./config/default.json
# state.json, secrets.json and pid files; nothing of it must outlive the container when all secrets are given.
RUN install -d -o node -g node -m 0700 /data
USER node
VOLUME /data
EXPOSE 8080/tcp 9464/tcp 5060/udp 5060/tcp
# The supervisor is process 1: it takes the signal, drains its children and collects them.
STOPSIGNAL SIGTERM
# Alive, not ready: a lost Redis must not make an orchestrator restart what keeps the calls.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HTTP_PORT}/livez`).then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--enable-source-maps", "dist/main.js"]
