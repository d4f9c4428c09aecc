"""What systemd hears: the datagrams of sd_notify(3) on a real socket, from the parts and from `simgate run`."""

import asyncio
import logging
import os
import re
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from child import Agent, agent
from gate import LIMIT, Gate, gate, racked

from agent.errors import StoreError
from agent.service.notify import Notify
from agent.service.systemd import Service
from hw.simulated.endpoint import Canned
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import fresh


def modems(count: int) -> list[SimulatedModem]:
    return [SimulatedModem("quectel-ec25", fresh(at), delay=0.0, serial=at) for at in range(count)]


class Ear:
    """A service manager at `address`; `heard` is every line that came, in order."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.heard: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(address.replace("@", "\0", 1) if address.startswith("@") else address)

    async def hears(self, line: str, times: int = 1) -> None:
        """Wait until it has come so often."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(LIMIT):
                while self.heard.count(line) < times:
                    self.heard += (await loop.sock_recv(self._socket, 4096)).decode().split("\n")
        except TimeoutError:
            raise AssertionError(f"{line!r} is not {times} times among {self.heard}") from None

    def now(self) -> list[str]:
        """All that has come."""
        while True:
            try:
                self.heard += self._socket.recv(4096).decode().split("\n")
            except BlockingIOError:
                return self.heard

    def close(self) -> None:
        """Nobody listens any more."""
        self._socket.close()


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[Ear]:
    made = Ear(str(tmp_path / "notify"))
    yield made
    made.close()


def said(ear: Ear, name: str) -> list[str]:
    """The values of that name, in order."""
    return [line.partition("=")[2] for line in ear.now() if line.startswith(f"{name}=")]


# -- the way there --


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_what_is_said_goes_out_as_one_datagram(kind: str, tmp_path: Path) -> None:
    ear = Ear(str(tmp_path / "notify") if kind == "path" else f"@simgate-{os.getpid()}")
    assert Notify(ear.address).say("READY=1", "STATUS=well")
    assert ear.now() == ["READY=1", "STATUS=well"]
    ear.close()


def test_without_a_service_manager_nothing_is_said_and_nothing_is_wrong(caplog: pytest.LogCaptureFixture) -> None:
    notify = Notify.of({}, 1)
    assert not notify.heard
    assert not notify.say("READY=1")
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("environ", "watchdog"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_meant_for_the_process_that_it_names(environ: dict[str, str], watchdog: float | None) -> None:
    assert Notify.of({"NOTIFY_SOCKET": "/run/notify", **environ}, 7).watchdog == watchdog
    assert Notify.of(environ, 7).watchdog is None


def test_a_service_manager_that_is_gone_is_complained_of_once_until_it_is_back(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    notify = Notify(str(tmp_path / "notify"))
    for _ in range(3):
        assert not notify.say("WATCHDOG=1")
    ear = Ear(str(tmp_path / "notify"))
    assert notify.say("WATCHDOG=1")
    ear.close()
    assert not notify.say("WATCHDOG=1")
    assert [record.levelname for record in caplog.records] == ["WARNING", "DEBUG", "DEBUG", "WARNING"]


def test_a_service_manager_that_does_not_read_holds_nothing_up(ear: Ear) -> None:
    notify = Notify(ear.address)
    taken = [notify.say("WATCHDOG=1") for _ in range(2000)]
    assert taken[0]
    assert not taken[-1]


# -- one gateway --


@asynccontextmanager
async def told(rack: Gate, ear: Ear, watchdog: float | None = None) -> AsyncIterator[None]:
    task = asyncio.create_task(Service(rack.gateway, Notify(ear.address, watchdog)).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_ready_is_said_once_and_not_before_the_first_list_is_decided(tmp_path: Path, ear: Ear) -> None:
    async with racked(tmp_path, modems(2), timing={"startup": 1.0}) as rack:
        rack.port(2).hang()
        async with rack.running(), told(rack, ear):
            await ear.hears("STATUS=starting: 1 of 2 slots have spoken")
            assert not rack.endpoint.requests
            assert "READY=1" not in ear.now()
            await ear.hears("READY=1")
            await rack.on_sale(rack.number(1))
            rack.port(2).resume()
            await ear.hears("STATUS=2 of 2 on sale, 0 changes unsent, endpoint ok")
            assert ear.now().count("READY=1") == 1


async def test_the_line_says_what_waits_and_how_the_endpoint_is_and_only_when_that_changes(tmp_path: Path, ear: Ear) -> None:
    async with gate(tmp_path, modems(2)) as rack, told(rack, ear):
        await ear.hears("STATUS=2 of 2 on sale, 0 changes unsent, endpoint ok")
        rack.endpoint.script(*[Canned(401, {"response": "ERROR_WRONG_KEY"})] * 10)
        rack.port(1).eject()
        await ear.hears("STATUS=1 of 2 on sale, 1 change unsent, endpoint refused")
        for _ in range(5):
            await rack.port(2).expect("AT+CPIN?")  # polls
        lines = said(ear, "STATUS")
        assert all(before != after for before, after in pairwise(lines))
        assert ear.now()[-1] == "STATUS=1 of 2 on sale, 1 change unsent, endpoint refused"


async def test_a_database_in_trouble_is_said(tmp_path: Path, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    async with gate(tmp_path, modems(1)) as rack:
        await rack.on_sale(rack.number(1))

        async def broken() -> None:
            raise StoreError("database: disk I/O error")

        monkeypatch.setattr(rack.gateway.store, "pending", broken)
        async with told(rack, ear):
            await ear.hears("STATUS=1 of 1 on sale, the database is in trouble, endpoint ok")


# -- `simgate run` --


@asynccontextmanager
async def service(rack: Gate, ear: Ear, watchdog: float = 0.1) -> AsyncIterator[Agent]:
    """As systemd starts it."""
    async with agent(rack.file, NOTIFY_SOCKET=ear.address, WATCHDOG_USEC=str(round(watchdog * 1e6))) as running:
        yield running


async def test_a_service_says_ready_feeds_the_watchdog_reloads_and_stops(tmp_path: Path, ear: Ear) -> None:
    async with racked(tmp_path, modems(2)) as rack, service(rack, ear) as running:
        await ear.hears("READY=1")
        await ear.hears("STATUS=2 of 2 on sale, 0 changes unsent, endpoint ok")
        fed = ear.now().count("WATCHDOG=1")
        await ear.hears("WATCHDOG=1", fed + 5)
        running.child.send_signal(signal.SIGHUP)
        await ear.hears("RELOADING=1")
        moment = re.search(r"MONOTONIC_USEC=(\d+)", "\n".join(ear.heard))
        assert moment
        assert 0 <= asyncio.get_running_loop().time() - int(moment[1]) / 1e6 < LIMIT
        await ear.hears("READY=1", 2)
        assert "STOPPING=1" not in ear.now()
        assert await running.ended(signal.SIGTERM) == 0
        heard = ear.now()
        assert heard.count("STOPPING=1") == 1
        assert heard.count("RELOADING=1") == 1
        assert heard.index("RELOADING=1") < len(heard) - heard[::-1].index("READY=1") - 1 < heard.index("STOPPING=1")
