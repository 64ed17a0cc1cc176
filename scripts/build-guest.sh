#!/usr/bin/env bash
# Makes the Linux guest that the demos and robot tests boot: build/guest/<arch>/{Image,initramfs.cpio.gz,*.dtb},
# from Debian's own packages: a cloud kernel, its virtio modules and busybox. Needs no root and leaves the
# machine's package state alone.
set -euo pipefail

usage()
{
    cat << END
usage: scripts/build-guest.sh [--arch arm64|riscv64] [--update]

Makes build/guest/<arch>/{Image,initramfs.cpio.gz,board.dtb}, device trees of other boards beside board.dtb, and for
riscv64 also opensbi.bin; does nothing if they are up to date.

  --arch ARCH   the guest's architecture: arm64 (default) or riscv64
  --update      look for newer Debian packages instead of using the downloaded ones
  --help        this text

Environment:
  KERNEL=PATH          an uncompressed kernel Image to use instead of Debian's
  INITRD=PATH          an initramfs to use instead of the one made here, whose modules fit Debian's kernel only;
                       with both, nothing is downloaded but dtc, if it is not installed, and OpenSBI
  BOOTARGS=WORDS       added to the kernel command line, e.g. "virtio_pci.force_legacy=1 noip"
  VIRTIO_NET_CACHE=DIR downloads (default: \${XDG_CACHE_HOME:-~/.cache}/renode-virtio-net)
END
}

# --- What differs between guest architectures ------------------------------------------------------

select_arch()
{
    case $1 in
        arm64)
            kernel_meta=linux-image-cloud-arm64
            image_magic=41524d64 # "ARM\x64"
            # Device trees, and the sources in platforms/ that they are made of.
            boards="board:arm64-virt two-hosts:arm64-two-hosts arm64-virt-mmio:arm64-virt-mmio"
            initrd_start=$((0x48000000)) # as in the .dts and the .resc files
            initrd_limit=$((0x4f000000)) # where they put the device tree
            ;;
        riscv64)
            kernel_meta=linux-image-riscv64
            image_magic=52534305 # "RSC\x05"
            firmware=opensbi
            boards="board:riscv64-virt"
            initrd_start=$((0x88000000))
            initrd_limit=$((0x8eff0000))
            # The first release with this architecture.
            case $VERSION_CODENAME in buster | bullseye | bookworm) release=trixie ;; esac
            ;;
        *) die "no guest for architecture '$1'; there are arm64 and riscv64" ;;
    esac
}

# Both have their magic number at offset 56; a compressed kernel would have to be unpacked by a boot loader.
check_kernel() # path, name for the message
{
    [ "$(od -An -tx1 -j 56 -N 4 "$1" | tr -d ' \n')" = $image_magic ] || die "$2 is not a plain $arch Image"
}

# The driver's stack, and virtio-mmio for comparison. Dependencies are added, modules built into the kernel dropped.
modules="virtio_pci virtio_net virtio_mmio"
# A load generator; not in every kernel.
optional_modules="pktgen"

# What init and the tests call; a busybox without one of them would fail late and obscurely.
applets="sh mount insmod rmmod ip stty dmesg setsid cttyhack hostname grep awk rev tr cat ls basename readlink
    ping nc dd sha256sum"

# Names the guest's packages in $kernel_deb, $busybox_deb and, where there is firmware, $firmware_deb, downloaded
# unless they were before.
find_packages()
{
    local list=$cache/guest-$arch.packages image downloaded=()
    if [ -z "$update" ] && [ -e "$list" ]; then
        read -r kernel_deb busybox_deb firmware_deb < "$list"
        have $kernel_deb $busybox_deb $firmware_deb && return 0
    fi
    prepare_apt "$arch" "$release"
    # The meta package follows the kernel's ABI number, which changes with every few security updates.
    image=$(package_field "$kernel_meta" Depends | grep -o 'linux-image-[^ ,]*' | head -n 1) ||
        die "Debian ${release:-$VERSION_CODENAME} has no $kernel_meta; $remedy"
    # The same kernel without the signature that secure boot wants; not every release has it.
    [ -z "$(package_field "$image-unsigned" Version)" ] || image=$image-unsigned
    download "$image" busybox-static $firmware
    kernel_deb=${downloaded[0]}
    busybox_deb=${downloaded[1]}
    firmware_deb=${downloaded[2]:-}
    echo "$kernel_deb $busybox_deb $firmware_deb" > "$staging/list"
    mv -f "$staging/list" "$list"
}

# --- The guest's files, made in $work ---------------------------------------------------------------

unpack_kernel()
{
    say "unpacking $kernel_deb"
    dpkg-deb -x "$cache/debs/$kernel_deb" "$work/kernel"
}

# The build of OpenSBI that is told where the kernel is, so that any kernel's size fits.
unpack_firmware()
{
    dpkg-deb -x "$cache/debs/$firmware_deb" "$work/firmware"
    cp "$work/firmware/usr/lib/$arch-linux-gnu/opensbi/generic/fw_dynamic.bin" "$work/$firmware.bin"
}

# A kernel package has no modules.dep (it is made at installation), so dependencies come from the modules themselves.
add_module() # name, "optional" or nothing
{
    local name=$1 dependency path=${module_paths[$1]:-}
    [ -z "${module_done[$name]:-}" ] || return 0
    module_done[$name]=yes
    if [ -z "$path" ]; then
        [ -n "${2:-}${module_builtin[$name]:-}" ] || die "$kernel_deb has no module $name"
        return 0
    fi
    case $path in
        *.xz) xz -dc "$path" || die "missing: xz; install it (apt-get install xz-utils)" ;;
        *.gz) gzip -dc "$path" ;;
        *) cat "$path" ;;
    esac > "$work/initramfs/lib/modules/$name.ko"
    for dependency in $(tr '\0' '\n' < "$work/initramfs/lib/modules/$name.ko" | sed -n 's/^depends=//p' | tr ',-' ' _'); do
        add_module "$dependency"
    done
    echo "$name" >> "$work/initramfs/lib/modules.list"
}

make_initramfs()
{
    local tree=$work/initramfs path name applet
    declare -A module_paths=() module_builtin=() module_done=()

    mkdir -p "$tree"/{bin,dev,etc,lib/modules,proc,sys,tmp}
    dpkg-deb -x "$cache/debs/$busybox_deb" "$work/busybox"
    cp "$(find "$work/busybox" -path '*bin/busybox' -type f)" "$tree/bin/busybox"
    ln -s busybox "$tree/bin/sh"
    tr '\0' '\n' < "$tree/bin/busybox" > "$work/strings"
    for applet in $applets; do
        grep -qax "$applet" "$work/strings" || die "$busybox_deb has no applet $applet"
    done
    install -m 755 "$root/scripts/guest/init" "$tree/init"
    install -m 755 "$root/scripts/guest/netup" "$root/scripts/guest/card" "$tree/bin"
    install -m 644 "$root/scripts/guest/shrc" "$tree/etc"

    # The kernel writes - and _ alike; the list and init use _.
    while read -r path; do
        name=${path##*/}
        name=${name%%.ko*}
        module_paths[${name//-/_}]=$path
    done < <(find "$work/kernel" -name '*.ko*' -type f)
    while read -r path; do
        name=${path##*/}
        name=${name%%.ko*}
        module_builtin[${name//-/_}]=yes
    done < <(find "$work/kernel" -name modules.builtin -exec cat {} +)
    for name in $modules; do add_module "$name"; done
    for name in $optional_modules; do add_module "$name" optional; done

    # Equal inputs make equal bytes: no times, owners or inode numbers of this machine. /dev/console, which would need
    # root to make, is in the kernel's own built-in initramfs.
    find "$tree" -exec touch -h -d @0 {} +
    (cd "$tree" && find . | sort | cpio --quiet -o -H newc -R 0:0 --reproducible) | gzip -9n > "$work/initramfs.cpio.gz"
}

make_boards()
{
    local initrd_end arguments board dtb
    initrd_end=$((initrd_start + $(stat -Lc %s "$work/initramfs.cpio.gz")))
    [ "$initrd_end" -le "$initrd_limit" ] || die "the initramfs is too large for its place in memory"
    for board in $boards; do
        dtb=$work/${board%:*}.dtb
        dtc -q -I dts -O dtb -o "$dtb" "$root/platforms/${board#*:}.dts"
        fdtput -t x "$dtb" /chosen linux,initrd-end "$(printf %x "$initrd_end")"
        if [ -n "${BOOTARGS:-}" ]; then
            arguments=$(fdtget "$dtb" /chosen bootargs)
            fdtput -t s "$dtb" /chosen bootargs "$arguments $BOOTARGS"
        fi
    done
}

# Everything that the files depend on. Paths are left out, so that a moved checkout stays up to date.
inputs()
{
    (cd "$root" && sha256sum "scripts/build-guest.sh" scripts/lib/* scripts/guest/* platforms/*.dts*)
    echo "packages $kernel_deb $busybox_deb $firmware_deb"
    echo "bootargs ${BOOTARGS:-}"
    [ -z "${KERNEL:-}" ] || echo "kernel $(sha256sum < "$KERNEL")"
    [ -z "${INITRD:-}" ] || echo "initrd $(sha256sum < "$INITRD")"
}

# --- Main ---------------------------------------------------------------------------------------------

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
prefix=guest
remedy="KERNEL=/path/Image INITRD=/path/initramfs brings your own guest"
. "$root/scripts/lib/debian.sh"

arch=arm64
update=
while [ $# -gt 0 ]; do
    case $1 in
        --arch) [ $# -ge 2 ] || die "--arch needs a value"; arch=$2; shift ;;
        --arch=*) arch=${1#*=} ;;
        --update) update=yes ;;
        -h | --help) usage; exit ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done
release= firmware=
select_arch "$arch"

need "mawk util-linux gzip coreutils" awk flock gzip sha256sum
for path in "${KERNEL:-}" "${INITRD:-}"; do
    [ -z "$path" ] || [ -r "$path" ] || die "cannot read $path"
done

out=$root/build/guest/$arch
open_cache "$out"
outputs="Image initramfs.cpio.gz${firmware:+ $firmware.bin}"
for board in $boards; do outputs="$outputs ${board%:*}.dtb"; done

kernel_deb= busybox_deb= firmware_deb=
[ -n "${KERNEL:-}" ] && [ -n "${INITRD:-}" ] && [ -z "$firmware" ] || find_packages
inputs > "$work/inputs"
if up_to_date "$out" $outputs; then
    say "${out#"$root/"} is up to date"
    exit
fi

provide device-tree-compiler dtc fdtput fdtget
if [ -n "${KERNEL:-}" ]; then
    cp "$KERNEL" "$work/Image"
else
    unpack_kernel
    cp "$(find "$work/kernel/boot" -name 'vmlinu[xz]-*')" "$work/Image"
fi
check_kernel "$work/Image" "${KERNEL:-"the kernel in $kernel_deb"}"
if [ -n "${INITRD:-}" ]; then
    cp "$INITRD" "$work/initramfs.cpio.gz"
else
    [ -d "$work/kernel" ] || unpack_kernel
    provide cpio cpio
    make_initramfs
fi
make_boards
[ -z "$firmware" ] || unpack_firmware
publish "$out" $outputs
say "${out#"$root/"} is ready"
