#!/usr/bin/env bash
# renode-virtio-net, MIT licence: see LICENSE.
# Prints the root folder of a usable Renode: the one that find-renode.sh knows, else the official release,
# downloaded once to the cache. Exits 1 with one plain line when neither can be had.
set -euo pipefail
cd "$(dirname "$0")/.."

VERSION=1.16.1
RELEASE=https://github.com/renode/renode/releases/download/v$VERSION/renode-$VERSION.linux-dotnet.tar.gz
# Renode publishes no digest of its archives. This one is what the package "renode" of nixpkgs has for the same address.
SHA256=62629caa331ed4bd4eb7abe13ee2e4834fbcaa70de492db3965fafa4edc5694f
cache=${VIRTIO_NET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/renode-virtio-net}
root=$cache/renode-$VERSION

if [ -n "${RENODE_ROOT:-}" ] || command -v renode > /dev/null; then
    exec scripts/find-renode.sh
fi
if [ -x "$root/renode" ]; then
    echo "$root"
    exit 0
fi
give_up() {
    echo "Renode was not found, and $1: set RENODE_ROOT to a Renode's folder, or put renode on PATH" >&2
    exit 1
}
unreachable="release $VERSION could not be downloaded"
command -v curl > /dev/null || give_up "$unreachable"
mkdir -p "$cache"
partial=$(mktemp -d "$cache/renode.XXXXXX")
trap 'rm -rf "$partial"' EXIT
echo "renode: downloading release $VERSION to $cache" >&2
curl --fail --silent --location --connect-timeout 10 --output "$partial/archive" "$RELEASE" || give_up "$unreachable"
digest=$(sha256sum < "$partial/archive")
[ "${digest%% *}" = "$SHA256" ] ||
    give_up "what $RELEASE has is not release $VERSION: its SHA-256 is ${digest%% *}, not $SHA256"
mkdir "$partial/renode"
tar -xzf "$partial/archive" -C "$partial/renode" --strip-components=1 || give_up "release $VERSION could not be unpacked"
# Two checkouts may do this at once: who comes second finds the first one's.
[ -x "$root/renode" ] || mv -T "$partial/renode" "$root"
echo "$root"
