"""The first words on a port, octet by octet, against the far end of a pty."""

import asyncio
from contextlib import closing

import pytest
from far import Far, opened
from simulation.loop import Agenda, VirtualLoop

from agent.at.dialog import Command
from agent.errors import PortError
from agent.modems.greet import CALLS
from agent.modems.modem import Modem


def nobody(line: str) -> None:
    assert line


async def test_the_first_word_leaves_a_text_and_calls() -> None:
    far = Far()
    async with Modem(await opened(far), urcs=(), heard=nobody) as modem:
        roused = asyncio.create_task(modem.rouse())
        assert await far.hear(4) == b"\x1bAT\r"
        far.say(b"\r\nOK\r\n")
        await roused
    far.hang_up()


async def test_answers_to_calls_that_come_late_land_on_no_question() -> None:
    far = Far()
    async with Modem(await opened(far), urcs=(), heard=nobody) as modem:
        roused = asyncio.create_task(modem.rouse())
        assert await far.hear(7) == b"\x1bAT\rAT\r"
        far.say(b"\r\nOK\r\n")
        await roused
        assert await far.hear(9) == b"AT+CMEE?\r"
        asked = asyncio.create_task(modem.ask(Command("AT+CGMM")))
        far.say(b"\r\nOK\r\n\r\n+CMEE: 0\r\n\r\nOK\r\n")
        assert await far.hear(8) == b"AT+CGMM\r"
        far.say(b"\r\nEC25\r\n\r\nOK\r\n")
        assert (await asked).lines == ("EC25",)
    far.hang_up()


async def test_a_silent_port_is_called_six_times_and_told_to_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.modems.modem.CALLS", [(text, 0.01) for text, _ in CALLS])
    far = Far()
    async with Modem(await opened(far), urcs=(), heard=nobody) as modem:
        with pytest.raises(PortError, match="does not answer"):
            await modem.rouse()
        heard = await far.hear(1)
        assert heard.count(b"\r") == len(CALLS) == 6
        assert b"ATQ0\r" in heard  # V.250 6.2.5: somebody may have switched result codes off
    far.hang_up()


async def test_a_tty_that_hangs_up_ends_the_calling_at_once() -> None:
    far = Far()
    async with Modem(await opened(far), urcs=(), heard=nobody) as modem:
        roused = asyncio.create_task(modem.rouse())
        await far.hear(4)
        far.hang_up()
        with pytest.raises(PortError, match="gone"):
            await roused


class Chatterbox:
    """`Port` of what answers OK to everything, and RING twice a second whether or not anybody asks."""

    tty = "/dev/ttyUSB0"

    def __init__(self) -> None:
        self._owed = 0

    async def read(self) -> bytes:
        """As Port.read."""
        await asyncio.sleep(0.5)
        owed, self._owed = self._owed, 0
        return b"\r\nRING\r\n" + b"\r\nOK\r\n" * owed

    def write(self, octets: bytes) -> None:
        """As Port.write."""
        self._owed += octets.count(b"\r")

    async def close(self) -> None:
        """As Port.close."""


def test_a_modem_that_never_stops_talking_is_left_alone_and_holds_its_slot_up_for_half_a_minute() -> None:
    async def confirmed() -> None:
        async with Modem(Chatterbox(), urcs=["RING"], heard=nobody) as modem:
            await modem.confirm()

    loop = VirtualLoop(Agenda(), 0.0, lambda _call: (lambda: None, 0.0))
    with closing(loop), pytest.raises(PortError, match="talks without end"):
        loop.run_until_complete(confirmed())
    assert 30 <= loop.time() < 35
