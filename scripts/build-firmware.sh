#!/usr/bin/env bash
# renode-virtio-net, MIT licence: see LICENSE.
# Makes the firmware guests that robot tests boot: U-Boot and edk2 for arm64, each with its device tree, from Debian's
# own packages. Needs no root and leaves the machine's package state alone.
set -euo pipefail

usage()
{
    cat << END
usage: scripts/build-firmware.sh [--update]

Makes build/guest/arm64-firmware/{u-boot.bin,u-boot.dtb,edk2.fd,edk2.dtb}; does nothing if they are up to date.

  --update      look for newer Debian packages instead of using the downloaded ones
  --help        this text

Environment:
  UBOOT=PATH, EDK2=PATH
                       a u-boot.bin or QEMU_EFI.fd for QEMU's arm64 "virt" machine to use instead of Debian's; with
                       both, nothing is downloaded but dtc, if it is not installed
  VIRTIO_NET_CACHE=DIR downloads (default: \${XDG_CACHE_HOME:-~/.cache}/renode-virtio-net)
END
}

# Names the packages in $packages, downloaded unless they were before.
find_packages()
{
    local downloaded=()
    [ -n "$update" ] || ! recall firmware.packages || return 0
    prepare_apt arm64
    download u-boot-qemu qemu-efi-aarch64
    remember firmware.packages
    packages=("${downloaded[@]}")
}

# Everything that the files depend on.
inputs()
{
    (cd "$root" && sha256sum scripts/build-firmware.sh scripts/lib/debian.sh platforms/arm64-{virt,edk2}.dts)
    echo "packages ${packages[*]}"
    [ -z "${UBOOT:-}" ] || echo "u-boot $(sha256sum < "$UBOOT")"
    [ -z "${EDK2:-}" ] || echo "edk2 $(sha256sum < "$EDK2")"
}

# Takes one file out of a package.
unpack() # package's file name, path in it, output
{
    say "unpacking $1"
    dpkg-deb --fsys-tarfile "$cache/debs/$1" | tar -x -O "./$2" > "$3"
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
prefix=firmware
remedy="UBOOT=/path/u-boot.bin EDK2=/path/QEMU_EFI.fd brings your own"
. "$root/scripts/lib/debian.sh"

update=''
while [ $# -gt 0 ]; do
    case $1 in
        --update) update=yes ;;
        -h | --help) usage; exit ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done

need "mawk util-linux coreutils tar" awk flock sha256sum tar
for path in "${UBOOT:-}" "${EDK2:-}"; do
    [ -z "$path" ] || [ -r "$path" ] || die "cannot read $path"
done

out=$root/build/guest/arm64-firmware
outputs=(u-boot.bin u-boot.dtb edk2.fd edk2.dtb)
open_cache "$out"

packages=()
if [ -z "${UBOOT:-}" ] || [ -z "${EDK2:-}" ]; then find_packages; fi
inputs > "$work/inputs"
if up_to_date "$out" "${outputs[@]}"; then
    say "${out#"$root/"} is up to date"
    exit
fi

if [ -n "${UBOOT:-}" ]; then
    cp "$UBOOT" "$work/u-boot.bin"
else
    unpack "${packages[0]}" usr/lib/u-boot/qemu_arm64/u-boot.bin "$work/u-boot.bin"
fi
if [ -n "${EDK2:-}" ]; then
    cp "$EDK2" "$work/edk2.fd"
else
    unpack "${packages[1]}" usr/share/qemu-efi-aarch64/QEMU_EFI.fd "$work/edk2.fd"
fi
provide device-tree-compiler dtc fdtput
dtc -q -I dts -O dtb -o "$work/u-boot.dtb" "$root/platforms/arm64-virt.dts"
dtc -q -I dts -O dtb -o "$work/edk2.dtb" "$root/platforms/arm64-edk2.dts"
# U-Boot's own setting: wait for commands instead of counting down to a boot.
fdtput -p -t x "$work/u-boot.dtb" /config bootdelay ffffffff
publish "$out" "${outputs[@]}"
say "${out#"$root/"} is ready"
