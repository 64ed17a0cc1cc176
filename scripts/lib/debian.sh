# Sourced by the scripts that make guests: Debian packages, downloaded without root and beside the machine's own
# package state. The sourcing script sets $prefix (for messages) and $remedy (what to do without packages), and
# calls open_cache before anything else.

cache=${VIRTIO_NET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/renode-virtio-net}
VERSION_CODENAME=
[ ! -e /etc/os-release ] || eval "$(. /etc/os-release && [ "${ID:-}" = debian ] && echo "VERSION_CODENAME=${VERSION_CODENAME:-sid}")"
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
    mkdir -p "$1" "$cache/debs"
    exec 8> "$root/build/guest/.lock" 9> "$cache/.lock"
    flock 8
    flock 9
    work=$(mktemp -d "$1.XXXXXX")
    staging=$(mktemp -d "$cache/staging.XXXXXX")
    trap 'rm -rf "$work" "$staging"' EXIT
}

# Debian's sources of this machine, for another architecture: deb822 and one-line files, less the ones from elsewhere
# (other suites, keys or components) and less their own limits on the architecture.
write_sources() # directory
{
    local suites="$VERSION_CODENAME|oldstable|stable|testing|unstable|sid"
    suites="^($suites)(-updates|-security|/updates)?$"
    rm -rf "$1"
    mkdir -p "$1"
    cat /dev/null $(ls /etc/apt/sources.list.d/*.sources 2> /dev/null) | awk -v RS= -v FS='\n' -v suites="$suites" '
        {
            main = debian = 0; key = 1; text = ""
            for(i = 1; i <= NF; i++)
            {
                if($i ~ /^#/ || tolower($i) ~ /^architectures:/) continue
                n = split($i, word, /[ \t]+/)
                field = tolower(word[1])
                if(field == "enabled:" && word[2] == "no") next
                if(field == "signed-by:" && $i !~ /debian-archive/) key = 0
                for(j = 2; j <= n; j++)
                {
                    if(field == "components:" && word[j] == "main") main = 1
                    if(field == "suites:" && word[j] ~ suites) debian = 1
                }
                text = text $i "\n"
            }
            if(main && debian && key) print text
        }' > "$1/debian.sources"
    cat /dev/null $(ls /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2> /dev/null) | awk -v suites="$suites" '
        $1 == "deb" {
            options = ""
            if(match($0, /\[[^]]*\]/))
            {
                options = substr($0, RSTART, RLENGTH)
                $0 = substr($0, 1, RSTART - 1) substr($0, RSTART + RLENGTH)
            }
            gsub(/arch[+-]?=[^] ]*/, "", options)
            if(options ~ /^\[ *\]$/) options = ""
            if(options ~ /signed-by=/ && options !~ /debian-archive/) next
            if($2 !~ /^cdrom:/ && $3 ~ suites && / main( |$)/) { $1 = ""; print "deb " options $0 }
        }' > "$1/debian.list"
    grep -q . "$1"/debian.* || die "/etc/apt names no Debian package source; $remedy"
}

# Package lists are needed only here and now, so they are not kept. Of the machine's settings only "Acquire" (proxies)
# is taken, so that none of its hooks runs.
prepare_apt() # architecture, release if not the machine's own
{
    apt_dir=$staging/apt-$1
    [ ! -e "$apt_dir/ready" ] || return 0
    [ -n "$VERSION_CODENAME" ] && command -v apt-get > /dev/null && command -v dpkg-deb > /dev/null ||
        die "packages are needed, and this is not a Debian system; $remedy"
    mkdir -p "$apt_dir"/{lists/partial,archives/partial}
    : > "$apt_dir/status"
    write_sources "$apt_dir/sources"
    [ -z "${2:-}" ] || sed -i -E "/^(Suites:|deb )/s/\\b($VERSION_CODENAME|oldstable|stable)\\b/$2/g" "$apt_dir"/sources/debian.*
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
Acquire::Languages "none";
Acquire::Retries "3";
END
    } > "$apt_dir/apt.conf"
    say "reading the package lists ($1)"
    APT_CONFIG=$apt_dir/apt.conf apt-get -qq update >&2 || say "not every package list could be read"
    ls "$apt_dir"/lists/*_Packages* > /dev/null 2>&1 || die "apt-get update failed; $remedy"
    : > "$apt_dir/ready"
}

# The newest version's value of a field, e.g. Depends.
package_field() # package, field
{
    APT_CONFIG=$apt_dir/apt.conf apt-cache show --no-all-versions "$1" 2> /dev/null | sed -n "s/^$2: //p" | head -n 1
}

# Downloads packages to the cache (apt checks signatures and sums) and adds their file names to $downloaded.
download() # package...
{
    local package file
    for package in "$@"; do
        say "downloading $package"
        (cd "$staging" && APT_CONFIG=$apt_dir/apt.conf apt-get -qq download "$package" > /dev/null) ||
            die "cannot download $package; $remedy"
        file=$(cd "$staging" && ls -- *.deb)
        mv -f "$staging/$file" "$cache/debs/"
        downloaded+=("$file")
    done
}

# True if the cache has these packages.
have() # file name...
{
    local file
    for file in "$@"; do
        [ -f "$cache/debs/$file" ] || return
    done
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
    command -v dpkg > /dev/null && [ -n "$VERSION_CODENAME" ] ||
        die "missing:$missing; install the package $package (elsewhere also called dtc)"
    host=$(dpkg --print-architecture)
    tools=$cache/tools/$host/$package
    if [ ! -d "$tools" ]; then
        prepare_apt "$host"
        # Its libraries too, but for libc6, which is there.
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
    rm -f "$directory/.inputs"
    for file in "$@"; do
        chmod 644 "$work/$file"
        mv -f "$work/$file" "$directory"
    done
    mv -f "$work/inputs" "$directory/.inputs"
}
