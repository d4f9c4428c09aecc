#!/bin/sh
# Runs inside a Debian root in which nothing runs: the README's test command, from a clone, with that Debian's own Python.
set -eu
cd /root
git -c safe.directory='*' clone -q simgate.git simgate
exec simgate/install.sh --test
