# shellcheck shell=bash
# Sourced by install.sh: an interpreter that is new enough, a venv of it in $venv, and what pip puts there.

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    local name
    for name in python3 python3.13 python3.12 python3.11; do
        if new_enough "$name"; then
            python=$name
            return
        fi
    done
    command -v python3 >/dev/null &&
        die "Python 3.11 or newer is needed, here is $(python3 -V 2>&1); Debian 12 and Raspberry Pi OS of 2023 or later have it"
    apt_install python3
    if [ "$dry" ]; then
        say "would then do all the rest with it"
        exit
    fi
    new_enough python3 || die "Python 3.11 or newer is needed; Debian 12 and Raspberry Pi OS of 2023 or later have it"
    python=python3
}

# Debian splits ensurepip off into a package of its own, named after the interpreter.
can_make_venvs() { "$python" -c 'import ensurepip, venv' 2>/dev/null; }

need_venvs() {
    can_make_venvs || apt_install "$python-venv"
    can_make_venvs || die "$(command -v "$python") still cannot make a venv (ensurepip is missing); is it Debian's own python3?"
}

# Relative to the checkout, because pip splits PIP_CONSTRAINT at spaces.
pip_install() { (cd "$top" && PIP_CONSTRAINT=$lock "$venv/bin/python" -m pip install --quiet "$@"); }

# Fails, with pip's words in $said, where one of them has no wheel.
wheels() {
    if said=$(pip_install --only-binary :all: "$@" 2>&1); then return; fi
    case $said in
    *Retrying*) set -- "no package index within reach; pip's own settings name it: python3 -m pip config list" ;;
    # pip blames a missing wheel of a locked version on the lock.
    *'No matching distribution found'* | *ResolutionImpossible*) return 1 ;;
    *) set -- "pip did not succeed; look at its message above, mend it and run this again" ;;
    esac
    printf '%s\n' "$said" >&2
    die "$1"
}

platform() { "$python" -c 'import sysconfig; print(sysconfig.get_platform())'; }

# Wheels alone first: a build is slow and wants a compiler, so it is never begun unsaid.
fetch() {
    if wheels "$@"; then return; fi
    printf '%s\n' "$said" >&2
    say "no ready-made wheel of one of them for $(platform); trying to build it"
    pip_install "$@" ||
        die "building did not succeed either; if a compiler or Python.h is missing: apt-get install $builders" "then run this again"
}
