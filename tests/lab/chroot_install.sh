#!/bin/sh
# Runs inside a Debian 13 root in which nothing runs: install.sh as root, from a clone, as far as it goes without systemd.
set -eu
cd /root
fail() {
    echo "lab: $1" >&2
    exit 1
}
# Says the seconds of a command whose output is in ./said.
timed() {
    began=$(date +%s)
    "$@" >said 2>&1 || { cat said >&2; fail "$* ended with an error"; }
    cat said
    echo "lab: $* took $(($(date +%s) - began)) s"
}

uname -m
git -c safe.directory='*' clone -q simgate.git simgate
timed simgate/install.sh
grep -q 'installed, and not started: something is yours to say first' said || fail 'it did not ask for what is missing'
version=$(sed -n 's/^VERSION = "\(.*\)"/\1/p' simgate/agent/__init__.py)
timed simgate --version
grep -qF "$version" said || fail "it is not $version"
simgate config check >said 2>&1 && fail 'an example is no configuration'
cat said
echo 5ecret-k3y >/etc/simgate/api.key
sed -i 's#^url = .*#url = "http://127.0.0.1:8080"\nallow_http = true#' /etc/simgate/simgate.toml
timed simgate config check
timed simgate/install.sh
grep -q 'no systemd runs here' said || fail 'it did not say what is left to do'
du -sh /opt/simgate
/opt/simgate/current/bin/python -c 'import lgpio, _lgpio, aiohttp; print(lgpio.__file__)'
timed simgate/install.sh --purge
[ ! -e /opt/simgate ] && [ ! -e /etc/simgate ] || fail 'a purge has left something'
echo "lab: simgate $version can be installed on $(dpkg --print-architecture)"
