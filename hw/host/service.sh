# shellcheck shell=bash
# Sourced by install.sh: the service on a gateway, installed or upgraded; one way for both.

prefix=${SIMGATE_ROOT-} # tests install below a root of their own
opt=$prefix/opt/simgate
etc=$prefix/etc/simgate
state=$prefix/var/lib/simgate
unit=$prefix/etc/systemd/system/simgate.service
wanted=$prefix/etc/systemd/system/multi-user.target.wants/simgate.service
rules=$prefix/etc/udev/rules.d/60-simgate.rules
modules=$prefix/etc/modules-load.d/simgate.conf
command=$prefix/usr/local/bin/simgate
share=$prefix/usr/local/share
# What man and the shells find; made with each version, from its own verbs.
declare -A papers=(
    [simgate.1]=$share/man/man1/simgate.1
    [simgate.bash]=$share/bash-completion/completions/simgate
    [simgate.zsh]=$share/zsh/site-functions/_simgate
    [simgate.fish]=$share/fish/vendor_completions.d/simgate.fish
)
made=$etc/.made # the users, groups and folders that were not there before, for --purge
patience=200    # seconds for a start: the unit's own limit is 180

# shellcheck source=hw/host/version.sh
. "$host/version.sh"
# shellcheck source=hw/host/surroundings.sh
. "$host/surroundings.sh"
# shellcheck source=hw/host/removal.sh
. "$host/removal.sh"

service() {
    local verb=install word
    for word; do
        case $word in
        --dry-run) dry=yes ;;
        --upgrade) [ "$verb" = install ] || wrong_use && verb=upgrade ;;
        --uninstall) [ "$verb" = purge ] || { [ "$verb" = install ] || wrong_use && verb=uninstall; } ;;
        --purge) [ "$verb" != upgrade ] || wrong_use && verb=purge ;;
        *) wrong_use ;;
        esac
    done
    umask 022
    [ "$dry" ] || [ "$prefix" ] || [ "$(id -u)" -eq 0 ] || die "this changes the system: sudo $0 $*" "./install.sh --demo shows the product without"
    # One at a time; the folder itself is the lock.
    exec 9<"$prefix/opt"
    flock 9
    case $verb in
    install | upgrade) install_or_upgrade "$verb" ;;
    uninstall) uninstall ;;
    purge) purge ;;
    esac
}

wrong_use() {
    usage >&2
    exit 2
}

# Says what it does, or with --dry-run what it would do.
step() {
    local what=$1
    shift
    if [ "$dry" ]; then
        say "would $what"
    else
        say "$what"
        "$@"
    fi
}

systemd_runs() { [ -d "$prefix/run/systemd/system" ]; }
active() { systemd_runs && systemctl is-active --quiet simgate; }

install_or_upgrade() {
    local old
    changed=''
    old=$(readlink -- "$opt/current") || old=
    [ "$1" = install ] || [ "$old" ] || die "there is no simgate here to upgrade: sudo ./install.sh"
    find_python
    new=$opt/$(stamp)
    finished "$new" || step "make $new, a complete copy with all its libraries (some minutes on a Pi)" build
    set_up_people
    set_up_folders
    [ ! "$dry" ] || [ -x "$new/bin/simgate" ] || say "would check $etc/simgate.toml with the new version, and stay with the old one if it is refused"
    judge "$1" "$old"
    saved=$([ "$dry" ] || mktemp -d -- "$opt/.saved-XXXXXX")
    switch "$old"
    [ "$dry" ] || tidy_up "$old"
    closing_words
}

# What the new version says of the configuration, in $complaint. With a service at stake a complaint ends the upgrade before it began.
judge() {
    local verb=$1 old=$2 code=0
    complaint=
    [ -x "$new/bin/simgate" ] || return 0
    complaint=$(check_with "$new") || code=$?
    [ "$code" -ne 0 ] || complaint=
    [ "$code" -eq 0 ] || [ "$code" -eq 78 ] || refuse "$old" "the new version does not run here"
    if [ "$complaint" ] && [ "$old" ]; then
        if [ "$verb" = upgrade ] || active || check_with "$old" >/dev/null; then refuse "$old" "the new version refuses the configuration"; fi
    fi
}

check_with() {
    env -u SIMGATE_CONFIG -u SIMGATE_API_KEY -u CREDENTIALS_DIRECTORY "$1/bin/simgate" config check --config "$etc/simgate.toml" 2>&1
}

# What was built stays: the next try begins there.
refuse() {
    printf '%s\n' "$complaint" >&2
    [ "$dry" ] || prune
    die "$2: see above" "${1:-nothing} stays in force; mend it and run this again"
}

flip() {
    ln -s -- "$1" "$opt/current.new" && mv -fT -- "$opt/current.new" "$opt/current"
}

# From here to the end of the health check nothing may stop us half way: not Ctrl-C, not the end of an SSH session.
switch() {
    local old=$1
    trap '' HUP INT TERM PIPE
    put_files
    if [ "$old" != "$new" ]; then
        changed=yes
        step "put $new in force" take_over || roll_back "$old" "it could not be put in force"
    elif [ "$changed" ] || ! active; then
        systemd_runs && [ ! "$complaint" ] && { step "stop the service" halt; }
    fi
    link_command
    [ "$old" ] || step "let the service start at boot" enable
    tell_the_system
    if systemd_runs && [ ! "$complaint" ] && { [ "$changed" ] || ! active; }; then
        step "start the service, and wait until its first list is decided" start ||
            { [ "$old" ] && roll_back "$old" "the service did not come to its first list with it"; } ||
            die "the service is installed, but does not become healthy: journalctl -u simgate"
    fi
    trap - HUP INT TERM PIPE
}

take_over() {
    halt
    if compgen -G "$state/simgate.db*" >/dev/null; then cp -p -- "$state"/simgate.db* "$saved/" || return 1; fi
    flip "$new"
}

halt() { ! systemd_runs || systemctl stop simgate 2>/dev/null || true; }

enable() {
    ensure_folder "$(dirname -- "$wanted")"
    ln -sfT -- ../simgate.service "$wanted"
}

# True once the unit is active, which with Type=notify means that the first list is decided.
start() {
    local end=$((SECONDS + patience)) seen
    systemctl reset-failed simgate 2>/dev/null || true
    systemctl start --no-block simgate || return 1
    while [ "$SECONDS" -lt "$end" ]; do
        seen=$(systemctl show --property=ActiveState,SubState simgate)
        case $seen in
        *ActiveState=active*) return 0 ;;
        *ActiveState=failed* | *SubState=auto-restart*) break ;;
        esac
        sleep 1
    done
    journalctl --unit=simgate --lines=20 --no-pager >&2 || true
    return 1
}

roll_back() {
    local old=$1
    [ "$old" ] || die "$2; there is no version before this one to go back to"
    say "going back to $old" >&2
    halt
    restore_files
    flip "$old"
    restore_database "$old"
    tell_the_system
    if systemd_runs && ! start; then say "the service does not start with $old either: journalctl -u simgate" >&2; fi
    [ "$old" = "$new" ] || rm -rf -- "$new"
    [ -e "$opt/previous" ] || rm -f -- "$opt/previous"
    rm -rf -- "$saved"
    die "the upgrade was undone: $2" "$old is in force again"
}

# A newer version may have changed the tables, and the older one would set such a file aside as broken.
restore_database() {
    [ -e "$saved/simgate.db" ] && newer_tables || return 0
    rm -f -- "$state"/simgate.db "$state"/simgate.db-*
    cp -p -- "$saved"/simgate.db* "$state/"
    say "the database is the one of before the upgrade again" >&2
}

newer_tables() {
    "$python" -c '
import sqlite3, sys
kept, live = (sqlite3.connect(path).execute("PRAGMA user_version").fetchone()[0] for path in sys.argv[1:])
sys.exit(live <= kept)' "$saved/simgate.db" "$state/simgate.db"
}

tidy_up() {
    if [ "$1" ] && [ "$1" != "$new" ]; then ln -sfnT -- "$1" "$opt/previous"; fi
    rm -rf -- "$opt"/.saved-*
    prune
}

closing_words() {
    [ ! "$dry" ] || return 0
    if [ "$complaint" ]; then
        say "installed, and not started: something is yours to say first"
        printf '  %s\n' "${complaint//$'\n'/$'\n  '}" "edit $etc/simgate.toml; put the API key, alone, into $etc/api.key; then:" \
            "sudo simgate config check && sudo systemctl restart simgate"
    elif systemd_runs; then
        say "installed and at work: simgate status (as root, or as a member of group simgate: sudo adduser NAME simgate)"
    else
        say "installed; no systemd runs here, so the service starts at boot"
    fi
}
