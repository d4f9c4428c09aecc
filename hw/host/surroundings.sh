# shellcheck shell=bash
# Sourced by service.sh: the people, folders and files around the service. What is made here is noted for --purge.

noted() { [ -e "$made" ] && grep -qxF -- "$1" "$made"; }
note() { noted "$1" || printf '%s\n' "$1" >>"$made"; }

# Every folder on the way, too.
ensure_folder() {
    [ ! -d "$1" ] || return 0
    ensure_folder "$(dirname -- "$1")"
    mkdir -m 755 -- "$1"
    [ "$1" = "$etc" ] || [ "$1" = "$state" ] || note "folder $1"
}

set_up_people() {
    local group
    [ "$dry" ] || ensure_folder "$etc"
    for group in simgate dialout gpio; do
        getent group "$group" >/dev/null || step "make the group $group" make_group "$group"
    done
    getent passwd simgate >/dev/null || step "make the user simgate" make_user
    for group in dialout gpio; do
        id -nG simgate 2>/dev/null | tr ' ' '\n' | grep -qx "$group" || step "let simgate into the group $group" usermod -aG "$group" simgate
    done
}

make_group() {
    groupadd --system "$1"
    note "group $1"
}

make_user() {
    useradd --system --gid simgate --home-dir /var/lib/simgate --no-create-home --shell /usr/sbin/nologin simgate
    note "user simgate"
}

set_up_folders() {
    [ -d "$state" ] || step "make $state" make_state
    [ -e "$etc/simgate.toml" ] || step "write $etc/simgate.toml, with a slot for each modem that is plugged in" make_config
    [ -e "$etc/api.key" ] || step "make $etc/api.key, empty, for root's eyes alone" make_key
}

make_state() {
    ensure_folder "$state"
    chown simgate:simgate "$state"
    chmod 750 -- "$state"
}

# It may come to hold PINs.
make_config() {
    (umask 077 && "$new/bin/simgate" config init --from-hardware --config "$etc/simgate.toml")
    chown root:simgate "$etc/simgate.toml"
    chmod 640 -- "$etc/simgate.toml"
}

make_key() { (umask 077 && : >"$etc/api.key"); }

put_files() {
    local paper
    put "$host/simgate.service" "$unit"
    put "$host/60-simgate.rules" "$rules"
    put "$(drivers_here)" "$modules"
    for paper in "${!papers[@]}"; do put "$new/share/$paper" "${papers[$paper]}"; done
}

# Of the drivers those that this kernel has; in a chroot the running kernel says nothing of the one to come.
drivers_here() {
    local driver
    if [ "$dry" ] || ! systemd_runs || ! command -v modinfo >/dev/null; then
        printf '%s\n' "$host/modules-load.conf"
        return
    fi
    while read -r driver; do
        case $driver in
        '#'*) printf '%s\n' "$driver" ;;
        *) ! modinfo "$driver" >/dev/null 2>&1 || printf '%s\n' "$driver" ;;
        esac
    done <"$host/modules-load.conf" >"$saved/drivers"
    printf '%s\n' "$saved/drivers"
}

put() {
    cmp -s -- "$1" "$2" && return
    changed=yes
    step "write $2" replace "$1" "$2"
}

replace() {
    local kept
    kept=$saved/$(basename -- "$2")
    if [ -e "$2" ]; then cp -p -- "$2" "$kept"; else : >"$kept.absent"; fi
    ensure_folder "$(dirname -- "$2")"
    install -m 644 -- "$1" "$2.new"
    mv -f -- "$2.new" "$2"
}

restore_files() {
    local file kept
    for file in "$unit" "$rules" "$modules" "${papers[@]}"; do
        kept=$saved/$(basename -- "$file")
        if [ -e "$kept" ]; then cp -p -- "$kept" "$file"; elif [ -e "$kept.absent" ]; then rm -f -- "$file"; fi
    done
}

link_command() {
    [ "$(readlink -- "$command")" != "$opt/current/bin/simgate" ] || return 0
    if [ -e "$command" ] && [ ! -L "$command" ]; then
        say "$command is not ours and stays; simgate is $opt/current/bin/simgate"
        return
    fi
    step "put simgate on the PATH" make_link
}

make_link() {
    ensure_folder "$(dirname -- "$command")"
    ln -sfT -- "$opt/current/bin/simgate" "$command"
}

# Best effort where it has to be: a kernel without these drivers, or a container without udev, can still run simgate.
tell_the_system() {
    [ ! "$dry" ] && systemd_runs || return 0
    systemctl daemon-reload
    grep -v '^#' "$modules" | xargs -r modprobe -a 2>/dev/null || say "not every driver could be loaded now"
    udevadm control --reload 2>/dev/null || say "udev does not answer; its rules count from the next boot on"
    udevadm trigger --action=change --subsystem-match=usb --subsystem-match=tty --subsystem-match=gpio 2>/dev/null || true
    udevadm settle --timeout=30 2>/dev/null || true
}
