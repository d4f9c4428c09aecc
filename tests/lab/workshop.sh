#!/bin/sh
# Runs inside a Debian 13 root: makes what the guest needs and Debian has not ready-made. $1 = flavour of the kernel.
# Takes /in (the source of lgpio), leaves /out (kernel, busybox, modules.tar, a wheel of lgpio).
set -eu
flavour=$1
cd /root
release=$(basename /usr/src/linux-headers-*-"$flavour")
release=${release#linux-headers-}

# The stock kernel, unpacked and not installed: nobody wants its initramfs.
apt-get download -qq "linux-image-$release"
dpkg-deb -x "linux-image-${release}"_*.deb kernel
mkdir -p root/lib/modules
cp -a kernel/usr/lib/modules/* root/lib/modules/ 2>/dev/null || cp -a kernel/lib/modules/* root/lib/modules/
cp kernel/boot/vmlinuz-* /out/vmlinuz

# gpio-sim and the IRQ simulator under it: Debian builds neither.
mkdir sim
tar -xf /usr/src/linux-source-*.tar.xz --strip-components=1 --wildcards '*/drivers/gpio/gpio-sim.c' '*/kernel/irq/irq_sim.c'
# irq_to_desc() is not exported to modules; this is the same by a way that is.
sed 's/irq_to_desc(irqnum)/irq_data_to_desc(irq_get_irq_data(irqnum))/' kernel/irq/irq_sim.c >sim/irq_sim.c
# The switch of a card holder is stronger than the pull resistor that a reader of the line asks for.
sed 's/return gpio_sim_apply_pull(chip, offset, [01]);/return 0;/' drivers/gpio/gpio-sim.c >sim/chip.c
[ "$(diff drivers/gpio/gpio-sim.c sim/chip.c | grep -c '^>')" = 2 ] || { echo "gpio-sim.c has another shape" >&2; exit 1; }
printf 'obj-m := gpio-sim.o\ngpio-sim-y := chip.o irq_sim.o\n' >sim/Makefile
make -s -C "/usr/src/linux-headers-$release" M=/root/sim modules
mkdir "root/lib/modules/$release/extra"
cp sim/gpio-sim.ko "root/lib/modules/$release/extra/"
depmod -b root "$release"
tar -C root -cf /out/modules.tar lib/modules
cp /bin/busybox /out/busybox

# No index has a wheel of lgpio for this Python.
PYPI=1 pip3 wheel -q --no-deps --no-index --no-build-isolation --wheel-dir /out /in/lgpio-*.tar.gz
