"""A Debian in a directory and without systemd: the install on a 32-bit Pi, and the whole suite with that Debian's own Python."""

import sys
import tempfile
from pathlib import Path

from . import debian
from .luggage import repository
from .pieces import HERE, SUITE, LabError

INSTALL, TESTS = "chroot_install.sh", "chroot_suite.sh"
RELEASES = ("bookworm", "trixie")  # those that the README names
# The three that the README asks for, and what a Debian has anyway.
PACKAGES = ("ca-certificates", "systemd", "udev", "git", "python3", "apt", "python3-venv")
# This machine's index may be known to its own authorities alone.
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


def commands(processor: str) -> tuple[str, ...]:
    """All that it needs of this machine, for that processor by QEMU's name."""
    return (*debian.commands(processor), "git")


def in_chroot(arch: str, processor: str, script: str, release: str = SUITE) -> int:
    """The exit status; what the script says is said as it goes on. Another processor's programs are run by QEMU, one by one.

    Packages and wheels come over the network.
    """
    with tempfile.TemporaryDirectory() as made:
        repository(Path(made) / "simgate.git")
        hooks = [
            f"copy-in {Path(made) / 'simgate.git'} {HERE / script} /root",
            *([f"copy-in {AUTHORITIES} {AUTHORITIES.parent}"] if AUTHORITIES.exists() else []),
            f'chroot "$1" sh /root/{script}',
        ]
        try:
            debian.bootstrap(arch, processor, PACKAGES, "/dev/null", *hooks, aloud=True, release=release)
        except LabError as error:
            print(error, file=sys.stderr)
            return 1
    return 0
