"""What every test has: random tests that print how to repeat them and have no time limit of their own, and a folder for its files."""

import gc
import tempfile
from collections.abc import Iterator
from pathlib import Path

import memory
import pytest
from hypothesis import settings

settings.register_profile("simgate", deadline=None, print_blob=True, database=None)
settings.load_profile("simgate")

# Begun last they would be waited for by all others.
LONG = ("test_house", "test_simulation", "test_simulation_planted", "test_kill", "test_watch")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Thousands of tests, which stay: whoever looks for garbage need not look at them each time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, the others as they stand."""
    items.sort(key=lambda item: item.path.stem not in LONG)


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """In memory where all files are databases, which would wait for a disk some ten thousand times; a tty there would be udev's."""
    if not request.path.name.startswith(("test_sync_", "test_wear")):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="simgate-test-", dir=memory.PLACE) as place:
        yield Path(place)
