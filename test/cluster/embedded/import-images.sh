#!/bin/bash
# Loads image archives into the node's containerd, each once. usage: import-images.sh FILE   (paths of archives, one a line)
# An archive's path changes with its content, so the list of loaded paths says what need not be done again.
set -e
loaded=$CONTAINERD/loaded-images
touch "$loaded"
while read -r archive; do
  grep -qxF "$archive" "$loaded" && continue
  "$BIN/ctr" -a "$SOCKET" -n k8s.io images import "$archive"
  echo "$archive" >> "$loaded"
done < "$1"
