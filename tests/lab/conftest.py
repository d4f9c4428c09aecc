"""One virtual machine for all scenes."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hw.simulated.endpoint import SimulatedEndpoint

from .guest import BOOT, Guest
from .image import image
from .installing import installed_in, things
from .lab import KEY, Lab
from .luggage import luggage
from .pieces import ARCHES

FROZEN = "installed"


@pytest.fixture(scope="session")
async def booted(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lab]:
    """A fresh Debian 13 that has been booted for the first time, and an endpoint outside."""
    kept = os.environ.get("SIMGATE_LAB_PLACE")
    place = Path(kept) if kept else tmp_path_factory.mktemp("lab")
    found = image(ARCHES[os.environ["SIMGATE_LAB_ARCH"]])
    thaw = (place / FROZEN).exists()
    guest = Guest(found, place / "luggage.raw" if thaw else luggage(found, place), place)
    endpoint = SimulatedEndpoint(KEY)
    await endpoint.start()
    lab = Lab(guest, endpoint)
    try:
        await guest.start(restore=FROZEN if thaw else None)
        if thaw:
            lab.before = set((place / FROZEN).read_text().splitlines())
        else:
            await guest.do("systemctl is-system-running --wait || { systemctl --failed; false; }", BOOT)
            lab.before = await things(guest)
        yield lab
    finally:
        await guest.close()
        await endpoint.close()


@pytest.fixture(scope="session")
async def installed(booted: Lab) -> Lab:
    """simgate is installed there, in whatever way; frozen for the next run where a place is kept."""
    await installed_in(booted)
    await booted.clear()
    if os.environ.get("SIMGATE_LAB_PLACE") and not (booted.guest.place / FROZEN).exists():
        await booted.guest.save(FROZEN)
        (booted.guest.place / FROZEN).write_text("\n".join(sorted(booted.before)))
    return booted


@pytest.fixture
async def lab(installed: Lab) -> AsyncIterator[Lab]:
    """simgate is installed there; nothing is plugged in, configured or on sale."""
    yield installed
    await installed.clear()
