"""`python -m tests.lab [--arch arm64] [ARG...]`: the scenes, each in turn; ARGs go to pytest."""

import argparse
import os
import sys
from pathlib import Path

import pytest

from .image import image
from .pieces import ARCHES, HERE, LabError

# The scenes are ordinary tests under other names and with more time, so that nobody runs into them by chance.
WAYS = {
    "python_files": "scene_*.py",
    "timeout": "1800",
    "asyncio_default_fixture_loop_scope": "session",
    "asyncio_default_test_loop_scope": "session",
}


def main() -> int:
    """Pieces first, then the scenes."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    parser.add_argument("--arch", choices=list(ARCHES), default="amd64")
    parser.add_argument("--pieces", action="store_true", help="make kernel, initrd and root file system, and no more")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="freeze the machine there once simgate is installed, and begin there next time"
    )
    options, rest = parser.parse_known_args()
    try:
        image(ARCHES[options.arch])
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    if options.pieces:
        return 0
    os.environ["SIMGATE_LAB_ARCH"] = options.arch
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
        os.environ["SIMGATE_LAB_PLACE"] = str(options.keep.absolute())
    where = [] if any("scene_" in word for word in rest) else [str(HERE)]
    ways = [word for key, value in WAYS.items() for word in ("-o", f"{key}={value}")]
    return int(pytest.main([*ways, "--durations=0", "--durations-min=0.1", "-v", *rest, *where]))


if __name__ == "__main__":
    sys.exit(main())
