"""Pins that are missing when the agent starts, or dead when it ends: one slot's matter alone. What is wrongly written is refused."""

import errno
import gc
from collections.abc import Sequence
from pathlib import Path

import pytest
from child import simgate
from gate import Gate, racked
from gpiozero.pins.mock import MockPin
from pins import absent, broken, errors

from agent.errors import LineError, WiringError
from agent.ports import Wiring
from hw.board import SlotBoard, build
from hw.late import LateLine, LateSupply
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import fresh

WIRING = Wiring("s1", tty="/dev/null", presence="1-0020:1", led="1-0020:2", power="1-0020:3")
OTHER = Wiring("s2", tty="/dev/null", presence="GPIO4", led="GPIO5", power="GPIO6")


def powered(rack: Gate, pin: str) -> None:
    """The first slot has a power line, too."""
    text = rack.file.read_text()
    rack.file.write_text(text.replace("[[slot]]\n", f'[[slot]]\npower = "{pin}"\n', 1))


# The start -----------------------------------------------------------------------------------------------------------


async def test_a_slot_whose_pins_are_missing_at_the_start_says_so_sells_nothing_and_leaves_its_neighbours_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    modems = [SimulatedModem("generic", fresh(at), delay=0.0) for at in range(3)]
    async with racked(tmp_path, modems, lines=True, timing={"startup": 1.0}) as rack:
        powered(rack, "GPIO25")
        with absent("GPIO0", "GPIO14", "GPIO25"):
            async with rack.running():
                for slot in (2, 3):
                    await rack.asked("fake", move="insert", slot=f"rack1-0{slot}")
                await rack.on_sale(rack.number(2), rack.number(3))
                assert "presence line cannot be read" in await rack.why(1, "cannot be read")
                assert not rack.gateway.lights.has("rack1-01")
                assert all(rack.gateway.lights.has(f"rack1-0{slot}") for slot in (2, 3))
        said = sorted(errors(caplog))
        assert [one.partition(": ")[0] for one in said] == ["rack1-01", "rack1-01"]
        assert "its LED cannot be had" in said[0]
        assert "its presence line cannot be read" in said[1]
        (power,) = [one.getMessage() for one in caplog.records if one.name == "hw.late" and one.levelname == "ERROR"]
        assert "power line cannot be had" in power
        assert "slot rack1-01: GPIO25: [Errno 19] No such device" in power


async def test_a_line_that_comes_later_is_read_and_tells_of_its_edges(tmp_path: Path) -> None:
    async with racked(tmp_path, [SimulatedModem("generic", fresh(1), delay=0.0)], lines=True) as rack:
        with absent("GPIO0"):
            running = rack.running()
            await running.__aenter__()
            await rack.why(1, "cannot be read")
        try:
            await rack.asked("fake", move="insert", slot="rack1-01")
            await rack.on_sale(rack.number(1))
        finally:
            await running.__aexit__(None, None, None)


def test_a_line_is_asked_for_with_every_look_and_its_edges_are_armed_once_it_is_there() -> None:
    board = build("mock", [WIRING])
    edges: list[bool] = []
    with absent("GPIO1"):
        line = board.line(WIRING)
        assert line is not None
        line.on_edge(lambda: edges.append(line.present()))
        for _ in range(3):
            with pytest.raises(LineError, match=r"slot s1: 1-0020:1: .*No such device") as caught:
                line.present()
            assert not isinstance(caught.value, WiringError)
    assert line.present() is False
    for verb in ("insert", "eject"):
        board.fake(verb, "s1")
    assert edges == [True, False]
    board.close()


def test_a_line_without_edges_that_comes_later_is_still_read(caplog: pytest.LogCaptureFixture) -> None:
    board = build("mock", [WIRING])
    with absent("GPIO1"):
        line = board.line(WIRING)
        assert line is not None
        line.on_edge(lambda: None)
    with broken("_enable_event_detect", "GPIO1"):
        assert (line.present(), line.present()) == (False, False)
    assert caplog.text.count("tells of no edges") == 1
    board.close()


def test_a_power_line_that_comes_later_gives_power_and_takes_it() -> None:
    board = build("mock", [WIRING])
    with absent("GPIO3"):
        board.power(WIRING)
    supply = board._supplies["s1"]
    with absent("GPIO3"), pytest.raises(LineError, match=r"slot s1: 1-0020:3: .*No such device"):
        supply.give(False)
    for on in (False, True):
        supply.give(on)
        assert bool(pin(board, "1-0020:3").state) is (on == (WIRING.power_active == "high"))
    board.close()


@pytest.mark.parametrize("verb", ["_set_function", "_set_pull"])
def test_a_pin_that_fails_while_it_is_claimed_can_be_had_later(verb: str) -> None:
    board = build("mock", [WIRING])
    kept: list[LineError] = []
    with broken(verb, "GPIO1"):
        line = board.line(WIRING)
        assert line is not None
        for _ in range(2):
            try:
                line.present()
            except LineError as error:
                kept.append(error)  # with its traceback, and all that this holds
    assert ["Remote I/O error" in str(error) for error in kept] == [True, True]
    assert line.present() is False
    board.close()


@pytest.mark.parametrize(
    "wrong",
    [
        Wiring("s1", presence="GPIO99"),
        Wiring("s1", presence="GPIO2", presence_active="high"),
        Wiring("s1", led="nose"),
        Wiring("s1", power="GPIO99"),
        Wiring("s1", power="4"),
        Wiring("s1", led="GPIO4"),
    ],
)
def test_what_the_configuration_has_wrong_is_refused_however_the_pins_are(wrong: Wiring) -> None:
    board = build("mock", [OTHER, wrong])
    board.line(OTHER)
    with pytest.raises(WiringError) as caught:
        (board.line(wrong), board.lamp(wrong), board.power(wrong))
    assert caught.value.exit_code == 78
    board.close()


async def test_a_pin_that_no_board_has_ends_the_start_with_78(tmp_path: Path) -> None:
    async with racked(tmp_path, [SimulatedModem("generic", fresh(1), delay=0.0)], lines=True) as rack:
        powered(rack, "GPIO99")
        done = await simgate("run", "--config", str(rack.file))
        assert done.code == 78
        assert "simgate: slot rack1-01: GPIO99 is no GPIO pin; name it" in done.err


# The end -------------------------------------------------------------------------------------------------------------


def pin(board: SlotBoard, name: str) -> MockPin:
    factory, there = board._all_pins().of("", name)
    return factory.pin(there)


def all_of(board: SlotBoard, wirings: Sequence[Wiring]) -> None:
    for wiring in wirings:
        line, lamp = board.line(wiring), board.lamp(wiring)
        assert isinstance(line, LateLine)
        assert lamp is not None
        line.on_edge(lambda: None)
        board.power(wiring)
        assert isinstance(board._supplies[wiring.slot], LateSupply)


def test_the_end_of_a_board_with_a_dead_expander_is_told_and_the_rest_is_let_go(caplog: pytest.LogCaptureFixture) -> None:
    board = build("mock", [WIRING, OTHER])
    all_of(board, [WIRING, OTHER])
    dead, alive = [pin(board, f"1-0020:{line}") for line in (1, 2, 3)], [pin(board, f"GPIO{line}") for line in (4, 5, 6)]
    closed: list[MockPin] = []

    def close(one: MockPin) -> None:
        if one in dead:
            raise OSError(errno.EREMOTEIO, "Remote I/O error")
        closed.append(one)

    with pytest.MonkeyPatch.context() as patch, broken("_set_state", "GPIO2", "GPIO3"), broken("_disable_event_detect", "GPIO1"):
        patch.setattr(MockPin, "close", close)
        board.close()
        board.close()
        gc.collect()  # gpiozero closes what is collected, and what that raises would be printed
    assert all(one in closed for one in alive)
    said = [one.getMessage() for one in caplog.records if one.levelname == "WARNING" and one.name.startswith("hw.")]
    for words in ("s1: its presence line could not be released", "s1: its LED could not be darkened", "s1: its power line could not be"):
        assert len([one for one in said if one.startswith(words)]) == 1, said


def test_of_pins_that_were_never_had_the_end_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    board = build("mock", [WIRING])
    with absent("GPIO1", "GPIO3"):
        board.line(WIRING)
        board.power(WIRING)
        caplog.clear()
        board.close()
    assert not caplog.records
