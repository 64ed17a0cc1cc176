#!/usr/bin/env bash
# Mutation score of Queues/ and Memory/: how many small changes of the code their own tests notice. Takes a quarter of an
# hour or more; exhaustive tests are left out, they would repeat their millions of cases for each change.
# Fails below the floor that the project has set itself. A report is left in build/mutation. Needs the .NET SDK only.
#
#   scripts/mutation.sh [files...]      such as Queues/PackedVirtqueue.cs; all of both rooms unless given
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_ROLL_FORWARD=Major
# Enough of the random walks to notice a change, and the same ones each time.
export RING_STEPS=${RING_STEPS:-5000} RING_REPLAY=${RING_REPLAY:-1,3}

[ $# -gt 0 ] || set -- 'Queues/*.cs' 'Memory/*.cs'
mutate=()
for file in "$@"; do
    mutate+=(--mutate "**/$file")
done
dotnet tool restore > /dev/null
cd tests
dotnet stryker --test-project Tests.csproj --project VirtioNet.Core.csproj --configuration Release \
    --test-case-filter '(FullyQualifiedName~VirtioNet.Tests.Queues|FullyQualifiedName~VirtioNet.Tests.Memory)&TestCategory!=Exhaustive' \
    "${mutate[@]}" --output ../build/mutation --reporter cleartext --reporter html --reporter json \
    --break-at 80 --threshold-low 80 --threshold-high 90
