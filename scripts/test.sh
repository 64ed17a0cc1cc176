#!/usr/bin/env bash
# renode-virtio-net, MIT licence: see LICENSE.
# Runs every test that this machine can run, and does all the set-up for it. What needs Renode is counted
# as skipped where there is none. Ends with one line: N passed, N failed, N skipped.
#
#   scripts/test.sh            everything
#   scripts/test.sh --core     only what needs no Renode: the core, and real drivers in QEMU and DPDK
set -uo pipefail
cd "$(dirname "$0")/.." || exit
case "${1:-}" in '' | --core) ;; *) echo "usage: scripts/test.sh [--core]" >&2; exit 2 ;; esac
results=$PWD/build/test-results
rm -rf "$results"
mkdir -p "$results"
. scripts/lib/install.sh
passed=0 failed=0 skipped=0
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_ROLL_FORWARD=Major

command -v dotnet > /dev/null || { echo "the .NET SDK (8 or later) is missing: install it and run this again" >&2; exit 1; }

say() { printf '\n== %s\n' "$*"; }

# attribute NAME TEXT: the number that an XML element's text gives the attribute.
# shellcheck disable=SC2001
attribute() { sed "s/.* $1=\"\([0-9]*\)\".*/\1/" <<< "$2"; }

# nunit PROJECT NAME: builds and runs a test project, and adds its counts.
nunit() {
    say "$2"
    dotnet test "$1" -c Release --logger "trx;LogFileName=$results/$2.trx" --verbosity quiet -nologo \
        --logger "console;verbosity=minimal" || true
    if [ ! -f "$results/$2.trx" ]; then
        echo "$2 did not build or run"
        failed=$((failed + 1))
        return
    fi
    local counters total ok bad
    counters=$(grep -m1 '<Counters' "$results/$2.trx")
    total=$(attribute total "$counters") ok=$(attribute passed "$counters") bad=$(attribute failed "$counters")
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + total - ok - bad))
}

robot_cases() { awk '/^\*\*\*/ { on = /Test Cases/ } on && /^[^ *#\t]/ { n++ } END { print n + 0 }' "$@"; }

nunit_cases() { grep -rhoE '^\s*\[Test(Case)?[](]' "$1" --include='*.cs' | wc -l; }

# skip REASON: counts everything that needs Renode.
skip() {
    local robot nunit
    robot=$(robot_cases robot-tests/*.robot)
    nunit=$(nunit_cases tests/Renode)
    echo "skipped: $robot robot tests and $nunit tests in Renode's assemblies: $1"
    skipped=$((skipped + robot + nunit))
}

# Real drivers over vhost-user. What they need and cannot be had, each test says, and is skipped.
guest_tests() {
    say "drivers"
    provide_command "$results/apt.log" qemu-system-aarch64 qemu-system-arm || true
    provide_command "$results/apt.log" dpdk-testpmd dpdk-dev || true
    scripts/build-guest.sh || true
    nunit tests/Guests/Guests.Tests.csproj guests
    # Each reason once.
    grep -ohE '<Message>.*(is not on the PATH|is not there|does not run here).*' "$results/guests.trx" | sed 's/<[^>]*>//g' | sort | uniq -c | sed 's/^ */skipped: /' || true
}

renode_tests() {
    say "plugin"
    if ! scripts/build-plugin.sh; then
        failed=$((failed + 1))
        return
    fi
    nunit tests/Renode/Renode.Tests.csproj renode-assemblies

    say "guest"
    # What a test needs of the host; without root, or off Debian, the test says what is missing and is skipped.
    provide_command "$results/apt.log" ip iproute2 || true
    provide_command "$results/apt.log" ping iputils-ping || true
    provide_command "$results/apt.log" dtc device-tree-compiler || true
    if ! scripts/build-guest.sh || ! scripts/build-firmware.sh; then
        failed=$((failed + 1))
        return
    fi

    # Debian's trixie is the first to have it. Where it cannot be had, its tests are skipped.
    scripts/build-guest.sh --arch riscv64 || true
    # The kernel that drives Renode's CadenceGEM, too.
    scripts/build-guest.sh --flavour arm64 || true
    # Without cross compilers the bare-metal tests are skipped.
    scripts/build-baremetal.sh || true

    say "robot"
    local test=$RENODE_ROOT/renode-test
    if ! "$test" --help > /dev/null 2>&1; then
        # A release brings no Robot Framework. pip checks what it downloads against the digests in these files.
        local python=${VIRTIO_NET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/renode-virtio-net}/python
        export PYTHONPATH=$python${PYTHONPATH:+:$PYTHONPATH}
        {
            python3 -m pip install --upgrade --target "$python" --require-hashes -r scripts/requirements-build.txt &&
                python3 -m pip install --upgrade --target "$python" --require-hashes --no-build-isolation --use-pep517 \
                    -r scripts/requirements.txt
        } > "$results/pip.log" 2>&1 || true
    fi
    if ! "$test" --help > /dev/null 2>&1; then
        local count
        count=$(robot_cases robot-tests/*.robot)
        echo "skipped: $count robot tests: $test does not run here; it needs Robot Framework 6.1 for python3"
        skipped=$((skipped + count))
        return
    fi
    # Renode 1.16.1 dies when its translation cache, 32 MiB at first, has to grow just while running code asks for a
    # translation (tlib frees the code that it is to return to). This one does not have to grow.
    printf '[translation]\nmin-tb-size = 134217728\n' > "$results/renode.config"
    "$test" --renode-config "$results/renode.config" --results-dir "$results" robot-tests/*.robot < /dev/null
    local stat
    stat=$(grep -oE '<stat pass="[0-9]+" fail="[0-9]+" skip="[0-9]+">All Tests' "$results/robot_output.xml" | head -1)
    if [ -z "$stat" ]; then
        echo "robot left no results"
        failed=$((failed + 1))
        return
    fi
    passed=$((passed + $(attribute pass "$stat")))
    failed=$((failed + $(attribute fail "$stat")))
    skipped=$((skipped + $(attribute skip "$stat")))
}

nunit tests/Tests.csproj core
# The tests above have held the document against their own attributes.
awk -F ' *[|] *' '/^[|] all [|]/ { printf "rules: %d held, %d not yet, %d not applicable (docs/conformance.md)\n", $5, $6, $7 }' docs/conformance.md
guest_tests
if [ "${1:-}" = --core ]; then
    skip "--core was asked for"
elif RENODE_ROOT=$(scripts/setup-renode.sh 2> "$results/renode.log"); then
    export RENODE_ROOT
    echo "Renode: $RENODE_ROOT"
    renode_tests
else
    skip "$(cat "$results/renode.log")"
fi

printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
