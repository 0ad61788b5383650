#!/bin/bash
# Unpacks Debian packages and all they depend on into DIRECTORY/tree, as if on a machine that had nothing; installs nothing.
# usage: debian.sh DIRECTORY PACKAGE...
set -euo pipefail
directory=$1
shift
archives=$directory/archives
tree=$directory/tree
mkdir -p "$archives/partial" "$tree/usr"
: > "$archives/status" # of installed packages: none
apt-get -q --yes -o Dir::State::status="$archives/status" -o Dir::Cache::archives="$archives" -o APT::Sandbox::User=root \
  --no-install-recommends --download-only install "$@"
for name in bin lib lib64 sbin; do
  mkdir "$tree/usr/$name"
  ln -s "usr/$name" "$tree/$name"
done
for package in "$archives"/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$tree"
done
rm -r "$archives"
