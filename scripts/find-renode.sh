#!/usr/bin/env bash
# renode-virtio-net, MIT licence: see LICENSE.
# Prints where Renode is: its root folder, or with --bin the folder that holds Infrastructure.dll.
# Looks at RENODE_ROOT, then at the renode on PATH. Exits 1 with one line on what to set if there is none.
set -euo pipefail

# The layouts of the official package, of a source build, and of a package installed by dpkg.
bin_of() {
    local dir
    for dir in "$1/bin" "$1/output/bin/Release" "$1"/output/bin/Release*/ "$1"; do
        [ -f "$dir/Infrastructure.dll" ] && { echo "${dir%/}"; return 0; }
    done
    return 1
}

if [ -n "${RENODE_ROOT:-}" ]; then
    root=$RENODE_ROOT
    if [ ! -e "$root/renode" ]; then
        echo "RENODE_ROOT is '$root', but there is no renode in it: set it to the folder that holds the renode command" >&2
        exit 1
    fi
elif command -v renode > /dev/null; then
    root=$(dirname "$(readlink -f "$(command -v renode)")")
    [ -e "$root/renode-test" ] || [ ! -d /opt/renode ] || root=/opt/renode
else
    echo "Renode was not found: set RENODE_ROOT to its folder, or put renode on PATH" >&2
    exit 1
fi

case "${1:-}" in
    --bin)
        bin_of "$root" || {
            echo "Renode in '$root' has no Infrastructure.dll (a portable package?): load the sources instead, scripts/load-plugin.resc does" >&2
            exit 1
        } ;;
    '') echo "$root" ;;
    *) echo "usage: find-renode.sh [--bin]" >&2; exit 2 ;;
esac
