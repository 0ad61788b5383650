# The operator: Node.js with the libraries it needs, production dependencies and the source, which Node runs as it is. No shell, no
# package manager, no root. test/cluster/images makes the same content without a container engine.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# install, not ci: versions are those of the lock file, but ci would insist on entries for every platform's build of the linters
RUN npm install --omit=dev --ignore-scripts --no-audit --no-fund --no-save \
    && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete
COPY src ./src
RUN find src -name '*.test.ts' -delete && rm package-lock.json
# An empty Unix tree with Node.js and the shared libraries that it and name resolution need.
RUN mkdir -p /image/usr/bin /image/usr/lib/x86_64-linux-gnu /image/usr/lib64 /image/etc /image/app \
    && ln -s usr/bin /image/bin && ln -s usr/lib /image/lib && ln -s usr/lib64 /image/lib64 \
    && install -d -m 1777 /image/tmp \
    && cp /usr/local/bin/node /image/usr/bin/node \
    && for file in $(ldd /usr/local/bin/node | grep -o '/[^ ]*') /lib/*-linux-gnu/libnss_files.so.2 /lib/*-linux-gnu/libnss_dns.so.2 /lib/*-linux-gnu/libresolv.so.2; do \
         case $file in /lib/* | /lib64/*) to=/image/usr$file ;; *) to=/image$file ;; esac; \
         mkdir -p "$(dirname "$to")" && cp -L "$file" "$to"; \
       done \
    && echo 'hosts: files dns' > /image/etc/nsswitch.conf \
    && echo 'root:x:0:0:root:/root:/bin/false' > /image/etc/passwd \
    && echo 'root:x:0:' > /image/etc/group \
    && cp -r /app /image/

FROM scratch
COPY --from=build /image /
ENV NODE_ENV=production PATH=/usr/bin
WORKDIR /app
USER 65532:65532
ENTRYPOINT ["node", "/app/src/main.ts"]
