"""One virtual machine for all scenes."""

import os
from collections.abc import AsyncIterator

import pytest

from hw.simulated.endpoint import SimulatedEndpoint

from .guest import Guest
from .image import image
from .installing import installed_in, things
from .lab import KEY, Lab
from .luggage import luggage
from .pieces import ARCHES


@pytest.fixture(scope="session")
async def booted(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lab]:
    """A fresh Debian 13 that has been booted for the first time, and an endpoint outside."""
    place = tmp_path_factory.mktemp("lab")
    found = image(ARCHES[os.environ["SIMGATE_LAB_ARCH"]])
    guest = Guest(found, luggage(found, place), place)
    endpoint = SimulatedEndpoint(KEY)
    await endpoint.start()
    try:
        await guest.start()
        await guest.do("systemctl is-system-running --wait", 240)
        lab = Lab(guest, endpoint)
        lab.before = await things(guest)
        yield lab
    finally:
        await guest.close()
        await endpoint.close()


@pytest.fixture
async def lab(booted: Lab) -> AsyncIterator[Lab]:
    """simgate is installed there; nothing is plugged in, configured or on sale."""
    await installed_in(booted)
    await booted.clear()
    yield booted
    await booted.clear()
