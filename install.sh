#!/usr/bin/env bash
# Sets simgate up from its checkout: Debian 12 and 13, Raspberry Pi OS 32 and 64 bit. Nothing but git, python3 and apt is needed before.
set -euo pipefail

usage() {
    cat <<'TXT'
./install.sh --demo [ARG...]   a private venv in the checkout, then the product on a simulated rack; Ctrl-C ends it
./install.sh --test [ARG...]   the same with the test tools, then the whole test suite; ARGs go to pytest
./install.sh --help            this text
Run again at any time: what is there already is kept, and nothing is fetched.
TXT
}

top=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
venv=$top/.venv
lock=tests/requirements.txt
builders='build-essential python3-dev libffi-dev'
# A venv must not see the libraries, and pip not the targets, of whoever calls.
unset PYTHONHOME PYTHONPATH PIP_TARGET PIP_PREFIX
export PIP_USER=0 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

say() { printf 'simgate: %s\n' "$*"; }
die() {
    printf 'simgate: %s\n' "$@" >&2
    exit 1
}

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

apt_install() {
    command -v apt-get >/dev/null || die "there is no apt-get here; install by hand what Debian calls: $*"
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
        die "the Debian package $* is missing, and there is no sudo; run once as root: apt-get install $*"
    say "installing the Debian package $*"
    as_root apt-get update -qq || say "apt-get update did not work everywhere; trying with what it knows"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" >/dev/null ||
        die "apt-get could not install $*; look at its message above, mend it and run this again"
}

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
    new_enough python3 || die "Python 3.11 or newer is needed; Debian 12 and Raspberry Pi OS of 2023 or later have it"
    python=python3
}

# Debian splits ensurepip off into a package of its own, named after the interpreter.
can_make_venvs() { "$python" -c 'import ensurepip, venv' 2>/dev/null; }

make_venv() {
    can_make_venvs || apt_install "$python-venv"
    can_make_venvs || die "$(command -v "$python") still cannot make a venv (ensurepip is missing); is it Debian's own python3?"
    if [ -e "$venv" ] || [ -L "$venv" ]; then
        say "the venv in .venv is broken or half made: making it anew"
        rm -rf -- "$venv" || die "cannot remove $venv; it belongs to $(stat -c %U -- "$venv"): sudo rm -rf '$venv'"
    fi
    say "making a venv in .venv with $("$python" -V)"
    "$python" -m venv -- "$venv"
}

# What an install was made from and for: the stamp is written last, so a venv without one was never finished.
stamp_of() { (cd "$top" && printf '%s\n' "$top" && "$python" -V && sha256sum pyproject.toml "$lock"); }
alive() { "$venv/bin/python" -c 'import pip, agent.errors' 2>/dev/null; }
finished() { [ -f "$venv/simgate-$1" ] && [ "$(stamp_of)" = "$(cat "$venv/simgate-$1")" ] && alive; }
of_another_place_or_python() {
    cat "$venv"/simgate-* 2>/dev/null | head -n 2 | cmp -s - <(stamp_of | head -n 2) && return 1
    return 0
}

# Relative to the checkout, because pip splits PIP_CONSTRAINT at spaces.
pip_install() { (cd "$top" && PIP_CONSTRAINT=$lock "$venv/bin/python" -m pip install --quiet "$@"); }

fetch() {
    local said
    # Wheels alone first: a build is slow and wants a compiler, so it is never begun unsaid.
    if said=$(pip_install --only-binary :all: -e "$1" 2>&1); then return; fi
    printf '%s\n' "$said" >&2
    case $said in
    *Retrying*) die "no package index within reach; pip's own settings name it: python3 -m pip config list" ;;
    # pip blames a missing wheel of a locked version on the lock.
    *'No matching distribution found'* | *ResolutionImpossible*) ;;
    *) die "pip did not succeed; look at its message above, mend it and run this again" ;;
    esac
    say "no ready-made wheel of one of them for $("$python" -c 'import sysconfig; print(sysconfig.get_platform())'); trying to build it"
    pip_install -e "$1" ||
        die "building did not succeed either; if a compiler or Python.h is missing: apt-get install $builders" "then run this again"
}

ensure() {
    local extra=$1 what=.
    [ "$extra" = test ] && what='.[test]'
    finished "$extra" && return
    [ -w "$top" ] || die "cannot write to $top, which belongs to $(stat -c %U -- "$top"): run this as that user"
    if of_another_place_or_python || ! alive; then make_venv; fi
    rm -f -- "$venv"/simgate-*
    say "installing simgate and its libraries into .venv (some minutes on a Pi)"
    fetch "$what"
    "$venv/bin/python" -m compileall -q "$top/agent" "$top/hw"
    stamp_of >"$venv/simgate-demo"
    [ "$extra" = demo ] || cp -- "$venv/simgate-demo" "$venv/simgate-test"
    say "installed"
}

verb=${1-}
[ $# -eq 0 ] || shift
case $verb in
--demo | --test) ;;
--help | -h)
    usage
    exit
    ;;
'' | --uninstall)
    say "installing the service comes with a later release; ./install.sh --demo shows the product now" >&2
    exit 2
    ;;
*)
    usage >&2
    exit 2
    ;;
esac

find_python
# Two at once would fill one venv twice; the folder itself is the lock.
exec 9<"$top"
flock 9
ensure "${verb#--}"
exec 9<&-

case $verb in
--demo) exec "$venv/bin/simgate" demo "$@" ;;
--test)
    cd "$top"
    exec "$venv/bin/python" -m pytest tests "$@"
    ;;
esac
