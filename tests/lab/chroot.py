"""The 32-bit Pi: an install in a Debian 13 for armhf, in a directory and without systemd, its programs run by QEMU one by one."""

import sys
import tempfile
from pathlib import Path

from . import debian
from .luggage import repository
from .pieces import HERE, LabError

ARCH, PROCESSOR = "armhf", "arm"
# The three that the README asks for, and what a Debian has anyway.
PACKAGES = ("ca-certificates", "systemd", "udev", "git", "python3", "apt", "python3-venv")
# This machine's index may be known to its own authorities alone.
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


def commands() -> tuple[str, ...]:
    """All that it needs of this machine."""
    return (*debian.commands(PROCESSOR), "git")


def install_in_chroot() -> int:
    """The exit status; what is done there is said as it goes on. Packages and wheels come over the network."""
    with tempfile.TemporaryDirectory() as made:
        repository(Path(made) / "simgate.git")
        hooks = [
            f"copy-in {Path(made) / 'simgate.git'} {HERE / 'chroot.sh'} /root",
            *([f"copy-in {AUTHORITIES} {AUTHORITIES.parent}"] if AUTHORITIES.exists() else []),
            'chroot "$1" sh /root/chroot.sh',
        ]
        try:
            debian.bootstrap(ARCH, PROCESSOR, PACKAGES, "/dev/null", *hooks, aloud=True)
        except LabError as error:
            print(error, file=sys.stderr)
            return 1
    return 0
