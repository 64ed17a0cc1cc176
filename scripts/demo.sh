#!/usr/bin/env bash
# renode-virtio-net, MIT licence: see LICENSE.
# Two unmodified Debian guests in Renode ping each other through virtio-net PCI cards. Does all its own
# set-up. Where no Renode can be had it says so, and two such guests in QEMU reach each other through the same device;
# without QEMU it is the lab's own two nodes.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$PWD/build/demo
mkdir -p "$out"
rm -f "$out"/*
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_ROLL_FORWARD=Major
command -v dotnet > /dev/null || { echo "the .NET SDK (8 or later) is missing: install it and run this again" >&2; exit 1; }

if ! RENODE_ROOT=$(scripts/setup-renode.sh); then
    . scripts/lib/install.sh
    if provide_command "$out/apt.log" qemu-system-aarch64 qemu-system-arm && scripts/build-guest.sh; then
        printf '\nSo here are two unmodified Debian guests in QEMU, on the same rings and the same network device.\n\n'
        exec dotnet run --project lab -c Release -- guests --capture "$out/lab.pcap"
    fi
    printf '\nNor is there QEMU with a guest to boot: that takes Debian, and root or the package qemu-system-arm.\n'
    printf 'So here is the lab: two nodes on the same device and wiring, with no emulator.\n\n'
    exec dotnet run --project lab -c Release -- ping --capture "$out/lab.pcap"
fi
export RENODE_ROOT
echo "demo: Renode in $RENODE_ROOT"
scripts/build-guest.sh
# A portable Renode has no assemblies to build against; load-plugin.resc compiles the sources then.
scripts/build-plugin.sh > "$out/plugin.log" 2>&1 || echo "demo: no prebuilt plugin, Renode compiles the sources"

echo "demo: booting two nodes, about half a minute; node1's console follows"
echo
touch "$out/node1.log"
# A path as Renode's monitor reads it.
monitor_path() { printf '@%s' "${1// /\\ }"; }
cat > "$out/demo.resc" << END
\$console1=$(monitor_path "$out/node1.log")
\$console2=$(monitor_path "$out/node2.log")
\$capture=$(monitor_path "$out/demo.pcap")
include $(monitor_path "$PWD/scripts/demo.resc")
END
# A standard input that stays open: at its end, Renode's console thread would spin.
mkfifo "$out/stdin"
exec 3<> "$out/stdin"
# Waits in the pipe until the script has ended, or has failed.
echo quit >&3
"$RENODE_ROOT/renode" --disable-gui --console --plain -e "include $(monitor_path "$out/demo.resc")" <&3 > "$out/renode.log" 2>&1 &
renode=$!
tail --pid=$renode -n +1 -F "$out/node1.log" 2> /dev/null || true
wait $renode || true
rm -f "$out/stdin"

printf '\n'
sed -n '/^-----/,/Renode is quitting/p' "$out/renode.log" | grep '|' || true
if grep -q ' 0% packet loss' "$out/node1.log"; then
    printf '\nThe nodes reached each other without loss.\n'
    echo "capture:  $out/demo.pcap (open it with Wireshark)"
    echo "consoles: $out/node1.log, $out/node2.log"
    echo "by hand:  $RENODE_ROOT/renode -e 'include $(monitor_path "$PWD/scripts/two-nodes.resc"); start'"
else
    printf '\nThe nodes did not reach each other. What Renode said:\n'
    tail -20 "$out/renode.log"
    exit 1
fi
