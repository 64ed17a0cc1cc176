#!/usr/bin/env bash
# Makes the firmware guests that robot tests boot: build/guest/arm64-firmware/{u-boot.bin,board.dtb}, from Debian's
# own package. Needs no root and leaves the machine's package state alone.
set -euo pipefail

usage()
{
    cat << END
usage: scripts/build-firmware.sh [--update]

Makes build/guest/arm64-firmware/{u-boot.bin,board.dtb}; does nothing if they are up to date.

  --update      look for a newer Debian package instead of using the downloaded one
  --help        this text

Environment:
  UBOOT=PATH           a u-boot.bin for QEMU's arm64 "virt" machine to use instead of Debian's
  VIRTIO_NET_CACHE=DIR downloads (default: \${XDG_CACHE_HOME:-~/.cache}/renode-virtio-net)
END
}

find_packages()
{
    local list=$cache/firmware.packages downloaded=()
    if [ -z "$update" ] && [ -e "$list" ]; then
        read -r uboot_deb < "$list"
        [ ! -e "$cache/debs/$uboot_deb" ] || return 0
    fi
    prepare_apt arm64
    download u-boot-qemu
    uboot_deb=${downloaded[0]}
    echo "$uboot_deb" > "$staging/list"
    mv -f "$staging/list" "$list"
}

# Everything that the files depend on.
inputs()
{
    (cd "$root" && sha256sum scripts/build-firmware.sh scripts/lib/* "${board#"$root/"}")
    echo "packages $uboot_deb"
    [ -z "${UBOOT:-}" ] || echo "u-boot $(sha256sum < "$UBOOT")"
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
prefix=firmware
remedy="UBOOT=/path/u-boot.bin brings your own"
. "$root/scripts/lib/debian.sh"

update=
while [ $# -gt 0 ]; do
    case $1 in
        --update) update=yes ;;
        -h | --help) usage; exit ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done

need "mawk util-linux coreutils" awk flock sha256sum
[ -z "${UBOOT:-}" ] || [ -r "$UBOOT" ] || die "cannot read $UBOOT"

board=$root/platforms/arm64-virt.dts
out=$root/build/guest/arm64-firmware
outputs="u-boot.bin board.dtb"
open_cache "$out"

uboot_deb=
[ -n "${UBOOT:-}" ] || find_packages
inputs > "$work/inputs"
if up_to_date "$out" $outputs; then
    say "${out#"$root/"} is up to date"
    exit
fi

if [ -n "${UBOOT:-}" ]; then
    cp "$UBOOT" "$work/u-boot.bin"
else
    say "unpacking $uboot_deb"
    dpkg-deb -x "$cache/debs/$uboot_deb" "$work/u-boot"
    cp "$work/u-boot/usr/lib/u-boot/qemu_arm64/u-boot.bin" "$work/u-boot.bin"
fi
provide device-tree-compiler dtc fdtput
dtc -q -I dts -O dtb -o "$work/board.dtb" "$board"
# U-Boot's own setting: wait for commands instead of counting down to a boot.
fdtput -p -t x "$work/board.dtb" /config bootdelay ffffffff
publish "$out" $outputs
say "${out#"$root/"} is ready"
