# renode-virtio-net, MIT licence: see LICENSE.
# shellcheck shell=bash
# Sourced by the scripts that make guests: Debian packages, downloaded without root and beside the machine's own
# package state. The sourcing script sets $prefix (for messages) and $remedy (what to do without packages), and
# calls open_cache before anything else.
# shellcheck disable=SC2154

cache=${VIRTIO_NET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/renode-virtio-net}
# Empty where this is not Debian.
codename=$({ . /etc/os-release && [ "${ID:-}" = debian ] && echo "${VERSION_CODENAME:-sid}"; } 2> /dev/null || true)
export LC_ALL=C
umask 022

say() { echo "$prefix: $*"; }
die() { echo "$prefix: $*" >&2; exit 1; }

need() # packages to install, command...
{
    local packages=$1 command missing=
    shift
    for command in "$@"; do
        command -v "$command" > /dev/null || missing="$missing $command"
    done
    [ -z "$missing" ] || die "missing:$missing; install it (Debian: apt-get install $packages)"
}

# One builder at a time for build/guest and for the cache, which other checkouts may share. Sets $work, where the
# outputs are made, and $staging, on the cache's file system.
open_cache() # output directory
{
    mkdir -p "${1%/*}" "$cache/debs"
    exec 8> "$root/build/guest/.lock" 9> "$cache/.lock"
    flock 8
    flock 9
    work=$(mktemp -d "$1.XXXXXX")
    staging=$(mktemp -d "$cache/staging.XXXXXX")
    trap 'rm -rf "$work" "$staging"' EXIT
}

# Debian's sources of this machine, for another architecture and, if one is named, another suite: deb822 and one-line
# files, less the ones from elsewhere (other suites, keys or components) and less their own limits on the architecture.
# A suite with a dash, such as trixie-backports, and experimental come beside the release that they add to, which has
# what they lack; sid has neither updates nor security updates.
write_sources() # directory, suite or nothing
{
    local base=${2%%-*} extra='' names
    [ "$2" = "$base" ] || extra=$2
    case $base in experimental | rc-buggy) extra=$base base=sid ;; esac
    # An awk function: what stands for a suite of this machine's in the sources made here, or nothing.
    names='
        function names(word, own, part) {
            own = "^(" codename "|oldstable|stable|testing|unstable|sid)"
            if(word !~ own "(-updates|-security|/updates)?$") return ""
            if(base == "") return word
            part = word
            sub(own, "", part)
            if(part == "") return base (extra == "" ? "" : " " extra)
            return base ~ /^(sid|unstable)$/ ? "" : base (part == "/updates" ? "-security" : part)
        }'
    rm -rf "$1"
    mkdir -p "$1"
    find /etc/apt -path '/etc/apt/sources.list.d/*.sources' -exec \
        awk -v RS= -v FS='\n' -v codename="$codename" -v base="$base" -v extra="$extra" "$names"'
        {
            main = 0; key = 1; suites = text = ""
            for(i = 1; i <= NF; i++)
            {
                if($i ~ /^#/ || tolower($i) ~ /^architectures:/) continue
                n = split($i, word, /[ \t]+/)
                field = tolower(word[1])
                if(field == "enabled:" && word[2] == "no") next
                if(field == "signed-by:" && $i !~ /debian-archive/) key = 0
                if(field == "components:") for(j = 2; j <= n; j++) if(word[j] == "main") main = 1
                if(field == "suites:")
                {
                    for(j = 2; j <= n; j++) if(names(word[j]) != "") suites = suites " " names(word[j])
                    continue
                }
                text = text $i "\n"
            }
            if(main && suites != "" && key) print text "Suites:" suites "\n"
        }' {} + > "$1/debian.sources"
    find /etc/apt '(' -path /etc/apt/sources.list -o -path '/etc/apt/sources.list.d/*.list' ')' -exec \
        awk -v codename="$codename" -v base="$base" -v extra="$extra" "$names"'
        $1 == "deb" {
            options = ""
            if(match($0, /\[[^]]*\]/))
            {
                options = substr($0, RSTART, RLENGTH)
                $0 = substr($0, 1, RSTART - 1) substr($0, RSTART + RLENGTH)
            }
            gsub(/arch[+-]?=[^] ]*/, "", options)
            if(options ~ /^\[ *\]$/) options = ""
            if(options ~ /signed-by=/ && options !~ /debian-archive/ || $2 ~ /^cdrom:/ || !/ main( |$)/) next
            n = split(names($3), word, " ")
            for(j = 1; j <= n; j++) print "deb", options, $2, word[j], "main"
        }' {} + | sort -u > "$1/debian.list"
    grep -q . "$1"/debian.* || die "/etc/apt names no Debian package source; $remedy"
}

# Runs an apt command on the lists of the last prepare_apt.
run_apt() # command, argument...
{
    APT_CONFIG=$apt_dir/apt.conf "$@"
}

# Reads package lists for one architecture. They are needed only here and now, so they are not kept. Of the machine's
# settings only "Acquire" (proxies) is taken, so that none of its hooks runs. apt takes a list only if Debian's archive
# key has signed it, and a package only if it has the SHA-256 of the list.
prepare_apt() # architecture, suite if not the machine's own
{
    local suite=${2:-}
    apt_dir=$staging/apt-$1${suite:+-$suite}
    [ ! -e "$apt_dir/ready" ] || return 0
    if [ -z "$codename" ] || ! command -v apt-get > /dev/null || ! command -v dpkg-deb > /dev/null; then
        die "packages are needed, and this is not a Debian system; $remedy"
    fi
    mkdir -p "$apt_dir"/{lists/partial,archives/partial}
    : > "$apt_dir/status"
    write_sources "$apt_dir/sources" "$suite"
    {
        apt-config dump 2> /dev/null | grep '^Acquire::.* ".\+";$' | grep -v '^Acquire::IndexTargets' || true
        cat << END
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$apt_dir/sources";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "$apt_dir";
Dir::State::lists "$apt_dir/lists";
Dir::State::status "$apt_dir/status";
Dir::Cache "$apt_dir";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
APT::Architecture "$1";
APT::Architectures { "$1"; };
APT::Sandbox::User "";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
Acquire::Languages "none";
Acquire::Retries "3";
END
    } > "$apt_dir/apt.conf"
    say "reading the package lists (${suite:+$suite, }$1)"
    run_apt apt-get -qq update > "$apt_dir/update.log" 2>&1 || say "not every package list could be read"
    # shellcheck disable=SC2086 # either a suite or any
    if ! ls "$apt_dir"/lists/*_dists_${suite:-*}_main_binary-"$1"_Packages* > /dev/null 2>&1; then
        grep '^[EW]:' "$apt_dir/update.log" | sed 's/^/    /' >&2 || true
        die "apt finds no packages of Debian ${suite:-$codename} for $1. Suites are named as on Debian's mirrors:" \
            "trixie, trixie-backports, sid, experimental; riscv64 is there since trixie. Otherwise: $remedy"
    fi
    : > "$apt_dir/ready"
}

# The value of a field, e.g. Depends, in the newest version, also where a suite such as experimental offers it to those
# only who ask.
package_field() # package, field
{
    run_apt apt-cache show "$1" 2> /dev/null | awk -v field="$2:" '$1 == field && !found { $1 = ""; print substr($0, 2); found = 1 }'
}

# Downloads packages to the cache and adds their file names to $downloaded.
download() # package...
{
    local package file
    for package in "$@"; do
        say "downloading $package"
        (cd "$staging" && run_apt apt-get -qq download "$package" > "$staging/download.log" 2>&1) || {
            grep '^[EW]:' "$staging/download.log" | sed 's/^/    /' >&2 || true
            die "cannot download $package; $remedy"
        }
        file=$(cd "$staging" && ls -- *.deb)
        mv -f "$staging/$file" "$cache/debs/"
        downloaded+=("$file")
    done
}

# Notes in a file of the cache which packages were downloaded, with their SHA-256.
remember() # list
{
    (cd "$cache/debs" && sha256sum -- "${downloaded[@]}") > "$staging/list"
    mv -f "$staging/list" "$cache/$1"
}

# Sets $packages to the file names that such a list has. False if there is none, or if a package is missing or is not
# what it was.
recall() # list
{
    [ -s "$cache/$1" ] && (cd "$cache/debs" && sha256sum --check --strict --status "$cache/$1" 2> /dev/null) || return
    mapfile -t packages < <(sed 's/^[^ ]* [ *]//' "$cache/$1")
}

# Makes host commands available: those installed, else those of a package unpacked into the cache.
provide() # package, command...
{
    local package=$1 command host tools downloaded=() missing=
    shift
    for command in "$@"; do
        command -v "$command" > /dev/null || missing="$missing $command"
    done
    [ -n "$missing" ] || return 0
    if [ -z "$codename" ] || ! command -v dpkg > /dev/null; then
        die "missing:$missing; install the package $package (elsewhere also called dtc)"
    fi
    host=$(dpkg --print-architecture)
    tools=$cache/tools/$host/$package
    if [ ! -d "$tools" ]; then
        prepare_apt "$host"
        # Its libraries too, but for libc6, which is there.
        # shellcheck disable=SC2046
        download "$package" $(package_field "$package" Depends | grep -o '\<lib[a-z0-9.+-]*' | grep -v '^libc6$')
        for file in "${downloaded[@]}"; do
            dpkg-deb -x "$cache/debs/$file" "$staging/tools"
        done
        mkdir -p "${tools%/*}"
        mv "$staging/tools" "$tools"
    fi
    PATH=$PATH:$tools/usr/bin:$tools/bin
    for directory in "$tools"/usr/lib/*-linux-*; do
        [ ! -d "$directory" ] || export LD_LIBRARY_PATH=$directory${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    done
}

# True if the outputs are there and were made from what $work/inputs lists.
up_to_date() # output directory, file...
{
    local directory=$1 file
    shift
    cmp -s "$work/inputs" "$directory/.inputs" || return
    for file in "$@"; do
        [ -e "$directory/$file" ] || return
    done
}

# Moves outputs from $work to their place. Each appears whole. The list of inputs goes first and comes back last, so
# an interrupted run is done again.
publish() # output directory, file...
{
    local directory=$1 file
    shift
    mkdir -p "$directory"
    rm -f "$directory/.inputs"
    for file in "$@"; do
        chmod 644 "$work/$file"
        mv -f "$work/$file" "$directory"
    done
    mv -f "$work/inputs" "$directory/.inputs"
}
