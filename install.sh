#!/usr/bin/env bash
# Sets simgate up from its checkout: Debian 12 and 13, Raspberry Pi OS 32 and 64 bit. Nothing but git, python3 and apt is needed before.
set -euo pipefail

usage() {
    cat <<'TXT'
./install.sh --demo [ARG...]   a private venv in the checkout, then the product on a simulated rack; Ctrl-C ends it
./install.sh --test [ARG...]   the same with the test tools, then the whole test suite; ARGs go to pytest
./install.sh --help            this text
Run again at any time: what is there already is kept, and nothing is fetched.

On a gateway, as root:
./install.sh                   the service: its user, its directories, udev rules, systemd unit; run again, an upgrade.
                               The checkout may be deleted afterwards
./install.sh --upgrade         an upgrade that changes nothing unless the new version calls the configuration right
./install.sh --uninstall       takes the service away; configuration, key and database stay
./install.sh --purge           takes everything away
./install.sh --dry-run         with any of these four: says what would be done, changes nothing
TXT
}

top=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
host=$top/hw/host
lock=tests/requirements.txt
dry=
builders='build-essential python3-dev libffi-dev'
# A venv must not see the libraries, and pip not the targets, of whoever calls.
unset PYTHONHOME PYTHONPATH PIP_TARGET PIP_PREFIX
export PIP_USER=0 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

# Nobody left to hear it is no reason to stop.
say() { printf 'simgate: %s\n' "$*" || true; }
die() {
    printf 'simgate: %s\n' "$@" >&2
    exit 1
}

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

apt_install() {
    if [ "$dry" ]; then
        say "would install the Debian package $*"
        return
    fi
    command -v apt-get >/dev/null || die "there is no apt-get here; install by hand what Debian calls: $*"
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
        die "the Debian package $* is missing, and there is no sudo; run once as root: apt-get install $*"
    say "installing the Debian package $*"
    as_root apt-get update -qq || say "apt-get update did not work everywhere; trying with what it knows"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" >/dev/null ||
        die "apt-get could not install $*; look at its message above, mend it and run this again"
}

# shellcheck source=hw/host/python.sh
. "$host/python.sh"

case ${1-} in
--demo | --test)
    # shellcheck source=hw/host/checkout.sh
    . "$host/checkout.sh"
    checkout "$@"
    ;;
--help | -h)
    usage
    ;;
*)
    # shellcheck source=hw/host/service.sh
    . "$host/service.sh"
    service "$@"
    ;;
esac
