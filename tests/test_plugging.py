"""Modems that come, go and change places in a tree of sysfs, with ttys that are ptys and udev's own datagrams."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from child import simgate
from gate import answers, next_look
from rack import LIMIT, Berth
from sysfs import Tree
from uevents import Wire, events

from agent.gateway import Gateway, World
from agent.modems.library import shipped
from agent.ports import Wiring
from agent.requests import Served
from agent.settings.file import load
from agent.slots.slot import State
from agent.strays import Stray, Strays
from agent.sync.store import Store
from hw.board import SlotBoard, build
from hw.clock import SystemClock
from hw.simulated.modem import SimulatedModem
from hw.simulated.rack import Rack, SimulatedPort
from hw.simulated.sim import fresh

USB_ID = "2c7c:0125"
SOON = 1.0  # seconds in which a modem's coming and going is noticed


class Hub:
    """A tree, its wire to udev, and modems that keep their far end: their ttys go without hanging up, as behind a dead hub."""

    def __init__(self, place: Path) -> None:
        self.tree, self.wire = Tree(place), Wire(place)

    def plug(self, usb: str, port: SimulatedPort, tty: str, *, told: bool = True) -> None:
        """The modem is enumerated there, its AT port under that name."""
        (self.tree.dev / tty).symlink_to(port.path)
        self.tree.modem(usb, USB_ID)
        self.tree.usb_serial(usb, 2, tty)
        if told:
            self.wire.send(*events("add", usb, 2, tty))

    def pull(self, usb: str, tty: str) -> None:
        """It is out."""
        self.tree.gone(usb, tty)
        self.wire.send(*events("remove", usb, 2, tty))

    def board(self, wirings: Sequence[Wiring], kind: str = "mock") -> SlotBoard:
        """A board on it."""
        return build(kind, wirings, sysfs=self.tree.sysfs, dev=self.tree.dev, udev=self.wire.udev)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    made = Hub(tmp_path)
    yield made
    made.wire.close()


@pytest.fixture
async def ports(tmp_path: Path) -> AsyncIterator[Sequence[SimulatedPort]]:
    with Rack([SimulatedModem("quectel-ec25", fresh(at), delay=0.0, serial=at) for at in range(16)], tmp_path / "rack") as rack:
        yield rack.ports


@asynccontextmanager
async def kept(board: SlotBoard, wirings: Sequence[Wiring]) -> AsyncIterator[list[Berth]]:
    """A keeper for each; what lets hints be lost would be found by looking only after 10 s."""
    async with AsyncExitStack() as stack:
        stack.callback(board.close)
        berths = [Berth(None, board, wiring, settle=0.01, poll=3600.0) for wiring in wirings]  # type: ignore[arg-type]
        for one in berths:
            await stack.enter_async_context(one.kept())
        yield berths


async def test_a_modem_is_noticed_when_it_comes_and_when_it_goes_although_its_port_says_nothing(
    hub: Hub, ports: Sequence[SimulatedPort]
) -> None:
    wiring = Wiring("rack1-01", usb="1-1.2")
    async with kept(hub.board([wiring]), [wiring]) as (slot,):
        await slot.until(lambda now: "no modem" in (now.why or ""))
        loop = asyncio.get_running_loop()
        hub.plug("1-1.2", ports[0], "ttyUSB2")
        async with asyncio.timeout(SOON):
            await slot.until(lambda now: now.state is State.READING)
        await slot.ready()
        began = loop.time()
        hub.pull("1-1.2", "ttyUSB2")
        gone = await slot.until(lambda now: now.state is State.OFFLINE)
        assert loop.time() - began < SOON
        assert "the modem is gone" in (gone.why or "")


async def test_a_modem_that_comes_back_under_another_name_is_the_same_slots(hub: Hub, ports: Sequence[SimulatedPort]) -> None:
    wiring = Wiring("rack1-01", usb="1-1.2")
    hub.plug("1-1.2", ports[0], "ttyUSB2", told=False)
    async with kept(hub.board([wiring]), [wiring]) as (slot,):
        first = await slot.ready()
        hub.pull("1-1.2", "ttyUSB2")
        await slot.until(lambda now: now.state is State.OFFLINE)
        hub.plug("1-1.2", ports[0], "ttyUSB5")
        assert (await slot.ready()).card == first.card
        assert slot.keeper.modem is not None
        assert slot.keeper.modem.port.tty == str(hub.tree.dev / "ttyUSB5")


async def test_what_moves_at_another_path_ends_no_conversation(hub: Hub, ports: Sequence[SimulatedPort]) -> None:
    wirings = [Wiring("rack1-01", usb="1-1.2"), Wiring("rack1-02", usb="1-1.21")]
    hub.plug("1-1.2", ports[0], "ttyUSB2", told=False)
    hub.plug("1-1.21", ports[1], "ttyUSB3", told=False)
    async with kept(hub.board(wirings), wirings) as (stays, goes):
        await stays.ready()
        await goes.ready()
        hub.pull("1-1.21", "ttyUSB3")
        await goes.until(lambda now: now.state is State.OFFLINE)
        assert stays.keeper.slot.state is State.READY


async def test_a_hub_that_drops_sixteen_is_noticed_at_once_and_its_modems_come_back_in_any_order(
    hub: Hub, ports: Sequence[SimulatedPort]
) -> None:
    wirings = [Wiring(f"rack1-{at:02}", usb=f"1-1.{at}") for at in range(1, 17)]
    for at, port in enumerate(ports, 1):
        hub.plug(f"1-1.{at}", port, f"ttyUSB{at}", told=False)
    async with kept(hub.board(wirings), wirings) as slots:
        cards = [(await slot.ready()).card for slot in slots]
        loop = asyncio.get_running_loop()
        began = loop.time()
        for at in range(1, 17):
            hub.pull(f"1-1.{at}", f"ttyUSB{at}")
            await asyncio.sleep(0)
        for slot in slots:
            await slot.until(lambda now: now.state is State.OFFLINE)
        assert loop.time() - began < 2 * SOON  # sixteen modems and their keepers share this one thread
        for at, port in reversed(list(enumerate(ports, 1))):
            hub.plug(f"1-1.{at}", port, f"ttyUSB{40 - at}")
            await asyncio.sleep(0)
        assert [(await slot.ready()).card for slot in slots] == cards


async def test_two_links_of_one_modem_in_two_slots_are_told_once_and_the_first_slot_keeps_it(
    hub: Hub, ports: Sequence[SimulatedPort], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "agent.keeping.voice")
    hub.plug("1-1.2", ports[0], "ttyUSB2", told=False)
    links = hub.tree.dev / "serial/by-path"
    links.mkdir(parents=True)
    names = [links / f"platform-fd500000.pcie-pci-0000:01:00.0-{kind}-0:1.2:1.2-port0" for kind in ("usb", "usbv2")]
    for name in names:
        name.symlink_to("../../ttyUSB2")
    wirings = [Wiring(f"rack1-{at:02}", tty=str(name)) for at, name in enumerate(names, 1)]
    board = hub.board(wirings)
    async with kept(board, wirings[:1]) as (first,):
        await first.ready()
        second = Berth(None, board, wirings[1], settle=0.01, poll=3600.0)  # type: ignore[arg-type]
        async with second.kept():
            said = await second.until(lambda now: "slot rack1-01 has the same tty" in (now.why or ""))
            assert str(ports[0].path.resolve()) in (said.why or "")
            heard = len(second.history)
            await second.until(lambda _now: len(second.history) >= heard + 2)  # further tries
            assert caplog.text.count("has the same tty") == 1
        assert first.keeper.slot.state is State.READY


async def test_a_late_tty_of_a_known_modem_is_waited_for_and_the_wrong_one_is_never_opened(
    hub: Hub, ports: Sequence[SimulatedPort]
) -> None:
    wiring = Wiring("rack1-01", usb="1-1.2")
    async with kept(hub.board([wiring]), [wiring]) as (slot,):
        await slot.until(lambda now: "no modem" in (now.why or ""))
        wrong = ports[1].expect("")
        (hub.tree.dev / "ttyUSB0").symlink_to(ports[1].path)
        (hub.tree.dev / "ttyUSB2").symlink_to(ports[0].path)
        hub.tree.modem("1-1.2", USB_ID)
        hub.tree.usb_serial("1-1.2", 3, "ttyUSB0")
        hub.wire.send(*events("add", "1-1.2", 3, "ttyUSB0"))
        loop = asyncio.get_running_loop()
        loop.call_later(0.5, hub.tree.usb_serial, "1-1.2", 2, "ttyUSB2")
        loop.call_later(0.5, lambda: hub.wire.send(*events("add", "1-1.2", 2, "ttyUSB2")))
        await slot.ready()
        assert slot.keeper.modem is not None
        assert slot.keeper.modem.port.tty.endswith("ttyUSB2")
        assert not wrong.done()
        wrong.cancel()


# Where no slot is ----------------------------------------------------------------------------------------------------


async def test_a_modem_in_a_socket_without_a_slot_is_told_once_each_time_it_comes(
    hub: Hub, ports: Sequence[SimulatedPort], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "agent.strays")
    hub.plug("1-1.2", ports[0], "ttyUSB2", told=False)
    board = hub.board([Wiring("rack1-01", usb="1-1.2")], "pi")
    strays = Strays(board, shipped())
    task = asyncio.create_task(strays.run())

    async def until(*found: Stray) -> None:
        async with asyncio.timeout(LIMIT):
            while strays.found != found:
                await next_look()

    hub.plug("1-1.4", ports[1], "ttyUSB3")
    await until(Stray("1-1.4", USB_ID))
    strays._look()  # another hint, for nothing
    hub.pull("1-1.4", "ttyUSB3")
    await until()
    hub.plug("1-1.4", ports[1], "ttyUSB4")
    await until(Stray("1-1.4", USB_ID))
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert all("1-1.4" in text and USB_ID in text for text in said)
    task.cancel()
    await asyncio.wait([task])
    board.close()


def test_hubs_adapters_and_modems_of_slots_are_no_strays(hub: Hub) -> None:
    tree = hub.tree
    for usb, usb_id in (("usb1", "1d6b:0002"), ("1-1", "05e3:0610"), ("1-1.1", USB_ID), ("1-1.2", USB_ID), ("1-1.3", "0403:6001")):
        tree.modem(usb, usb_id)
    for usb, number in (("1-1.1", 1), ("1-1.2", 2), ("1-1.3", 3)):
        tree.usb_serial(usb, 2, f"ttyUSB{number}")
    tree.interface("1-1", 0)
    link = tree.dev / "by-path"
    link.symlink_to("ttyUSB2")
    board = hub.board([Wiring("rack1-01", usb="1-1.1"), Wiring("rack1-02", tty=str(link))], "pi")
    assert list(board.unclaimed()) == ["1-1.3"]
    strays = Strays(board, shipped())
    strays._look()
    assert strays.found == ()
    assert hub.board([Wiring("rack1-01", usb="1-1.1")], "mock").unclaimed() == {}
    board.close()


CONFIG = """[gateway]
id = "rack1"
[endpoint]
url = "http://127.0.0.1:9"
[store]
path = "{0}/simgate.db"
[control]
socket = "{0}/control.sock"
[[slot]]
name = "rack1-01"
usb = "1-1.2"
"""


async def test_status_names_the_modems_that_have_no_slot(hub: Hub, ports: Sequence[SimulatedPort], tmp_path: Path) -> None:
    file = tmp_path / "simgate.toml"
    file.write_text(CONFIG.format(tmp_path))
    settings = load(file, {"SIMGATE_API_KEY": "5ecret-k3y"})
    hub.plug("1-1.4", ports[1], "ttyUSB3", told=False)
    board, store = hub.board([slot.wiring for slot in settings.slots], "pi"), await Store.open(settings.store)
    gateway = Gateway(settings, World(board, shipped(), SystemClock(), random.Random(1)), store)
    running = asyncio.create_task(Served(gateway).run())
    await answers(settings.control, running)
    async with asyncio.timeout(LIMIT):
        while not gateway.strays.found:
            await next_look()
    as_json = await simgate("status", "--json", "--config", str(file))
    said = await simgate("status", "--config", str(file))
    running.cancel()
    await asyncio.wait([running])
    await store.close()
    board.close()
    assert as_json.document["unclaimed"] == [{"usb": "1-1.4", "usb_id": USB_ID}]
    assert "modems where no slot is: 1-1.4 (2c7c:0125)\n" in said.out
