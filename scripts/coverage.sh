#!/usr/bin/env bash
# renode-virtio-net, MIT licence: see LICENSE.
# Line coverage of the core, room by room, each by its own tests alone. Fails if a room is below its floor in
# scripts/rooms.txt. Exhaustive tests are left out. Needs the .NET SDK only.
#
#   scripts/coverage.sh [room...]      such as Queues or Transport/Core; every room unless given
#
# build/coverage/ROOM.txt has each file's share and the lines that no test reaches.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/rooms.sh
results=$PWD/build/coverage
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_ROLL_FORWARD=Major

choose_rooms "$@"
rm -rf "$results"
mkdir -p "$results"

# Runs a command, and shows what it printed only if it fails.
quietly() # command, argument...
{
    "$@" > "$results/log" 2>&1 || {
        cat "$results/log" >&2
        return 1
    }
}

# Runs the tests of some folders once, for all rooms that they test.
collect() # folders
{
    [ ! -d "$results/$1.run" ] || return 0
    echo "running the tests of $1"
    quietly dotnet test tests/Tests.csproj -c Release --no-build --nologo --results-directory "$results/$1.run" \
        --filter "$(filter_of "$1")" --collect 'XPlat Code Coverage' \
        -- 'DataCollectionRunSettings.DataCollectors.DataCollector.Configuration.Include=[VirtioNet.*]*' || {
        echo "tests of $1 failed, so what they cover says nothing" >&2
        exit 1
    }
}

# Prints the share of each file of a room, its lines that were not run, and last "ROOM COVERED LINES". A line counts as
# covered if any of the classes and methods that report it was run there.
summarize() # room, report
{
    awk -v room="$1" '
        match($0, /filename="[^"]*"/) {
            file = substr($0, RSTART + 10, RLENGTH - 11)
            sub(/.*VirtioNet\//, "", file)
            folder = file
            sub(/\/[^\/]*$/, "", folder)
        }
        folder == room && match($0, /<line number="[0-9]+" hits="[0-9]+"/) {
            split(substr($0, RSTART, RLENGTH), part, "\"")
            line = file ":" part[2]
            if(!(line in hits)) { hits[line] = 0; lines[file]++ }
            if(part[4] > 0 && hits[line] == 0) { hits[line] = 1; covered[file]++ }
        }
        END {
            for(file in lines) { total += lines[file]; sum += covered[file]; printf "%6.1f %%  %s\n", 100 * covered[file] / lines[file], file | "sort -k3" }
            close("sort -k3")
            for(line in hits) if(hits[line] == 0) print "not covered: " line | "sort -V"
            close("sort -V")
            print room, sum + 0, total + 0
        }' "$2"
}

quietly dotnet build tests/Tests.csproj -c Release --nologo --verbosity quiet
below=0
for room in "${rooms[@]}"; do
    folders=$(room_field "$room" 2)
    collect "$folders"
    page=$results/${room//\//.}.txt
    summarize "$room" "$results/$folders.run"/*/coverage.cobertura.xml > "$page"
    # A room of declarations only has no line that could run.
    tail -n 1 "$page" | awk -v floor="$(room_field "$room" 3)" '
        $3 == 0 { printf "     -    %s: no line that runs\n", $1; exit }
        {
            share = 100 * $2 / $3
            printf "%6.1f %%  %s: %d of %d lines, %s\n", share, $1, $2, $3, floor == "-" ? "no floor yet" : "at least " floor " % wanted"
            exit floor != "-" && share < floor
        }' || below=$((below + 1))
done
[ "$below" = 0 ] || {
    echo "$below rooms are below their floor in scripts/rooms.txt; build/coverage/ROOM.txt has the lines" >&2
    exit 1
}
