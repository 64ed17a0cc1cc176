#!/usr/bin/env bash
# renode-virtio-net, MIT licence: see LICENSE.
# Builds the bare-metal guest of robot-tests/baremetal: build/baremetal/<arch>/echo.elf, with Debian's cross compilers.
# Does nothing if it is up to date.
set -euo pipefail
cd "$(dirname "$0")/.."
sources=$PWD/robot-tests/baremetal

usage()
{
    cat << END
usage: scripts/build-baremetal.sh [arm64|riscv64]...

Makes build/baremetal/<arch>/echo.elf for each architecture named, else for both.
As root on Debian, missing compilers are installed.
END
}

# The compiler's package on Debian and the flags that the architecture needs.
select_arch()
{
    case $1 in
        arm64)
            prefix=aarch64-linux-gnu
            # The MMU is off, so unaligned accesses would fault; no FPU is switched on.
            flags="-march=armv8-a -mgeneral-regs-only -mstrict-align -mno-outline-atomics" ;;
        riscv64)
            prefix=riscv64-linux-gnu
            flags="-march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -mstrict-align -mno-relax" ;;
        *)
            echo "firmware: there is no '$1', only arm64 and riscv64" >&2
            exit 2 ;;
    esac
    cc=$prefix-gcc
}

find_compiler()
{
    command -v "$cc" > /dev/null && return
    if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
        echo "firmware: installing gcc-$prefix"
        { apt-get update && apt-get install -y --no-install-recommends "gcc-$prefix"; } > "$out/apt.log" 2>&1 || true
    fi
    command -v "$cc" > /dev/null || {
        echo "firmware: $cc is missing: install Debian's gcc-$prefix" >&2
        exit 1
    }
}

build()
{
    local out=build/baremetal/$1 cc flags prefix
    select_arch "$1"
    mkdir -p "$out"
    if [ -f "$out/echo.elf" ] &&
        [ -z "$(find "$sources" scripts/build-baremetal.sh -newer "$out/echo.elf" ! -name README.md -print -quit)" ]; then
        return
    fi
    find_compiler
    # Strict about the dialect, and nothing of a hosted system: memory.c brings what the compiler calls.
    # shellcheck disable=SC2086
    $cc $flags -std=gnu11 -O2 -g -Wall -Wextra -Werror -Wmissing-prototypes \
        -ffreestanding -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns \
        -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,max-page-size=4096 \
        -I "$sources" -I "$sources/$1" -T "$sources/$1/link.ld" \
        "$sources"/*.c "$sources/$1"/*.[cS] -o "$out/echo.elf.part"
    mv "$out/echo.elf.part" "$out/echo.elf"
    echo "firmware: $PWD/$out/echo.elf"
}

case ${1:-} in
    -h | --help) usage; exit ;;
esac
[ $# -gt 0 ] || set -- arm64 riscv64
for arch; do
    build "$arch"
done
