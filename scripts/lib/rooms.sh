# renode-virtio-net, MIT licence: see LICENSE.
# shellcheck shell=bash
# Sourced by the scripts that measure the core room by room, in the checkout's root. A room is a folder with sources
# below src/Peripherals/VirtioNet, such as Queues or Transport/Core, but for Renode/, whose tests need an emulator.
# scripts/rooms.txt has a row for each.

# shellcheck disable=SC2034
# Sets $rooms to those of the command line, or to all. Exits with what is wrong if one is none or has no row.
choose_rooms() # room...
{
    local room all=()
    mapfile -t all < <(find src/Peripherals/VirtioNet -mindepth 2 -name '*.cs' ! -path '*/VirtioNet/Renode/*' -printf '%P\n' |
        sed 's|/[^/]*$||' | sort -u)
    for room in "${all[@]}"; do
        [ -n "$(room_field "$room" 2)" ] || {
            echo "scripts/rooms.txt has no row for the room $room: add one that names the folders that test it" >&2
            exit 1
        }
    done
    for room; do
        [[ " ${all[*]} " = *" $room "* ]] || {
            echo "there is no room '$room'; there are: ${all[*]}" >&2
            exit 2
        }
    done
    rooms=("${all[@]}")
    [ $# = 0 ] || rooms=("$@")
}

# Prints a field of a room's row: 2 tests, 3 lines, 4 mutants.
room_field() # room, number
{
    awk -v room="$1" -v number="$2" '$1 == room { print $number }' scripts/rooms.txt
}

# Prints the filter that chooses the tests of some folders. Left out are exhaustive tests, which would take each change, or
# count each line, millions of times, and those that look for forbidden calls in the compiled core: the tools that measure
# add calls of their own to it.
filter_of() # folders, separated by commas
{
    local names=${1//\//.}
    echo "(FullyQualifiedName~VirtioNet.Tests.${names//,/.|FullyQualifiedName~VirtioNet.Tests.}.)&TestCategory!=Exhaustive&FullyQualifiedName!~CoreRulesTests"
}
