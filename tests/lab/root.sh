#!/bin/sh
# A root file system of 3 GB: $1 Debian as a tar, $2 and $3 what is laid over it, $4 an empty directory for the tree, $5 the image.
tar -C "$4" --numeric-owner -xf "$1"
for over in "$2" "$3"; do
    tar -C "$over" --owner 0 --group 0 -cf - . | tar -C "$4" --numeric-owner --keep-directory-symlink -xf -
done
units=$4/etc/systemd/system
mkdir -p "$4/luggage" "$units/sysinit.target.wants"
ln -s ../lab-shell.service ../lab-pins.service "$units/sysinit.target.wants/"
# Each of them costs processes, and under emulation every process is half a second.
for unit in apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer getty@tty1.service serial-getty@ttyS0.service \
    serial-getty@ttyAMA0.service sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount dev-mqueue.mount \
    sys-fs-fuse-connections.mount modprobe@drm.service modprobe@efi_pstore.service modprobe@fuse.service systemd-binfmt.service \
    proc-sys-fs-binfmt_misc.automount systemd-pstore.service systemd-hwdb-update.service; do
    ln -sf /dev/null "$units/$unit"
done
mke2fs -q -t ext4 -L root -d "$4" "$5" 3G
