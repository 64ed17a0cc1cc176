#!/usr/bin/env bash
# Line coverage of Queues/ and Memory/ by their own tests, file by file, and the lines that no test reaches.
# Fails below the floor that the project has set itself. Needs the .NET SDK only.
set -euo pipefail
cd "$(dirname "$0")/.."
floor=95.9
results=$PWD/build/coverage
rm -rf "$results"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_ROLL_FORWARD=Major

dotnet test tests/Tests.csproj -c Release --nologo --verbosity quiet --results-directory "$results" \
    --filter 'FullyQualifiedName~VirtioNet.Tests.Queues|FullyQualifiedName~VirtioNet.Tests.Memory' \
    --collect 'XPlat Code Coverage' -- 'DataCollectionRunSettings.DataCollectors.DataCollector.Configuration.Include=[VirtioNet.Core]*'

# A line counts as covered if any of the classes and methods that report it was run there.
awk -v floor="$floor" '
    match($0, /filename="[^"]*"/) { file = substr($0, RSTART + 10, RLENGTH - 11); sub(/.*VirtioNet\//, "", file) }
    file ~ /^(Queues|Memory)\// && match($0, /<line number="[0-9]+" hits="[0-9]+"/) {
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
        if(total == 0) { print "no coverage was reported" > "/dev/stderr"; exit 1 }
        printf "line coverage of Queues/ and Memory/: %.1f %% (%d of %d lines), at least %s %% wanted\n", 100 * sum / total, sum, total, floor
        exit 100 * sum / total < floor
    }' "$results"/*/coverage.cobertura.xml
