#!/usr/bin/env bash
# renode-virtio-net, MIT licence: see LICENSE.
# Builds build/plugin/VirtioNet.dll against the Renode that find-renode.sh finds.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build VirtioNet.Plugin.csproj -c Release -v quiet -nologo "$@"
echo "plugin: $PWD/build/plugin/VirtioNet.dll"
