"""What the doctor makes of what it was told; and that what it was not told is unknown."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from staging import Machine

from agent.doctor import machine as judged
from agent.doctor.finding import CONFIGURATION, Finding, Result, exit_code, grouped, ordered
from agent.doctor.host import Account, Holder, Host, Plug, Unit
from agent.doctor.pins import gpio, leds, polarity
from agent.doctor.slots import on_sale, ttys
from agent.keeping.seen import Seen, twins
from agent.ports import Wiring

# Unknown, rather than nothing ------------------------------------------------------------------------------------------


def test_a_machine_that_says_nothing_is_unknown_and_not_well() -> None:
    silent = Host()
    found = [
        *judged.modem_manager(silent),
        *judged.groups(silent, ttys=True, pins=True, running=False),
        *judged.power(silent),
        *judged.disk(silent),
        *judged.usb(silent),
        *polarity([Seen("a", line=True)], [Wiring("a", presence="GPIO17")]),
        *leds([Seen("a")], [Wiring("a", led="GPIO5")]),
    ]
    assert [one.result for one in found] == [Result.UNKNOWN] * 7
    assert exit_code(found) == 0


async def test_a_model_whose_limits_nobody_has_written_down_is_unknown(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.write("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0")
    machine.modem("1-1.2", "2c7c:0125")
    machine.usb_serial("1-1.2", 2, "ttyUSB2")
    (one,) = judged.usb(machine.inspected())
    assert (one.result, one.evidence) == (
        Result.UNKNOWN,
        "1 on the USB: 1 with ttys, 0 hubs; what this machine's controller takes is not known",
    )


@pytest.mark.parametrize(
    ("model", "modems", "result"),
    [
        ("Raspberry Pi 3", 6, Result.OK),
        ("Raspberry Pi 3", 7, Result.FAILURE),
        ("Raspberry Pi 4", 30, Result.OK),
        ("Raspberry Pi 4", 31, Result.WARNING),
        ("Raspberry Pi 4", 32, Result.FAILURE),
    ],
)
def test_the_usb_of_a_model_is_full_when_its_source_says_so(model: str, modems: int, result: Result) -> None:
    host = Host(model=model, plugs=tuple(Plug(f"1-1.{turn}", "2c7c:0125", False, ("ttyUSB0",)) for turn in range(modems)))
    (one,) = judged.usb(host)
    assert one.result is result
    assert ("raspberrypi/" in one.evidence, bool(one.mend)) == (True, result is not Result.OK)


# Whose groups --------------------------------------------------------------------------------------------------------

THERE = frozenset(("dialout", "gpio", "simgate"))
CALLER, SERVICE, ROOT = (
    Account("ada", frozenset(), THERE),
    Account("simgate", frozenset(("dialout",)), THERE),
    Account("root", THERE, THERE),
)
UNIT = Unit("active", "running", "success", 0)


@pytest.mark.parametrize(
    ("host", "running", "told"),
    [
        (Host(account=CALLER), False, [(Result.FAILURE, "ada is not in dialout and gpio")]),
        (Host(account=CALLER), True, [(Result.OK, "the agent runs"), (Result.NOTE, "ada is not in simgate")]),
        (Host(account=CALLER, service=SERVICE, unit=UNIT), True, [(Result.FAILURE, "simgate is not in gpio")]),
        (Host(account=ROOT, service=SERVICE), False, [(Result.FAILURE, "simgate is not in gpio")]),
        (Host(account=ROOT), False, [(Result.OK, "root may open everything")]),
    ],
)
def test_the_groups_that_count_are_those_of_whoever_opens_the_ttys(host: Host, running: bool, told: list[tuple[Result, str]]) -> None:
    found = judged.groups(host, ttys=True, pins=True, running=running)
    assert [one.result for one in found] == [result for result, _ in told]
    assert all(one.evidence.startswith(words) for one, (_, words) in zip(found, told, strict=True))


# Findings --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ([], 0),
        ([Result.OK, Result.NOTE, Result.UNKNOWN], 0),
        ([Result.OK, Result.WARNING], 1),
        ([Result.FAILURE], 1),
    ],
)
def test_the_exit_code_is_that_of_the_worst(found: list[Result], code: int) -> None:
    findings = [Finding("x", result, "y") for result in found]
    assert exit_code(findings) == code
    assert exit_code([*findings, Finding(CONFIGURATION, Result.FAILURE, "y")]) == 78
    assert exit_code([*findings, Finding(CONFIGURATION, Result.OK, "y")]) == code


def test_findings_stand_worst_first_and_take_two_lines_at_most() -> None:
    found = ordered([Finding(result.value, result, "evidence", "mend") for result in reversed(Result)])
    assert [one.result for one in found] == [Result.FAILURE, Result.WARNING, Result.UNKNOWN, Result.NOTE, Result.OK]
    assert {str(one).count("\n") for one in found} == {1}
    assert str(Finding("dns", Result.OK, "well")) == "+ ok       dns            well"


def test_slots_that_say_the_same_share_a_finding_and_a_long_list_is_cut() -> None:
    (one,) = grouped("slots", Result.WARNING, [(f"s{turn}", "silent", "restart") for turn in range(9)])
    assert (one.evidence, one.mend) == ("s0, s1, s2, s3 and 5 more: silent", "restart")
    assert len(grouped("slots", Result.WARNING, [("a", "x", "m"), ("b", "y", "m"), ("c", "x", "m")])) == 2


def test_an_empty_slot_is_no_fault_and_one_that_is_read_is_told() -> None:
    seen = [Seen("a", why="no SIM: empty", sign="empty"), Seen("b", why="the SIM is being read", sign="busy"), Seen("c")]
    told = {(one.result, one.evidence) for one in on_sale(seen)}
    assert told == {(Result.NOTE, "b: is still being looked at"), (Result.OK, "1 of 3 slots can sell, 1 are empty")}


def test_only_the_same_imei_makes_twins_and_none_is_no_imei() -> None:
    assert twins({"a": "1", "b": "2", "c": "1", "d": "", "e": ""}) == {"a": ("c",), "b": (), "c": ("a",)}


def test_what_was_seen_survives_the_socket() -> None:
    one = Seen("a", True, False, "generic", ("b", "c"), None, "why", "busy")
    assert Seen.of(json.loads(json.dumps(one.document()))) == one


@pytest.mark.parametrize(("lgpio", "told"), [(None, "lgpio is missing"), ("0.0.0.2", "lgpio 0.0.0.2 is an empty stub")])
async def test_a_pin_factory_without_its_library(lgpio: str | None, told: str, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    (machine.dev / "gpiochip0").touch()
    packages: Mapping[str, str] = {"lgpio": lgpio} if lgpio else {}
    machine.packages = packages
    wirings = [Wiring("a", presence="GPIO17")]
    (one,) = gpio(machine.inspected(), "pi", wirings)
    assert (one.result, one.evidence) == (Result.FAILURE, f"{told}: gpiozero has no way to the pins")
    machine.packages, machine.environ = {"lgpio": "0.2.2.0"}, {"LG_WD": str(tmp_path / "absent")}
    well, fifo = gpio(machine.inspected(), "pi", wirings)
    assert (well.result, fifo.check, fifo.result) == (Result.OK, "LG_WD", Result.FAILURE)
    assert "set LG_WD" in fifo.mend


def test_an_led_that_cannot_be_lit_is_told() -> None:
    wirings = [Wiring("a", led="GPIO5"), Wiring("b", led="GPIO6"), Wiring("c")]
    seen = [Seen("a", led=True), Seen("b", led=False), Seen("c", led=False)]
    (one,) = leds(seen, wirings)
    assert (one.result, one.evidence) == (Result.WARNING, "b: its LED cannot be lit")
    (well,) = leds([replace(one, led=True) for one in seen], wirings)
    assert well.result is Result.OK


def test_another_program_on_a_modem_s_tty_is_told_but_not_the_modem_behind_a_pty() -> None:
    other, agent = Holder(77, "minicom"), Holder(5, "simgate")
    host = Host(holders={"/dev/ttyUSB2": (agent, other), "/dev/pts/3": (other,), "/dev/ttyUSB3": (agent,)})
    places = {"a": ["/dev/ttyUSB2"], "b": ["/dev/pts/3"], "c": ["/dev/ttyUSB3"]}
    both = ["a: /dev/ttyUSB2 is held by minicom (77)", "b: /dev/pts/3 is held by minicom (77)"]
    assert [one.evidence for one in ttys(host, places, [5], [])] == both
    assert [one.evidence for one in ttys(host, places, [5], ["a", "b"])] == both[:1]
    assert [one.result for one in ttys(host, {"c": places["c"]}, [5], [])] == [Result.OK]
    assert [one.result for one in ttys(host, {"c": []}, [5], [])] == [Result.UNKNOWN]


@pytest.mark.parametrize(
    ("levels", "active", "result", "mend"),
    [
        ([True, True, True], "low", Result.OK, ""),
        ([False, True, True], "low", Result.WARNING, "its switch or wire"),
        ([False, False, True], "low", Result.FAILURE, 'say presence_active = "high" (it is "low")'),
        ([False, False, False], "high", Result.FAILURE, 'say presence_active = "low" (it is "high")'),
    ],
)
def test_one_line_against_its_modem_is_a_wire_and_most_of_them_are_the_polarity(
    levels: list[bool], active: str, result: Result, mend: str
) -> None:
    seen = [Seen(f"s{turn}", line=line, card=True) for turn, line in enumerate(levels)]
    wirings = [Wiring(one.slot, presence=f"GPIO{turn}", presence_active=active) for turn, one in enumerate(seen)]
    (one,) = polarity(
        [*seen, Seen("none", card=True), Seen("deaf", line=False)], [*wirings, Wiring("none"), Wiring("deaf", presence="GPIO9")]
    )
    assert (one.result, one.mend.startswith(mend)) == (result, True)


def test_a_line_that_shows_a_card_where_the_modem_sees_none_is_no_polarity() -> None:
    (one,) = polarity([Seen("a", line=True, card=False)], [Wiring("a", presence="GPIO17")])
    assert one.result is Result.OK
