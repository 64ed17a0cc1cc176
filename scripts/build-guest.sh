#!/usr/bin/env bash
# Makes the Linux guest that the demos and robot tests boot: build/guest/<arch>/{Image,initramfs.cpio.gz,board.dtb},
# and a device tree for each further board of that architecture,
# from Debian's own packages: a cloud kernel, its virtio modules and busybox. Needs no root and leaves the
# machine's package state alone.
set -euo pipefail

usage()
{
    cat << END
usage: scripts/build-guest.sh [--arch arm64] [--update]

Makes build/guest/<arch>/{Image,initramfs.cpio.gz,board.dtb}, and arm64-virt-mmio.dtb for the board without PCI;
does nothing if they are up to date.

  --arch ARCH   the guest's architecture: arm64 (default)
  --update      look for newer Debian packages instead of using the downloaded ones
  --help        this text

Environment:
  KERNEL=PATH          an uncompressed kernel Image to use instead of Debian's
  INITRD=PATH          an initramfs to use instead of the one made here, whose modules fit Debian's kernel only;
                       with both, nothing is downloaded but dtc, if it is not installed
  BOOTARGS=WORDS       added to the kernel command line, e.g. "virtio_pci.force_legacy=1 noip"
  VIRTIO_NET_CACHE=DIR downloads (default: \${XDG_CACHE_HOME:-~/.cache}/renode-virtio-net)
END
}

say() { echo "guest: $*"; }
die() { echo "guest: $*" >&2; exit 1; }

# --- What differs between guest architectures ------------------------------------------------------

select_arch()
{
    files="Image initramfs.cpio.gz board.dtb"
    more_boards= # of platforms/; their device trees bear their names
    case $1 in
        arm64)
            kernel_meta=linux-image-cloud-arm64
            board=$root/platforms/arm64-virt.dts
            more_boards="arm64-virt-mmio"
            initrd_start=$((0x48000000)) # as in the .dts and the .resc files
            initrd_limit=$((0x4f000000)) # where they put the device tree
            ;;
        *) die "no guest for architecture '$1'; there is arm64" ;;
    esac
    local name
    for name in $more_boards; do files="$files $name.dtb"; done
}

# An arm64 Image has "ARM\x64" at offset 56; a compressed one would have to be unpacked by a boot loader.
check_kernel() # path, name for the message
{
    [ "$(od -An -tx1 -j 56 -N 4 "$1" | tr -d ' \n')" = 41524d64 ] || die "$2 is not a plain arm64 Image"
}

# The driver's stack, and virtio-mmio for comparison. Dependencies are added, modules built into the kernel dropped.
modules="virtio_pci virtio_net virtio_mmio"
# A load generator; not in every kernel.
optional_modules="pktgen"

# What init and the tests call; a busybox without one of them would fail late and obscurely.
applets="sh mount insmod rmmod ip stty dmesg setsid cttyhack hostname grep awk rev tr cat ls basename readlink
    ping nc dd sha256sum"

# --- Debian packages, without root and beside the machine's own package state ------------------------

# Debian's sources of this machine, for another architecture: deb822 and one-line files, less the ones from elsewhere
# (other suites, keys or components) and less their own limits on the architecture.
write_sources() # directory
{
    local suites="$VERSION_CODENAME|oldstable|stable|testing|unstable|sid"
    suites="^($suites)(-updates|-security|/updates)?$"
    rm -rf "$1"
    mkdir -p "$1"
    cat /dev/null $(ls /etc/apt/sources.list.d/*.sources 2> /dev/null) | awk -v RS= -v FS='\n' -v suites="$suites" '
        {
            main = debian = 0; key = 1; text = ""
            for(i = 1; i <= NF; i++)
            {
                if($i ~ /^#/ || tolower($i) ~ /^architectures:/) continue
                n = split($i, word, /[ \t]+/)
                field = tolower(word[1])
                if(field == "enabled:" && word[2] == "no") next
                if(field == "signed-by:" && $i !~ /debian-archive/) key = 0
                for(j = 2; j <= n; j++)
                {
                    if(field == "components:" && word[j] == "main") main = 1
                    if(field == "suites:" && word[j] ~ suites) debian = 1
                }
                text = text $i "\n"
            }
            if(main && debian && key) print text
        }' > "$1/debian.sources"
    cat /dev/null $(ls /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2> /dev/null) | awk -v suites="$suites" '
        $1 == "deb" {
            options = ""
            if(match($0, /\[[^]]*\]/))
            {
                options = substr($0, RSTART, RLENGTH)
                $0 = substr($0, 1, RSTART - 1) substr($0, RSTART + RLENGTH)
            }
            gsub(/arch[+-]?=[^] ]*/, "", options)
            if(options ~ /^\[ *\]$/) options = ""
            if(options ~ /signed-by=/ && options !~ /debian-archive/) next
            if($2 !~ /^cdrom:/ && $3 ~ suites && / main( |$)/) { $1 = ""; print "deb " options $0 }
        }' > "$1/debian.list"
    grep -q . "$1"/debian.* || die "/etc/apt names no Debian package source; $remedy"
}

# Package lists are needed only here and now, so they are not kept. Of the machine's settings only "Acquire" (proxies)
# is taken, so that none of its hooks runs.
prepare_apt() # architecture
{
    apt_dir=$staging/apt-$1
    [ ! -e "$apt_dir/ready" ] || return 0
    [ -n "$VERSION_CODENAME" ] && command -v apt-get > /dev/null && command -v dpkg-deb > /dev/null ||
        die "packages are needed, and this is not a Debian system; $remedy"
    mkdir -p "$apt_dir"/{lists/partial,archives/partial}
    : > "$apt_dir/status"
    write_sources "$apt_dir/sources"
    {
        apt-config dump 2> /dev/null | grep '^Acquire::.* ".\+";$' | grep -v '^Acquire::IndexTargets' || true
        cat << END
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$apt_dir/sources";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "$apt_dir";
Dir::State::lists "$apt_dir/lists";
Dir::State::status "$apt_dir/status";
Dir::Cache "$apt_dir";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
APT::Architecture "$1";
APT::Architectures { "$1"; };
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "3";
END
    } > "$apt_dir/apt.conf"
    say "reading the package lists ($1)"
    APT_CONFIG=$apt_dir/apt.conf apt-get -qq update >&2 || die "apt-get update failed; $remedy"
    : > "$apt_dir/ready"
}

# The newest version's value of a field, e.g. Depends.
package_field() # package, field
{
    APT_CONFIG=$apt_dir/apt.conf apt-cache show --no-all-versions "$1" 2> /dev/null | sed -n "s/^$2: //p" | head -n 1
}

# Downloads packages to the cache (apt checks signatures and sums) and adds their file names to $downloaded.
download() # package...
{
    local package file
    for package in "$@"; do
        say "downloading $package"
        (cd "$staging" && APT_CONFIG=$apt_dir/apt.conf apt-get -qq download "$package" > /dev/null) ||
            die "cannot download $package; $remedy"
        file=$(cd "$staging" && ls -- *.deb)
        mv -f "$staging/$file" "$cache/debs/"
        downloaded+=("$file")
    done
}

# Names the guest's packages in $kernel_deb and $busybox_deb, downloaded unless they were before.
find_packages()
{
    local list=$cache/guest-$arch.packages image downloaded=()
    if [ -z "$update" ] && [ -e "$list" ]; then
        read -r kernel_deb busybox_deb < "$list"
        [ ! -e "$cache/debs/$kernel_deb" ] || [ ! -e "$cache/debs/$busybox_deb" ] || return 0
    fi
    prepare_apt "$arch"
    # The meta package follows the kernel's ABI number, which changes with every few security updates.
    image=$(package_field "$kernel_meta" Depends | grep -o 'linux-image-[^ ,]*' | head -n 1) ||
        die "Debian $VERSION_CODENAME has no $kernel_meta; $remedy"
    # The same kernel without the signature that secure boot wants; not every release has it.
    [ -z "$(package_field "$image-unsigned" Version)" ] || image=$image-unsigned
    download "$image" "busybox-static"
    kernel_deb=${downloaded[0]}
    busybox_deb=${downloaded[1]}
    echo "$kernel_deb $busybox_deb" > "$staging/list"
    mv -f "$staging/list" "$list"
}

# Makes host commands available: those installed, else those of a package unpacked into the cache.
provide() # package, command...
{
    local package=$1 command host tools downloaded=() missing=
    shift
    for command in "$@"; do
        command -v "$command" > /dev/null || missing="$missing $command"
    done
    [ -n "$missing" ] || return 0
    command -v dpkg > /dev/null && [ -n "$VERSION_CODENAME" ] ||
        die "missing:$missing; install the package $package (elsewhere also called dtc)"
    host=$(dpkg --print-architecture)
    tools=$cache/tools/$host/$package
    if [ ! -d "$tools" ]; then
        prepare_apt "$host"
        # Its libraries too, but for libc6, which is there.
        download "$package" $(package_field "$package" Depends | grep -o '\<lib[a-z0-9.+-]*' | grep -v '^libc6$')
        for file in "${downloaded[@]}"; do
            dpkg-deb -x "$cache/debs/$file" "$staging/tools"
        done
        mkdir -p "${tools%/*}"
        mv "$staging/tools" "$tools"
    fi
    PATH=$PATH:$tools/usr/bin:$tools/bin
    for directory in "$tools"/usr/lib/*-linux-*; do
        [ ! -d "$directory" ] || export LD_LIBRARY_PATH=$directory${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    done
}

# --- The guest's files, made in $work ---------------------------------------------------------------

unpack_kernel()
{
    say "unpacking $kernel_deb"
    dpkg-deb -x "$cache/debs/$kernel_deb" "$work/kernel"
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

make_board() # source, result
{
    local initrd_end arguments
    initrd_end=$((initrd_start + $(stat -Lc %s "$work/initramfs.cpio.gz")))
    [ "$initrd_end" -le "$initrd_limit" ] || die "the initramfs is too large for its place in memory"
    dtc -q -I dts -O dtb -o "$2" "$1"
    fdtput -t x "$2" /chosen linux,initrd-end "$(printf %x "$initrd_end")"
    if [ -n "${BOOTARGS:-}" ]; then
        arguments=$(fdtget "$2" /chosen bootargs)
        fdtput -t s "$2" /chosen bootargs "$arguments $BOOTARGS"
    fi
}

# True if the guest's files are all there.
complete()
{
    local file
    for file in $files; do [ -e "$out/$file" ] || return; done
}

# Everything that the files depend on. Paths are left out, so that a moved checkout stays up to date.
inputs()
{
    (cd "$root" && sha256sum "scripts/build-guest.sh" scripts/guest/* platforms/*.dts*)
    echo "packages $kernel_deb $busybox_deb"
    echo "bootargs ${BOOTARGS:-}"
    [ -z "${KERNEL:-}" ] || echo "kernel $(sha256sum < "$KERNEL")"
    [ -z "${INITRD:-}" ] || echo "initrd $(sha256sum < "$INITRD")"
}

# --- Main ---------------------------------------------------------------------------------------------

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${VIRTIO_NET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/renode-virtio-net}
remedy="KERNEL=/path/Image INITRD=/path/initramfs brings your own guest"
VERSION_CODENAME=
[ ! -e /etc/os-release ] || eval "$(. /etc/os-release && [ "${ID:-}" = debian ] && echo "VERSION_CODENAME=${VERSION_CODENAME:-sid}")"
export LC_ALL=C
umask 022

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
select_arch "$arch"

missing=
for command in awk flock gzip sha256sum; do
    command -v "$command" > /dev/null || missing="$missing $command"
done
[ -z "$missing" ] || die "missing:$missing; install it (Debian: apt-get install mawk util-linux gzip coreutils)"
for path in "${KERNEL:-}" "${INITRD:-}"; do
    [ -z "$path" ] || [ -r "$path" ] || die "cannot read $path"
done

out=$root/build/guest/$arch
mkdir -p "$out" "$cache/debs"
# One builder at a time for the outputs and for the cache, which other checkouts may share.
exec 8> "$root/build/guest/.lock" 9> "$cache/.lock"
flock 8
flock 9
work=$(mktemp -d "$out.XXXXXX")
staging=$(mktemp -d "$cache/staging.XXXXXX")
trap 'rm -rf "$work" "$staging"' EXIT

kernel_deb=
busybox_deb=
[ -n "${KERNEL:-}" ] && [ -n "${INITRD:-}" ] || find_packages
inputs > "$work/inputs"
if cmp -s "$work/inputs" "$out/.inputs" && complete; then
    say "${out#"$root/"} is up to date"
    exit
fi

provide device-tree-compiler dtc fdtput fdtget
[ -z "$kernel_deb" ] || unpack_kernel
if [ -n "${KERNEL:-}" ]; then
    cp "$KERNEL" "$work/Image"
else
    cp "$(find "$work/kernel/boot" -name 'vmlinuz-*')" "$work/Image"
fi
check_kernel "$work/Image" "${KERNEL:-"the kernel in $kernel_deb"}"
if [ -n "${INITRD:-}" ]; then
    cp "$INITRD" "$work/initramfs.cpio.gz"
else
    provide cpio cpio
    make_initramfs
fi
make_board "$board" "$work/board.dtb"
for name in $more_boards; do make_board "$root/platforms/$name.dts" "$work/$name.dtb"; done

# Each file appears whole. The list of inputs goes first and comes back last, so an interrupted run is done again.
rm -f "$out/.inputs"
(cd "$work" && chmod 644 $files && mv -f $files "$out")
mv -f "$work/inputs" "$out/.inputs"
say "${out#"$root/"} is ready"
