# shellcheck shell=bash
# Sourced by service.sh: taking away what was installed. Debian packages stay.

uninstall() {
    take_away
    if [ -d "$etc" ] || [ -d "$state" ]; then say "$etc and $state stay; --purge takes them too"; fi
}

take_away() {
    if systemd_runs && [ -e "$unit" ]; then step "stop the service" halt; fi
    local file
    for file in "$wanted" "$unit" "$rules" "$modules" "${papers[@]}"; do
        if [ -e "$file" ] || [ -L "$file" ]; then step "remove $file" rm -f -- "$file"; fi
    done
    if [ "$(readlink -- "$command")" = "$opt/current/bin/simgate" ]; then step "remove $command" rm -f -- "$command"; fi
    if [ -d "$opt" ]; then step "remove $opt" rm -rf -- "$opt"; fi
    forget
}

# Failing is no fault: a unit that never failed, a machine without udev.
forget() {
    [ ! "$dry" ] && systemd_runs || return 0
    systemctl daemon-reload
    systemctl reset-failed simgate 2>/dev/null || true
    udevadm control --reload 2>/dev/null || true
}

purge() {
    local notes='' kind name
    take_away
    [ ! -e "$made" ] || notes=$(tac -- "$made")
    for name in "$unit.d" "$state" "$prefix/run/simgate" "$etc"; do
        if [ -d "$name" ]; then step "remove $name" rm -rf -- "$name"; fi
    done
    # The other way round than they were made: a user before its group, a folder before the one that holds it.
    [ "$notes" ] || return 0
    while read -r kind name; do
        case $kind in
        user) ! getent passwd "$name" >/dev/null || step "remove the user $name" userdel "$name" ;;
        group) ! getent group "$name" >/dev/null || step "remove the group $name" groupdel "$name" ;;
        folder) [ ! -d "$name" ] || [ "$(ls -A -- "$name")" ] || step "remove the empty $name" rmdir -- "$name" ;;
        esac
    done <<<"$notes"
}
