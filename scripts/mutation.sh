#!/usr/bin/env bash
# renode-virtio-net, MIT licence: see LICENSE.
# Mutation score of the core, room by room: how many small changes of its code, made by dotnet-stryker, its own tests
# notice. Takes from minutes to hours for a room; exhaustive tests are left out. Fails if a room is below its floor in
# scripts/rooms.txt. Tests that hang count as noticed; tests/stryker-config.json gives them 15 s more than usual, so that a
# machine that does other work meanwhile is not taken for one. A report of each room is left in build/mutation. Needs the
# .NET SDK only. It works in build/: whoever builds the tests meanwhile takes its changes away, and the score is wrong.
#
#   scripts/mutation.sh [room...]      such as Memory or Transport/Core; every room unless given
#   FILES='PackedVirtqueue.cs' scripts/mutation.sh Queues
#                                      only some files of a room; its floor does not count then
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/rooms.sh
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_ROLL_FORWARD=Major
# Enough of the random walks to notice a change, and the same ones each time.
export RING_STEPS=${RING_STEPS:-5000} RING_REPLAY=${RING_REPLAY:-1,3} TRAFFIC_STEPS=${TRAFFIC_STEPS:-200}

choose_rooms "$@"
dotnet tool restore > /dev/null

# Prints the project that compiles a room: the innermost one whose folder it is in.
project_of() # room
{
    local folder=src/Peripherals/VirtioNet/$1
    until ls "$folder"/*.csproj > /dev/null 2>&1; do folder=$(dirname "$folder"); done
    basename "$folder"/*.csproj
}

mkdir -p build/mutation
below=()
for room in "${rooms[@]}"; do
    log=$PWD/build/mutation/${room//\//.}.log
    project=$(project_of "$room")
    filter=$(filter_of "$(room_field "$room" 2)")
    mutate=()
    for file in ${FILES:-*.cs}; do
        mutate+=(--mutate "**/VirtioNet/$room/$file")
    done
    floor=$(room_field "$room" 4)
    [ "$floor" != - ] && [ -z "${FILES:-}" ] || floor=0
    (cd tests && dotnet stryker --test-project Tests.csproj --project "$project" --configuration Release \
        --concurrency "$(nproc)" \
        --test-case-filter "$filter" "${mutate[@]}" --output "../build/mutation/${room//\//.}" \
        --reporter cleartext --reporter html --reporter json --break-at "$floor" --threshold-low "$floor" --threshold-high 100 \
        > "$log" 2>&1) || below+=("$room")
    # Its last sentence. Without one it has not come to an end, and the log says why.
    score=$(sed -n 's/.*final mutation score is *//p' "$log")
    [ -n "$score" ] || tail -n 20 "$log" >&2
    echo "$room: ${score:-not measured}, at least $floor % wanted"
done
[ ${#below[@]} = 0 ] || {
    echo "below their floor in scripts/rooms.txt, or not measured: ${below[*]}; build/mutation/ROOM.log says more" >&2
    exit 1
}
