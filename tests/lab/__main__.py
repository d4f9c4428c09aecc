"""`python -m tests.lab [--arch arm64] [ARG...]`: the scenes, each in turn; ARGs go to pytest."""

import argparse
import os
import sys
from pathlib import Path

import pytest

from .chroot import INSTALL, RELEASES, TESTS, in_chroot
from .chroot import commands as chroot_commands
from .image import commands, image
from .pieces import ARCHES, HERE, Arch, LabError, missing, need

CHROOT = {"armhf": "arm"}  # that have no machine: Debian's name and QEMU's
# The scenes are ordinary tests under other names and with more time, so that nobody runs into them by chance.
WAYS = {
    "python_files": "scene_*.py",
    "asyncio_default_fixture_loop_scope": "session",
    "asyncio_default_test_loop_scope": "session",
    "tmp_path_retention_policy": "failed",
}
SCENE = 3000  # seconds for one, times Arch.pace


def main() -> int:
    """Pieces first, then the scenes."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    parser.add_argument(
        "--arch", choices=[*ARCHES, *CHROOT], default="amd64", help="armhf has no machine: an install in a chroot, and no scenes"
    )
    parser.add_argument("--needs", action="store_true", help="print the Debian packages that are missing here, and no more")
    parser.add_argument("--suite-in", choices=RELEASES, help="the whole suite in that Debian, in a directory, and no more")
    parser.add_argument("--pieces", action="store_true", help="make kernel, initrd and root file system, and no more")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="freeze the machine there once simgate is installed, and begin there next time"
    )
    options, rest = parser.parse_known_args()
    arch = ARCHES.get(options.arch)
    processor = arch.processor if arch else CHROOT[options.arch]
    needed = commands(arch) if arch and not options.suite_in else chroot_commands(processor)
    if options.needs:
        print(*missing(*needed))
        return 0
    try:
        need(*needed)
        if options.suite_in:
            return in_chroot(options.arch, processor, TESTS, options.suite_in)
        if arch is None:
            return in_chroot(options.arch, processor, INSTALL)
        image(arch)
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if options.pieces else scenes(arch, options.keep, rest)


def scenes(arch: Arch, keep: Path | None, rest: list[str]) -> int:
    """The exit status of pytest."""
    os.environ["SIMGATE_LAB_ARCH"] = arch.name
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        os.environ["SIMGATE_LAB_PLACE"] = str(keep.absolute())
    where = [] if any("scene_" in word for word in rest) else [str(HERE)]
    ways = [word for key, value in WAYS.items() for word in ("-o", f"{key}={value}")]
    limit = f"--timeout={SCENE * arch.pace:.0f}"
    return int(pytest.main([*ways, limit, "--durations=0", "--durations-min=0.1", "-v", *rest, *where]))


if __name__ == "__main__":
    sys.exit(main())
