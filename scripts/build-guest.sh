#!/usr/bin/env bash
# renode-virtio-net, MIT licence: see LICENSE.
# Makes the Linux guest that the demos and robot tests boot: build/guest/<arch>/{Image,initramfs.cpio.gz,*.dtb},
# from Debian's own packages: a kernel, its virtio modules and busybox. Needs no root and leaves the machine's package
# state alone. Packages are checked against the lists that Debian's archive keys have signed.
set -euo pipefail

usage()
{
    cat << END
usage: scripts/build-guest.sh [--arch arm64|riscv64] [--suite SUITE] [--kernel-release RELEASE] [--flavour FLAVOUR]
                              [--list] [--update]

Makes build/guest/<arch>/{Image,initramfs.cpio.gz,board.dtb}, device trees of other boards beside board.dtb, and for
riscv64 also opensbi.bin; does nothing if they are up to date. A guest with another kernel than the default has a
folder of its own, build/guest/<arch>-SUITE-RELEASE-FLAVOUR, less what is not given.

  --arch ARCH   the guest's architecture: arm64 (default) or riscv64
  --suite SUITE the Debian suite that the packages come from, such as bookworm-backports, trixie, trixie-backports, sid
                or experimental; by default this machine's, and trixie for riscv64 if this machine's has no riscv64
  --kernel-release RELEASE
                the newest kernel whose release (uname -r) begins so, such as 6.12; by default the suite's usual one
  --flavour FLAVOUR
                Debian's name for a kernel configuration: cloud-arm64 (default), arm64, rt-arm64; riscv64 (default)
  --list        only print the suite's kernel releases of that flavour
  --update      look for newer Debian packages instead of using the downloaded ones
  --help        this text

A kernel that is not the default one is booted with the folder's name in \$guest, as in
  renode -e '\$guest=@build/guest/arm64-sid; include @scripts/two-nodes.resc; start'

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
            flavour=${flavour:-cloud-arm64}
            image_magic=41524d64 # "ARM\x64"
            # Device trees, and the sources in platforms/ that they are made of.
            boards="board:arm64-virt two-hosts:arm64-two-hosts arm64-virt-mmio:arm64-virt-mmio gem:arm64-gem"
            initrd_start=$((0x48000000)) # as in the .dts and the .resc files
            initrd_limit=$((0x4f000000)) # where they put the device tree
            ;;
        riscv64)
            flavour=${flavour:-riscv64}
            image_magic=52534305 # "RSC\x05"
            firmware=opensbi
            boards="board:riscv64-virt"
            initrd_start=$((0x88000000))
            initrd_limit=$((0x8eff0000))
            # The first release with this architecture.
            case $codename in buster | bullseye | bookworm) suite=${suite:-trixie} ;; esac
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
# A load generator, and the driver of CadenceGEM; not in every kernel.
optional_modules="pktgen macb"

# Modules that init leaves to who needs them: /lib/modules.spare names them, each after those that it needs.
spare_modules="8021q"

# ethtool, and what it is linked with.
tools="ethtool libmnl0 libc6"

# What init and the tests call; a busybox without one of them would fail late and obscurely.
applets="sh mount insmod rmmod ip stty dmesg setsid cttyhack hostname grep awk rev tr cat ls basename readlink
    ping nc dd sha256sum udhcpc wget"

# Prints the suite's kernel releases of the flavour, the newest last. From 6.19 on a kernel is split: linux-image is
# empty, linux-binary has the kernel, linux-modules its modules and linux-base its list of built-in ones. A suite such
# as trixie-backports keeps the binaries of older kernels when their modules are gone; those are left out.
kernel_releases()
{
    run_apt apt-cache pkgnames linux- | awk -v flavour="-$flavour" '
        match($0, /^linux-(image|binary|modules)-[0-9]/) {
            kind = substr($0, 7, RLENGTH - 8)
            release = substr($0, RLENGTH)
            number = substr(release, 1, length(release) - length(flavour))
            if(number flavour != release || number !~ /^[0-9][0-9a-z.+~]*(-(rc)?[0-9]+)*$/) next
            has[kind, release]
            releases[release]
        }
        END {
            for(release in releases)
                if(("image", release) in has && (!(("binary", release) in has) || ("modules", release) in has)) print release
        }' | sort -V
}

# Sets $kernel to the release that was asked for, or to the one that is the suite's usual one: bookworm has kernels 6.1
# and 6.12, and its package linux-image-cloud-arm64 stands for 6.1.
choose_kernel()
{
    local release usual='' flavours
    kernel=''
    [ -n "$wanted" ] || usual=$(package_field "linux-image-$flavour" Depends | grep -o 'linux-image-[0-9][^ ,]*' | head -n 1 || true)
    while read -r release; do
        # "6.1" stands for 6.1.0-50 and the like, not for 6.12.
        case $release in
            "$wanted" | "$wanted"[!0-9]* | "${usual#linux-image-}") kernel=$release ;;
        esac
    done < <(kernel_releases)
    [ -z "$kernel" ] || return 0
    release=$(kernel_releases | sed "s/-$flavour\$//" | paste -sd ' ')
    if [ -n "$release" ]; then
        die "Debian ${suite:-$codename} has no kernel ${wanted:-that is the usual one} of flavour $flavour; it has: $release"
    fi
    flavours=$(run_apt apt-cache pkgnames linux-image- | sed -nE 's/^linux-image-[0-9][^-]*(-(rc)?[0-9]+)*-([a-z].*)/\3/p' |
        grep -vE -- '-(unsigned|dbg|dbgsym|template)$' | sort -u | paste -sd ' ')
    die "Debian ${suite:-$codename} has no kernel of flavour $flavour for $arch; it has: ${flavours:-none}"
}

# Names the guest's packages in $packages, downloaded unless they were before.
find_packages()
{
    local parts downloaded=()
    [ -n "$update" ] || ! recall "guest-$name.packages" || return 0
    prepare_apt "$arch" "$suite"
    choose_kernel
    parts=$(run_apt apt-cache pkgnames "linux-binary-$kernel" | grep -xF "linux-binary-$kernel" || true)
    if [ -n "$parts" ]; then
        download "linux-binary-$kernel" "linux-modules-$kernel" "linux-base-$kernel"
    else
        download "linux-image-$kernel"
    fi
    # shellcheck disable=SC2086 # no firmware, no word
    download busybox-static $firmware
    remember "guest-$name.packages"
    packages=("${downloaded[@]}")
}

# The same for the packages of the tools, which have a list of their own: a kernel that is there already stays as it is.
find_tools()
{
    local kept=("${packages[@]}") downloaded=()
    if [ -n "$update" ] || ! recall "guest-$name-tools.packages"; then
        prepare_apt "$arch" "$suite"
        # shellcheck disable=SC2086 # words
        download $tools
        remember "guest-$name-tools.packages"
        packages=("${downloaded[@]}")
    fi
    packages=("${kept[@]}" "${packages[@]}")
}

# --- The guest's files, made in $work ---------------------------------------------------------------

# Unpacks the packages whose names begin with a word.
unpack() # word, directory
{
    local package
    for package in "${packages[@]}"; do
        case $package in
            "$1"*) say "unpacking $package"; dpkg-deb -x "$cache/debs/$package" "$work/$2" ;;
        esac
    done
}

# The kernel's own file: below /boot, or since 7.1 beside its modules.
kernel_image()
{
    find "$work/kernel" -type f \( -path '*/boot/vmlinu[xz]-*' -o -path '*/lib/modules/*/vmlinu[xz]' \) | head -n 1
}

# The build of OpenSBI that is told where the kernel is, so that any kernel's size fits.
unpack_firmware()
{
    unpack "${firmware}_" firmware
    cp "$work/firmware/usr/lib/$arch-linux-gnu/opensbi/generic/fw_dynamic.bin" "$work/$firmware.bin"
}

# A kernel package has no modules.dep (it is made at installation), so dependencies come from the modules themselves.
add_module() # name, "optional" or nothing, list
{
    local name=$1 list=${3:-modules.list} dependency path=${module_paths[$1]:-}
    [ -z "${module_done[$name]:-}" ] || return 0
    module_done[$name]=yes
    if [ -z "$path" ]; then
        [ -n "${2:-}${module_builtin[$name]:-}" ] || die "this kernel has no module $name: ${packages[*]}"
        return 0
    fi
    case $path in
        *.xz) xz -dc "$path" || die "missing: xz; install it (apt-get install xz-utils)" ;;
        *.zst) zstd -dcq "$path" || die "missing: zstd; install it (apt-get install zstd)" ;;
        *.gz) gzip -dc "$path" ;;
        *) cat "$path" ;;
    esac > "$work/initramfs/lib/modules/$name.ko"
    for dependency in $(tr '\0' '\n' < "$work/initramfs/lib/modules/$name.ko" | sed -n 's/^depends=//p' | tr ',-' ' _'); do
        add_module "$dependency" '' "$list"
    done
    echo "$name" >> "$work/initramfs/lib/$list"
}

# The program, its libraries, and the loader that it names, where it looks for them.
add_tools()
{
    local tree=$work/initramfs file
    unpack ethtool_ tools
    unpack libmnl0_ tools
    unpack libc6_ tools
    cp "$(find "$work/tools" -path '*bin/ethtool' -type f)" "$tree/bin"
    for file in libmnl.so.0 libm.so.6 libc.so.6; do
        cp -L "$(find "$work/tools" -name "$file" | head -n 1)" "$tree/lib/$file"
    done
    file=$(grep -a -o '/lib/ld-linux[a-z0-9.-]*' "$tree/bin/ethtool")
    cp -L "$(find "$work/tools" -name "${file##*/}" | head -n 1)" "$tree$file"
}

make_initramfs()
{
    local tree=$work/initramfs path name applet
    declare -A module_paths=() module_builtin=() module_done=()

    mkdir -p "$tree"/{bin,dev,etc,lib/modules,proc,sys,tmp}
    unpack busybox-static_ busybox
    cp "$(find "$work/busybox" -path '*bin/busybox' -type f)" "$tree/bin/busybox"
    ln -s busybox "$tree/bin/sh"
    tr '\0' '\n' < "$tree/bin/busybox" > "$work/strings"
    for applet in $applets; do
        grep -qax "$applet" "$work/strings" || die "this busybox has no applet $applet: ${packages[*]}"
    done
    install -m 755 "$root/scripts/guest/init" "$tree/init"
    install -m 755 "$root/scripts/guest/netup" "$root/scripts/guest/card" "$root/scripts/guest/dhcp" "$tree/bin"
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
    for name in $spare_modules; do add_module "$name" optional modules.spare; done
    add_tools

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
    (cd "$root" && sha256sum "scripts/build-guest.sh" scripts/lib/debian.sh scripts/guest/* platforms/*.dts*)
    echo "packages ${packages[*]}"
    echo "bootargs ${BOOTARGS:-}"
    [ -z "${KERNEL:-}" ] || echo "kernel $(sha256sum < "$KERNEL")"
    [ -z "${INITRD:-}" ] || echo "initrd $(sha256sum < "$INITRD")"
}

# --- Main ---------------------------------------------------------------------------------------------

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
prefix=guest
remedy="KERNEL=/path/Image INITRD=/path/initramfs brings your own guest"
. "$root/scripts/lib/debian.sh"

arch=arm64 suite='' wanted='' flavour='' update='' list='' firmware=''
while [ $# -gt 0 ]; do
    case $1 in
        --arch | --suite | --kernel-release | --flavour)
            [ -n "${2:-}" ] || die "$1 needs a value"
            set -- "$1=$2" "${@:3}"
            continue ;;
        --arch=*) arch=${1#*=} ;;
        --suite=*) suite=${1#*=} ;;
        --kernel-release=*) wanted=${1#*=}; wanted=${wanted%.\*} ;;
        --flavour=*) flavour=${1#*=} ;;
        --list) list=yes ;;
        --update) update=yes ;;
        -h | --help) usage; exit ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done
# They become parts of file names.
for word in "$suite" "$wanted" "$flavour"; do
    case $word in *[!a-zA-Z0-9.+~_-]*) die "'$word' is no name of a suite, kernel release or flavour" ;; esac
done
name=$arch${suite:+-$suite}${wanted:+-$wanted}${flavour:+-$flavour}
select_arch "$arch"

need "mawk util-linux coreutils tar gzip" awk flock sha256sum gzip od
for path in "${KERNEL:-}" "${INITRD:-}"; do
    [ -z "$path" ] || [ -r "$path" ] || die "cannot read $path"
done

out=$root/build/guest/$name
outputs=(Image initramfs.cpio.gz)
for board in $boards; do outputs+=("${board%:*}.dtb"); done
[ -z "$firmware" ] || outputs+=("$firmware.bin")
open_cache "$out"

if [ -n "$list" ]; then
    prepare_apt "$arch" "$suite"
    kernel_releases
    exit
fi
packages=()
if [ -z "${KERNEL:-}" ] || [ -z "${INITRD:-}" ] || [ -n "$firmware" ]; then find_packages; fi
if [ -z "${INITRD:-}" ]; then find_tools; fi
inputs > "$work/inputs"
if up_to_date "$out" "${outputs[@]}"; then
    say "${out#"$root/"} is up to date"
    exit
fi

provide device-tree-compiler dtc fdtput fdtget
if [ -z "${KERNEL:-}" ] || [ -z "${INITRD:-}" ]; then unpack linux- kernel; fi
cp "${KERNEL:-$(kernel_image)}" "$work/Image"
check_kernel "$work/Image" "${KERNEL:-"the kernel of ${packages[0]}"}"
if [ -n "${INITRD:-}" ]; then
    cp "$INITRD" "$work/initramfs.cpio.gz"
else
    provide cpio cpio
    make_initramfs
fi
make_boards
[ -z "$firmware" ] || unpack_firmware
publish "$out" "${outputs[@]}"
say "${out#"$root/"} is ready"
