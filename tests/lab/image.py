"""What the virtual machine boots: a stock kernel of Debian 13, a small initrd, and a root file system on which simgate was never seen."""

import lzma
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import debian
from .board import board
from .pieces import HERE, ROOT, SUITE, Arch, kept, need, run

WORKSHOP = (
    *("build-essential", "busybox-static", "bc", "kmod", "libelf-dev", "linux-source", "xz-utils"),
    *("python3-dev", "python3-pip", "python3-setuptools", "python3-wheel", "swig"),
)
# What `systemd` recommends and a person installs with Debian, and the three that the README asks for.
GUEST = (
    *("systemd-sysv", "udev", "dbus", "kmod", "iproute2", "procps", "ca-certificates", "sudo", "less", "libpam-systemd"),
    *("git", "python3", "apt", "python3-venv"),
)
GUEST_HOOKS = (
    'chroot "$1" useradd --create-home --shell /bin/bash rack; echo "rack ALL=(ALL) NOPASSWD: ALL" >"$1/etc/sudoers.d/rack"',
    'chroot "$1" systemctl --quiet enable systemd-networkd; rm -f "$1/etc/resolv.conf"; echo rack >"$1/etc/hostname"',
    'chroot "$1" systemd-machine-id-setup; chroot "$1" journalctl --update-catalog',
)
# To reach the root file system, in whatever order they need each other.
BOOT_MODULES = ("virtio_pci", "virtio_mmio", "virtio_blk", "ext4")
# All that the guest has: an emulated processor takes half a minute to load the rest, and everything is packed with xz.
MODULES = (
    *BOOT_MODULES,
    *("virtio_net", "virtio_console", "xhci_pci", "autofs4", "configfs", "gpio-sim", "overlay", "loop"),
    *("usbserial", "ftdi_sio", "option", "cdc_acm", "pl2303", "cp210x", "ch341"),
    *("dummy_hcd", "libcomposite", "usb_f_serial", "usb_f_acm"),
)


@dataclass(frozen=True)
class Image:
    """The board, kernel, initrd, root file system (raw, never written to), and a directory with a wheel of lgpio."""

    arch: Arch
    board: list[str]
    kernel: Path
    initrd: Path
    disk: Path
    lgpio: Path


def commands(arch: Arch) -> tuple[str, ...]:
    """All that the lab needs of this machine."""
    made = (
        *debian.commands(arch.processor),
        "mke2fs",
        "modprobe",
        "cpio",
        "git",
        "qemu-img",
        arch.qemu,
        *(["fdtput"] if arch.device_tree else []),
    )
    return made if os.geteuid() == 0 else (*made, "fakeroot")


def image(arch: Arch) -> Image:
    """Made when it is not there yet. LabError."""
    need(*commands(arch))
    shop = kept(f"workshop-{arch.name}", [HERE / "workshop.sh", " ".join(WORKSHOP), SUITE, _lgpio()], lambda to: _workshop(arch, to))
    plain = kept(f"debian-{arch.name}", [" ".join(GUEST), *GUEST_HOOKS, SUITE], lambda to: _debian(arch, to))
    own: list[str | bytes | Path] = [HERE / "inside", HERE / "root.sh", HERE / "initrd.sh", " ".join(MODULES), plain.name]
    root = kept(f"root-{arch.name}", own, lambda to: _root(shop, plain, to))
    return Image(arch, board(arch), shop / "vmlinuz", root / "initrd", root / "disk.raw", shop)


def _lgpio() -> str:
    lines = (ROOT / "tests/requirements.txt").read_text("utf-8").splitlines()
    return next(line for line in lines if line.startswith("lgpio=="))


def _workshop(arch: Arch, to: Path) -> None:
    with tempfile.TemporaryDirectory() as made:
        sdist = Path(made)
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "lgpio", "--dest", sdist)
        run(*pip, _lgpio(), env={"PYPI": "1"})
        script = HERE / "workshop.sh"
        debian.bootstrap(
            arch.name,
            arch.processor,
            (*WORKSHOP, f"linux-headers-{arch.name}"),
            "/dev/null",
            'mkdir "$1/in" "$1/out"',
            f"copy-in {script} {next(sdist.iterdir())} /in",
            f'chroot "$1" sh /in/workshop.sh {arch.name}',
            f"sync-out /out {to}",
        )


def _debian(arch: Arch, to: Path) -> None:
    debian.bootstrap(arch.name, arch.processor, GUEST, to / "tree.tar", *GUEST_HOOKS)


def _root(shop: Path, plain: Path, to: Path) -> None:
    with tempfile.TemporaryDirectory(dir=to) as made:
        whole, few, tree = (Path(made) / name for name in ("whole", "few", "tree"))
        for folder in (whole, few, tree):
            folder.mkdir()
        run("tar", "-C", whole, "-xf", shop / "modules.tar")
        release = next((whole / "lib/modules").iterdir()).name
        for file in _closure(whole, release, MODULES):
            _unpacked(file, few / file.relative_to(whole).with_name(file.name.removesuffix(".xz")))
        for table in (whole / "lib/modules" / release).glob("modules.builtin*"):
            shutil.copy(table, few / "lib/modules" / release)
        run("depmod", "-b", few, release)
        # One fakeroot for all of it where there is no root: owners must come through.
        run(*_as_root(), "sh", "-eu", HERE / "root.sh", plain / "tree.tar", few, HERE / "inside", tree, to / "disk.raw")
        _initrd(shop, _closure(few, release, BOOT_MODULES), to / "initrd")


def _as_root() -> tuple[str, ...]:
    return () if os.geteuid() == 0 else ("fakeroot", "--")


def _closure(tree: Path, release: str, modules: tuple[str, ...]) -> list[Path]:
    """Files of the modules and of all that they need, in the order in which they can be loaded."""
    said = run("modprobe", "-d", tree, "-S", release, "--show-depends", "--all", *modules)
    return list(dict.fromkeys(Path(line.split()[1]) for line in said.splitlines() if line.startswith("insmod ")))


def _unpacked(file: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    octets = file.read_bytes()
    to.write_bytes(lzma.decompress(octets) if file.suffix == ".xz" else octets)


def _initrd(shop: Path, modules: list[Path], to: Path) -> None:
    with tempfile.TemporaryDirectory(dir=to.parent) as made:
        ram = Path(made)
        for folder in ("bin", "modules", "proc", "dev", "root"):
            (ram / folder).mkdir()
        shutil.copy(shop / "busybox", ram / "bin/busybox")
        shutil.copy(HERE / "initrd.sh", ram / "init")
        (ram / "init").chmod(0o755)
        for at, file in enumerate(modules):
            shutil.copy(file, ram / "modules" / f"{at:03}-{file.name}")
        run("sh", "-ec", 'cd "$1" && find . | cpio --quiet -o -H newc | gzip -1 >"$2"', "sh", ram, to)
