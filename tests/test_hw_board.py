"""hw/board: what a board adds to lines, LEDs and sockets: errors with a mend, fakes, a clean end."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.errors import LineError, PortError
from agent.ports import Wiring
from hw.board import build

WIRING = Wiring("s1", tty="/dev/null", presence="GPIO17", led="GPIO27")
ACTIVE_HIGH = Wiring("s1", tty="/dev/null", presence="GPIO17", presence_active="high", led="GPIO27")


def test_slots_without_line_or_led_have_none() -> None:
    bare = Wiring("s1", tty="/dev/null")
    board = build("mock", [bare])
    assert board.line(bare) is None
    assert board.lamp(bare) is None
    board.close()


@pytest.mark.parametrize(
    ("wiring", "words"),
    [
        (Wiring("s9", presence="GPIO99"), "slot s9: GPIO99 is no GPIO pin; name it"),
        (Wiring("s9", presence="J8:1"), "slot s9: J8:1 is no GPIO pin; name it"),
        (Wiring("s9", presence="GPIO2", presence_active="high"), "slot s9: GPIO2 has a fixed pull resistor of the wrong sense; take"),
        (Wiring("s9", presence="17"), "slot s9: 17 is in use already; give"),
        (Wiring("s9", presence="GPIO4", presence_active="loud"), "slot s9: presence_active is 'loud'; say"),
        (Wiring("s9", led="GPIO17"), "slot s9: GPIO17 is in use already; give"),
        (Wiring("s9", led="nose"), "slot s9: nose is no GPIO pin; name it"),
    ],
)
def test_a_pin_that_cannot_be_had_is_named_with_a_mend(wiring: Wiring, words: str) -> None:
    board = build("mock", [WIRING, wiring])
    board.line(WIRING)
    with pytest.raises(LineError) as caught:
        board.line(wiring) or board.lamp(wiring)
    assert str(caught.value).startswith(words)
    board.close()


def test_a_pin_that_was_let_go_can_be_had_again() -> None:
    other = Wiring("s2", presence="GPIO17")
    board = build("mock", [WIRING, other])
    line = board.line(WIRING)
    assert line is not None
    line.close()
    assert board.line(other) is not None
    board.close()


@pytest.mark.parametrize("given", [True, False], ids=["LG_WD", "none"])
def test_where_there_is_no_gpio_a_real_board_says_so_and_leaves_no_trace(tmp_path: Path, given: bool) -> None:
    if list(Path("/dev").glob("gpiochip*")):
        pytest.skip("there is GPIO here")
    here, there = tmp_path / "here", tmp_path / "there"
    for place in (here, there):
        place.mkdir()
    code = """
from pathlib import Path
from agent.errors import LineError
from agent.ports import Wiring
from hw.board import build
before = Path.cwd()
try:
    build("pi", [Wiring("s1", presence="GPIO17")])
except LineError as error:
    print(error)
from gpiozero import Device
assert Path.cwd() == before and Device.pin_factory is None
"""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[1])} | ({"LG_WD": str(there)} if given else {})
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=here, env=environment, check=True, timeout=20, capture_output=True, text=True
    )
    assert done.stdout.startswith("no GPIO here (")
    assert 'say [board] kind = "mock"' in done.stdout
    assert not list(here.iterdir())


def test_a_real_board_without_pins_needs_no_gpio() -> None:
    code = (
        "import sys; from hw.board import build; from agent.ports import Wiring; "
        "build('pi', [Wiring('s1', tty='/dev/null')]).close(); assert 'gpiozero' not in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=20)


@pytest.mark.parametrize("ending", ["board.close(); board.close()", "pass"])
def test_a_process_ends_without_a_word(ending: str) -> None:
    code = (
        "from hw.board import build; from agent.ports import Wiring; "
        "wiring = Wiring('s1', tty='/dev/null', presence='GPIO17', led='GPIO27'); board = build('mock', [wiring]); "
        f"board.line(wiring).on_edge(print); board.lamp(wiring).show(True); {ending}"
    )
    done = subprocess.run([sys.executable, "-X", "dev", "-W", "error", "-c", code], check=True, timeout=20, capture_output=True)
    assert (done.stdout, done.stderr) == (b"", b"")


@pytest.mark.parametrize("wiring", [WIRING, ACTIVE_HIGH], ids=["low", "high"])
def test_faked_cards_move_the_line_with_its_polarity(wiring: Wiring) -> None:
    board = build("mock", [wiring])
    line = board.line(wiring)
    assert line is not None
    edges: list[bool] = []
    line.on_edge(lambda: edges.append(line.present()))
    for verb in ("insert", "insert", "eject", "eject", "insert"):
        board.fake(verb, "s1")
        assert line.present() is (verb == "insert")
    assert edges == [True, False, True]
    board.close()


@pytest.mark.parametrize(
    ("verb", "slot", "words"),
    [
        ("insert", "bare", "slot bare has no presence line to move"),
        ("eject", "bare", "slot bare has no presence line to move"),
        ("insert", "nobody", "no slot nobody; the slots are s1, bare"),
        ("shake", "s1", "slot s1: cannot shake; say insert, eject, plug or unplug"),
    ],
)
def test_what_cannot_be_faked_is_refused(verb: str, slot: str, words: str) -> None:
    board = build("mock", [WIRING, Wiring("bare", tty="/dev/null")])
    with pytest.raises(LineError) as caught:
        board.fake(verb, slot)
    assert str(caught.value).startswith(words)
    board.close()


def test_nothing_can_be_faked_on_a_real_board(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    board = build("pi", [WIRING])
    assert board.line(WIRING) is not None
    with pytest.raises(LineError, match="this board is real"):
        board.fake("insert", "s1")
    board.close()


def test_the_hook_is_called_before_the_line_moves_and_may_refuse() -> None:
    told: list[tuple[str, str, bool]] = []

    def also(verb: str, slot: str) -> None:
        told.append((verb, slot, levels()))
        if verb == "eject":
            raise PortError("no")

    board = build("mock", [WIRING], also=also)
    line = board.line(WIRING)
    assert line is not None
    levels = line.present
    board.fake("insert", "s1")
    with pytest.raises(PortError):
        board.fake("eject", "s1")
    board.fake("unplug", "s1")
    assert told == [("insert", "s1", False), ("eject", "s1", True), ("unplug", "s1", True)]
    assert line.present()
    board.close()


async def test_an_unplugged_modem_is_gone_until_it_is_plugged_in() -> None:
    far, near = os.openpty()
    wiring = Wiring("s1", tty=os.ttyname(near))
    board = build("mock", [wiring])
    socket = board.socket(wiring)
    port = await socket.open(socket.candidates()[0].tty)
    reading = asyncio.ensure_future(port.read())
    await asyncio.sleep(0)
    board.fake("unplug", "s1")
    assert not socket.candidates()
    with pytest.raises(PortError, match="slot s1: the modem is unplugged"):
        await socket.open(os.ttyname(near))
    async with asyncio.timeout(5):
        assert (await reading, await port.read()) == (b"", b"")
    await port.close()
    board.fake("plug", "s1")
    await (await socket.open(socket.candidates()[0].tty)).close()
    os.close(far)
    os.close(near)
    board.close()


async def test_a_modem_that_is_unplugged_while_it_is_opened_is_refused() -> None:
    far, near = os.openpty()
    wiring = Wiring("s1", tty=os.ttyname(near))
    board = build("mock", [wiring])
    opening = asyncio.ensure_future(board.socket(wiring).open(os.ttyname(near)))
    await asyncio.sleep(0)
    board.fake("unplug", "s1")
    board.fake("plug", "s1")
    with pytest.raises(PortError, match="unplugged"):
        await opening
    os.close(far)
    os.close(near)
    board.close()


def test_a_slot_without_a_modem_has_no_socket() -> None:
    board = build("mock", [Wiring("s1", presence="GPIO17")])
    with pytest.raises(PortError, match="slot s1 has no modem"):
        board.socket(Wiring("s1", presence="GPIO17"))
    board.close()
