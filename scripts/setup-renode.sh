#!/usr/bin/env bash
# Prints the root folder of a usable Renode: the one that find-renode.sh knows, else the official release,
# downloaded once to the cache. Exits 1 with one plain line when neither can be had.
set -euo pipefail
cd "$(dirname "$0")/.."

VERSION=1.16.1
RELEASE=https://github.com/renode/renode/releases/download/v$VERSION/renode-$VERSION.linux-dotnet.tar.gz
cache=${VIRTIO_NET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/renode-virtio-net}
root=$cache/renode-$VERSION

if [ -n "${RENODE_ROOT:-}" ] || command -v renode > /dev/null; then
    exec scripts/find-renode.sh
fi
if [ -x "$root/renode" ]; then
    echo "$root"
    exit 0
fi
unreachable() {
    echo "Renode was not found, and release $VERSION could not be downloaded: set RENODE_ROOT to a Renode's folder, or put renode on PATH" >&2
    exit 1
}
command -v curl > /dev/null || unreachable
mkdir -p "$cache"
partial=$(mktemp -d "$cache/renode.XXXXXX")
trap 'rm -rf "$partial"' EXIT
echo "renode: downloading release $VERSION to $cache" >&2
curl --fail --silent --show-error --location --connect-timeout 10 "$RELEASE" 2> /dev/null \
    | tar -xz -C "$partial" --strip-components=1 2> /dev/null || unreachable
mv "$partial" "$root"
echo "$root"
