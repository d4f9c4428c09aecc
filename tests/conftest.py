"""What every test has: a disk in memory, and random tests that print how to repeat them and have no time limit of their own."""

import gc
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

MEMORY = Path("/dev/shm")
ROOM = 1 << 30  # octets; a container may have 64 MiB

settings.register_profile("simgate", deadline=None, print_blob=True, database=None)
settings.load_profile("simgate")


def roomy(place: Path) -> bool:
    """Whether files can be kept there, and programs among them run."""
    if not os.access(place, os.W_OK):
        return False
    found = os.statvfs(place)
    return not found.f_flag & os.ST_NOEXEC and found.f_bavail * found.f_frsize >= ROOM


# The databases of the tests wait for a disk some ten thousand times; the lab's disks are larger than a memory.
if not {"TMPDIR", "SIMGATE_LAB_ARCH"} & os.environ.keys() and roomy(MEMORY):
    tempfile.tempdir = os.environ["TMPDIR"] = str(MEMORY)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Thousands of tests, which stay: whoever looks for garbage need not look at them each time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
