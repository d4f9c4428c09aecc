#!/bin/bash
# The other end of install.sh's wires: every system command that it may call, in one file that is linked under each of their names.
# $FAKE holds the world: `calls` is what was asked; `people` has a line "user NAME", "group NAME" or "member USER GROUP" each.
name=${0##*/}
current() { readlink -- "$SIMGATE_ROOT/opt/simgate/current"; }
here() { grep -qxF -- "$*" "$FAKE/people"; }
gone() { grep -vxF -- "$*" "$FAKE/people" >"$FAKE/people.new"; mv -- "$FAKE/people.new" "$FAKE/people"; }

case $name in
python3) # the interpreter: real, but for what takes long or the network
    case $* in
    "-m venv -- "*)
        echo "venv" >>"$FAKE/calls"
        mkdir -p -- "$4/bin" "$4/lib"
        cp -- "$FAKE/next/"* "$4/" # what the version that is being built will be like
        ln -s -- "$FAKE/wire/python" "$4/bin/python"
        ln -s -- "$FAKE/wire/simgate" "$4/bin/simgate"
        ;;
    *_lgpio*) [ ! -e "$FAKE/system-lgpio" ] || printf '%s\n' "$FAKE/system-lgpio/lgpio.py" "$FAKE/system-lgpio/_lgpio.so" ; [ -e "$FAKE/system-lgpio" ] ;;
    *ensurepip* | *version_info*) ;;
    -V) echo "Python 3.11.9" ;;
    *) exec "$REAL_PYTHON" "$@" ;;
    esac
    exit
    ;;
python) # a venv's own interpreter: pip, and questions
    case $* in
    *" pip install "*)
        echo "pip ${PYPI:+PYPI=$PYPI }$*" >>"$FAKE/calls"
        case $* in
        *--only-binary*lgpio*) [ ! -e "$FAKE/no-lgpio-wheel" ] || { echo "ERROR: No matching distribution found for lgpio"; exit 1; } ;;
        *lgpio*) [ ! -e "$FAKE/no-compiler" ] || { echo "error: command 'swig' failed"; exit 1; } ;;
        esac
        ;;
    "-I -m agent.cli.manual "*) # each version has papers of its own
        mkdir -p -- "$4"
        for paper in simgate.1 simgate.bash simgate.zsh simgate.fish; do printf '%s of %s\n' "$paper" "$4" >"$4/$paper"; done
        ;;
    *platlib*) echo "$(dirname -- "$(dirname -- "$0")")/lib" ;;
    *"import lgpio"*) ;;
    esac
    exit
    ;;
simgate)
    version=$(cd -- "$(dirname -- "$0")/.." && pwd -P)
    case $* in
    --version) ;;
    "config init --from-hardware --config "*) echo "simgate $*" >>"$FAKE/calls"; cp -- "$FAKE/first.toml" "$5" ;;
    "config check --config "*) # each version has a verdict of its own
        code=$(cat -- "$version/verdict")
        [ "$code" = 0 ] || echo "simgate.toml: endpoint.url: missing; add it"
        exit "$code"
        ;;
    *) exit 99 ;;
    esac
    exit
    ;;
esac

case "$name $*" in # questions, that change nothing
"id -u") echo 0 ;;
"id -nG simgate") sed -n 's/^member simgate //p' "$FAKE/people" | xargs ;;
"getent passwd "*) here "user $2" ;;
"getent group "*) here "group $2" ;;
"systemctl is-active"*) grep -q ActiveState=active "$FAKE/state" ;;
"systemctl show"*)
    # One look while it starts, and then what this version comes to.
    cat -- "$FAKE/state"; cp -- "$FAKE/comes-to" "$FAKE/state"
    ;;
"apt-cache "*) [ -e "$FAKE/apt-has-lgpio" ] ;;
"dpkg "*) exit 1 ;;
"modinfo option") exit 1 ;; # a kernel without this driver
"modinfo "* | "sleep "* | "udevadm settle"* | "journalctl "*) ;;
*)
    echo "$name $*" >>"$FAKE/calls"
    case "$name $*" in
    "systemctl start"*)
        echo "ActiveState=activating SubState=start" >"$FAKE/state"
        cp -- "$(current)/comes-to" "$FAKE/comes-to"
        # A start may write into the database, whatever becomes of it.
        if [ -e "$(current)/touches" ]; then "$REAL_PYTHON" -c "$(cat -- "$(current)/touches")" "$SIMGATE_ROOT/var/lib/simgate/simgate.db"; fi
        ;;
    "systemctl stop"*) echo inactive >"$FAKE/state" ;;
    "groupadd --system "*) echo "group $2" >>"$FAKE/people" ;;
    "useradd "*) echo "user ${!#}" >>"$FAKE/people" ;;
    "usermod -aG "*) echo "member $3 $2" >>"$FAKE/people" ;;
    "userdel "*) gone "user $1"; sed -i "/^member $1 /d" "$FAKE/people" ;;
    "groupdel "*) gone "group $1" ;;
    esac
    ;;
esac
