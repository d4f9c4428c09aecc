# shellcheck shell=bash
# Sourced by service.sh: one version under /opt/simgate. A venv cannot be moved, so it is built where it stays, and its mark is written last.

# The version and a digest of everything that it is made of: what did not change is not made again.
stamp() {
    (
        cd -- "$top"
        printf '%s-' "$(sed -n 's/^VERSION = "\(.*\)"/\1/p' agent/__init__.py)"
        {
            find agent hw firmware-notes -type f ! -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
            sha256sum pyproject.toml "$lock"
            "$python" -V
            uname -m
        } | sha256sum | head -c 12
    )
}

finished() { [ -e "$1/finished" ] && "$1/bin/simgate" --version >/dev/null 2>&1; }

build() {
    need_venvs
    # The partner's certificate is judged by the system's list.
    [ -e /etc/ssl/certs/ca-certificates.crt ] || apt_install ca-certificates
    rm -rf -- "$new"
    mkdir -p -- "$opt"
    "$python" -m venv -- "$new"
    venv=$new
    fetch ".[metrics]"
    get_lgpio
    cp -- "$top/README.md" "$new/"
    "$new/bin/python" -I -m agent.cli.manual "$new/share" || die "the manual cannot be made; look at the message above"
    "$new/bin/simgate" --version >/dev/null || die "what was built does not run; look at its message above"
    : >"$new/finished"
}

# gpiozero's way to real pins: the system's own, else a wheel, else built.
get_lgpio() {
    local wanted
    wanted=$(sed -n 's/^ *"\(lgpio>=[^"]*\)".*/\1/p' "$top/pyproject.toml")
    link_lgpio && return
    if apt-cache show python3-lgpio >/dev/null 2>&1; then
        apt_install python3-lgpio
        link_lgpio && return
    fi
    # The minimum refuses the empty stub 0.0.0.2, which pip would take where there is no wheel of a real one.
    wheels "$wanted" && return
    say "no ready-made wheel of lgpio for $(platform): building it"
    # shellcheck disable=SC2086
    dpkg -s swig $builders >/dev/null 2>&1 || apt_install swig $builders
    PYPI=1 pip_install "$wanted" || die "lgpio, the way to the GPIO pins, cannot be built here; look at the message above"
}

# Linked, not copied: it goes on fitting the system's liblgpio. The rest of the system's libraries stays unseen.
link_lgpio() {
    local files
    files=$("$python" -I -c 'import _lgpio, lgpio; print(lgpio.__file__, _lgpio.__file__, sep="\n")' 2>/dev/null) || return 1
    printf '%s\n' "$files" | xargs -d '\n' ln -sf -t "$(venv_libraries)" --
    "$venv/bin/python" -c 'import lgpio' 2>/dev/null
}

venv_libraries() { "$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("platlib"))'; }

# The version in force, the one before it and the one just built stay.
prune() {
    local one
    for one in "$opt"/*/; do
        one=${one%/}
        [ -L "$one" ] || [ "$one" = "$new" ] || [ "$one" -ef "$opt/current" ] || [ "$one" -ef "$opt/previous" ] || rm -rf -- "$one"
    done
}
