# shellcheck shell=bash
# Sourced by install.sh: the demo and the tests, in a private venv inside the checkout.

venv=$top/.venv

make_venv() {
    need_venvs
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

ensure() {
    local extra=$1 what=.
    [ "$extra" = test ] && what='.[test]'
    finished "$extra" && return
    [ -w "$top" ] || die "cannot write to $top, which belongs to $(stat -c %U -- "$top"): run this as that user"
    if of_another_place_or_python || ! alive; then make_venv; fi
    rm -f -- "$venv"/simgate-*
    say "installing simgate and its libraries into .venv (some minutes on a Pi)"
    fetch -e "$what"
    "$venv/bin/python" -m compileall -q "$top/agent" "$top/hw"
    stamp_of >"$venv/simgate-demo"
    [ "$extra" = demo ] || cp -- "$venv/simgate-demo" "$venv/simgate-test"
    say "installed"
}

# The picture of simgate watch is looked at in a terminal inside a terminal.
need_tmux() {
    command -v tmux >/dev/null || (apt_install tmux) || say "without tmux the tests of simgate watch fail"
}

checkout() {
    local verb=$1
    shift
    find_python
    # Two at once would fill one venv twice; the folder itself is the lock.
    exec 9<"$top"
    flock 9
    [ "$verb" = --demo ] || need_tmux
    ensure "${verb#--}"
    exec 9<&-
    case $verb in
    --demo) exec "$venv/bin/simgate" demo "$@" ;;
    --test)
        cd "$top"
        # To compile the tests takes longer than to collect them.
        unset PYTHONDONTWRITEBYTECODE
        # Some tests wait for what takes its time: one more at work than there are cores.
        exec "$venv/bin/python" -m pytest tests -n "$(($(nproc) + 1))" --dist worksteal "$@"
        ;;
    esac
}
