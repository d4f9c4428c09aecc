"""Bad habits of modems, and what others left behind: each ends in a read SIM or in a sentence that says what to do."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from rack import Berth, berth, berth_on, sim

from agent.errors import PortError
from agent.modems.attach import attached
from agent.modems.library import shipped
from agent.ports import Candidate, Wiring
from agent.slots.slot import Slot, State
from hw.board import build
from hw.simulated.modem import SimulatedModem
from hw.simulated.rack import Rack, SimulatedPort
from hw.simulated.state import Quirks
from hw.tty import TtyPort

NUMBER = "+447700900123"
# URCs as their makers' manuals print them (AT.md 2.3): Cinterion, Huawei, ZTE, Quectel, Sony-Ericsson, Telit.
STYLES = {
    "cinterion": ("^SYSSTART", '+CIEV: "simlocal",1', "^SCKS: 1", "+CREG: 1", "^SBC: Undervoltage"),
    "huawei": ("^RSSI:19", "^BOOT:20151214,0,0,0,20", "^MODE:5,4", '^HCSQ:"LTE",46,40,161,22', "^SIMST:1", "^STIN:1,0,0"),
    "zte": ("+ZUSIMR:2", '+ZPASR:"LTE"', '+ZDONR: "x",262,1,"CS_PS","ROAM_OFF"', "^DSFLOWRPT:0,0,0,0,0,0,0"),
    "quectel": ("+QUSIM: 1", "+CPIN: READY", "+QIND: PB DONE", "RDY", "+CFUN: 1"),
    "others": ("*EBCA: 1", "#QSS: 1", "RING", "NO CARRIER", '+CMTI: "SM",1'),
}


def modem(family: str = "generic", number_in: str = "cnum", **quirks: object) -> SimulatedModem:
    return SimulatedModem(family, sim(number_in=number_in), delay=0.0, quirks=Quirks(**quirks))  # type: ignore[arg-type]


def is_right(slot: Slot) -> None:
    assert slot.card is not None
    assert (str(slot.card.msisdn), str(slot.card.plmn), slot.card.iccid.digits) == (NUMBER, "23415", "8944200053671052491")


async def left_behind(port: SimulatedPort, commands: Sequence[str]) -> None:
    """What somebody did who had the tty before."""
    before = os.open(port.path, os.O_RDWR | os.O_NOCTTY)
    for command in commands:
        heard = port.expect(command)
        os.write(before, command.encode() + b"\r")
        await heard
    os.close(before)


@pytest.mark.parametrize(
    ("commands", "place"),
    [
        (["ATV0"], "cnum"),
        (["ATQ1"], "cnum"),
        (["ATV0", "ATE0"], "cnum"),
        (["AT+CMEE=2"], "cnum"),
        (['AT+CSCS="UCS2"'], "cnum"),
        (['AT+CSCS="UCS2"'], "phonebook"),
        (['AT+CSCS="UCS2"', "ATE0", "ATV0", "ATQ1"], "phonebook"),
    ],
    ids=str,
)
async def test_what_others_left_on_the_port_is_put_right(commands: list[str], place: str, tmp_path: Path) -> None:
    with Rack([modem(number_in=place)], tmp_path) as rack:
        await left_behind(rack.slot(1), commands)
        async with berth_on(rack.slot(1)) as slot:
            is_right(await slot.ready())


@pytest.mark.parametrize("lost", [2, 3])  # A; A and T
async def test_characters_lost_while_the_speed_is_found_cost_nothing(lost: int, tmp_path: Path) -> None:
    async with berth(tmp_path, modem(deaf_to=lost)) as slot:
        is_right(await slot.ready())


async def test_a_text_that_somebody_began_is_left_and_never_sent(tmp_path: Path) -> None:
    stranger = modem(editor=True)
    async with berth(tmp_path, stranger) as slot:
        is_right(await slot.ready())
    assert not stranger.forbidden


async def test_an_answer_without_ok_is_an_answer(tmp_path: Path) -> None:
    start = asyncio.get_running_loop().time()
    async with berth(tmp_path, modem(no_ok=("AT+CPIN?",))) as slot:
        is_right(await slot.ready())
        assert asyncio.get_running_loop().time() - start < 5  # the time limit of the command is 10


async def test_a_word_of_the_boot_is_not_the_answer_about_the_sim(tmp_path: Path) -> None:
    empty = SimulatedModem("generic", None, delay=0.0, quirks=Quirks(before={"AT+CPIN?": "+CPIN: READY"}))
    async with berth(tmp_path, empty) as slot:
        await slot.until(lambda now: now.state is State.NO_SIM)
        assert all(one.card is None for one in slot.history)


@pytest.mark.parametrize("style", STYLES)
async def test_unasked_lines_before_and_amid_every_answer_change_nothing(style: str, tmp_path: Path) -> None:
    for urc in STYLES[style]:
        async with berth(tmp_path / urc[:5].strip("+^*# "), modem(before={"": urc}, amid={"": urc})) as slot:
            is_right(await slot.ready())


@pytest.mark.parametrize("style", STYLES)
async def test_a_storm_of_unasked_lines_hides_no_sim(style: str, tmp_path: Path) -> None:
    async with berth(tmp_path, modem("quectel-ec25", storm=STYLES[style])) as slot:
        is_right(await slot.ready())


async def test_a_storm_of_hints_reads_once_a_second_and_keeps_the_card(tmp_path: Path) -> None:
    loud = modem("quectel-ec25", storm=("+CPIN: READY", "+QSIMSTAT: 1,1", "+QUSIM: 1"))
    loop = asyncio.get_running_loop()
    async with berth(tmp_path, loud, poll=3600) as slot:
        await slot.ready()
        slot.history.clear()
        await slot.port.expect("AT+CIMI")
        begun, heard = loop.time(), len(loud.log)
        for _ in range(2):
            await slot.port.expect("AT+CIMI")
        assert loop.time() - begun > 1.8  # more than a thousand lines came
        assert len(loud.log) - heard < 40
        assert all(one.card is not None for one in slot.history)


# -- what cannot be spoken to --


async def why(slot: Berth, word: str) -> str:
    found = await slot.until(lambda now: word in (now.why or ""))
    assert found.state is State.OFFLINE
    return found.why or ""


async def test_a_port_in_a_data_call_is_left_alone_and_says_whose_it_may_be(tmp_path: Path) -> None:
    called = modem(in_call=True)
    async with berth(tmp_path, called) as slot:
        assert "ModemManager" in await why(slot, "data connection")
    assert not called.forbidden
    assert not called.log


@pytest.mark.parametrize(
    ("says", "word"),
    [
        (b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n", "positions"),
        (b"123456789\x6e\x90~", "diagnostics"),
    ],
)
async def test_a_port_of_another_kind_is_left_at_once(says: bytes, word: str, tmp_path: Path) -> None:
    start = asyncio.get_running_loop().time()
    async with berth(tmp_path, modem(speaks=says)) as slot:
        assert "no AT port" in await why(slot, word)
        assert asyncio.get_running_loop().time() - start < 1.0


class Ports:
    """A modem with several ttys; what is not foreseen is nobody's."""

    def __init__(self, rack: Rack) -> None:
        self._board = build("mock", [Wiring(str(at), tty=str(port.path)) for at, port in enumerate(rack.ports)])
        self._sockets = {str(port.path): self._board.socket(Wiring(str(at), tty=str(port.path))) for at, port in enumerate(rack.ports)}

    def candidates(self) -> Sequence[Candidate]:
        return [Candidate(tty, "ffff:0001", at) for at, tty in enumerate(self._sockets)]

    def usb_id(self) -> str | None:
        return "ffff:0001"

    async def open(self, tty: str) -> TtyPort:
        port = await self._sockets[tty].open(tty)
        assert port.tty == tty
        return port  # type: ignore[return-value]


async def test_the_at_port_is_found_behind_the_others(tmp_path: Path) -> None:
    others = [modem(speaks=b"123456789\x6e\x90~"), modem(speaks=b"$GPGGA,,,,,,0,,,,,,,,*66\r\n")]
    with Rack([*others, modem("quectel-ec25")], tmp_path) as rack:
        async with attached(Ports(rack), shipped(), lambda _line: None) as found:
            assert found.identity.model == "EC25"


async def test_what_is_the_matter_with_the_at_port_is_told_rather_than_that_others_are_none(tmp_path: Path) -> None:
    ports = [modem(speaks=b"123456789\x6e\x90~"), modem(errors=True), modem(speaks=b"$GPGGA,,,,,,0,,,,,,,,*66\r\n")]
    with Rack(ports, tmp_path) as rack, pytest.raises(PortError, match="answers everything with ERROR"):
        async with attached(Ports(rack), shipped(), lambda _line: None):
            pass


@pytest.mark.parametrize(
    ("usb_id", "word"), [("12d1:14db", "router with a web page"), ("ffff:0001", "ffff:0001.*usb_modeswitch"), (None, "plug the modem in")]
)
async def test_a_stick_without_any_tty_says_that_it_has_no_at_port(usb_id: str | None, word: str, tmp_path: Path) -> None:
    place = tmp_path / "bus/usb/devices/1-1.2"
    if usb_id:
        place.mkdir(parents=True)
        (place / "idVendor").write_text(usb_id[:4] + "\n")
        (place / "idProduct").write_text(usb_id[5:] + "\n")
    wiring = Wiring("rack1-01", usb="1-1.2")
    socket = build("mock", [wiring], sysfs=tmp_path, dev=tmp_path).socket(wiring)
    assert socket.usb_id() == usb_id
    with pytest.raises(PortError, match=word):
        async with attached(socket, shipped(), lambda _line: None):
            pass


async def test_a_stick_that_is_plugged_in_later_and_has_no_at_port_says_so(tmp_path: Path) -> None:
    place = tmp_path / "bus/usb/devices/1-1.2"
    wiring = Wiring("rack1-01", usb="1-1.2")
    slot = Berth(None, build("mock", [wiring], sysfs=tmp_path, dev=tmp_path), wiring, settle=0.01, poll=0.05)  # type: ignore[arg-type]
    async with slot.kept():
        await why(slot, "plug the modem in")
        place.mkdir(parents=True)
        (place / "idVendor").write_text("12d1\n")
        (place / "idProduct").write_text("14db\n")
        assert "use another modem" in await why(slot, "no AT port")
