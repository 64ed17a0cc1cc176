# renode-virtio-net, MIT licence: see LICENSE.
# shellcheck shell=bash
# Sourced by the scripts that do all their set-up: programs of this machine, from Debian.

# provide_command LOG COMMAND PACKAGE...: true if the command is there, or could be installed. That takes root and apt.
provide_command() {
    local log=$1 command=$2
    shift 2
    command -v "$command" > /dev/null && return
    [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null || return
    {
        [ -n "${apt_updated:-}" ] || apt-get update
        apt_updated=yes
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
    } >> "$log" 2>&1
    command -v "$command" > /dev/null
}
