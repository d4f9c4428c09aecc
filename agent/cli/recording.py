"""`simgate record`: a conversation with a real modem as a transcript, without anybody's identity; no agent needed."""

import asyncio
import os
import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TextIO

import click

from agent import VERSION
from agent.cli.common import no_configuration
from agent.cli.named import tty_of
from agent.errors import SimgateError
from agent.modems.attach import attached
from agent.modems.greet import Identity
from agent.modems.library import shipped
from agent.modems.modem import Modem
from agent.modems.notes import Profile
from agent.modems.rehearsal import look
from agent.modems.scrub import Scrubber
from agent.modems.tape import Tape
from agent.modems.transcripts import Header, Line, escape
from agent.ports import Candidate, ModemSocket, Port, Wiring
from agent.sim.identity import Iccid
from agent.slots.events import CardRead
from hw.board import build
from hw.clock import SystemClock

ROUND = 5.0  # seconds between two looks at the SIM


def record(tty: str, file: Path, seconds: float, config: str | None) -> None:
    """Write the transcript; one in which nothing was said is not left behind. SimgateError."""
    no_configuration(config)
    path = tty_of(tty)
    typing = 0 if sys.stdin else None
    with _written(file) as out:
        recorder = Recorder(out)
        if sys.stderr.isatty():
            click.echo(f"recording for {seconds:.0f} s: type what you do, and press Enter", err=True)
        try:
            asyncio.run(recorder.run(path, seconds, typing))
        finally:
            if recorder.end():
                click.echo(f"{file}: read it before you send it; `simgate replay {file}` shows what simgate makes of it")
            else:
                file.unlink()


@contextmanager
def _written(file: Path) -> Iterator[TextIO]:
    try:
        # Line by line: what was heard until the plug was pulled is there.
        with file.open("x", encoding="ascii", buffering=1) as out:
            yield out
    except FileExistsError as error:
        raise SimgateError(f"{file}: there is such a file already", "give another name") from error
    except OSError as error:
        raise SimgateError(f"{file}: cannot be written: {error.strerror}", "give another place") from error


class Recorder:
    """Writes one transcript. Nothing is kept back but the lines before the modem has said who it is: they stand behind the header."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._clock = SystemClock()
        self._start = self._clock.monotonic()
        self._scrubber = Scrubber(secrets.token_bytes(16))
        self._tape = Tape(self._scrubber)
        self._waiting: list[Line] | None = []
        self._news = asyncio.Event()
        self._profile: Profile | None = None

    async def run(self, tty: str, seconds: float, typing: int | None = None) -> None:
        """Greet the modem, then look at its SIM again and again; lines that come on the descriptor `typing` are events.

        PortError when the modem does not answer, or no longer does.
        """
        wiring = Wiring("record", tty=tty)
        board = build("mock", [wiring])
        try:
            socket = _TappedSocket(board.socket(wiring), self)
            async with attached(socket, shipped(), self._heard) as modem:
                self.head(modem.identity)
                self._profile = modem.profile
                with self._typing(typing):
                    await self._rounds(modem, seconds)
        finally:
            board.close()

    def sent(self, octets: bytes) -> None:
        """To the modem."""
        self._write(self._tape.sent(self._ms(), octets))

    def received(self, octets: bytes) -> None:
        """From the modem."""
        self._write(self._tape.received(self._ms(), octets))

    def event(self, words: str) -> None:
        """From the person in front of the rack."""
        self._write(self._tape.event(self._ms(), words))
        self._news.set()

    def head(self, identity: Identity) -> None:
        """The header, once it is known who the modem is, and all that came before."""
        if self._waiting is None:
            return
        names = " ".join(filter(None, (identity.manufacturer, identity.model)))
        header = Header(
            recorded=f"{datetime.fromtimestamp(self._clock.wall(), UTC):%Y-%m-%d} with simgate {VERSION}",
            modem=self._shown(names),
            firmware=self._shown(identity.firmware),
        )
        self._out.write(str(header))
        waiting, self._waiting = self._waiting, None
        self._write(waiting)

    def end(self) -> bool:
        """What is left; a modem that has never said who it is gets a header, too. False when nothing passed at all."""
        if self._waiting == []:
            return False
        self.head(Identity())
        self._write(self._tape.end(self._ms()))
        return True

    async def _rounds(self, modem: Modem, seconds: float) -> None:
        assert modem.profile is not None
        end = self._clock.monotonic() + seconds
        known: CardRead | None = None
        for turn in count():
            left = end - self._clock.monotonic()
            if turn > 1 and left <= 0:
                return
            if turn:
                await self._pause(min(ROUND, max(left, 0)))
            self._news.clear()
            reading = await modem.converse(look(modem.profile, _nobody, known))
            known = reading if isinstance(reading, CardRead) else None

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return

    def _heard(self, line: str) -> None:
        if self._profile is not None and self._profile.hints_at_card(line):
            self._news.set()

    @contextmanager
    def _typing(self, descriptor: int | None) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        if descriptor is None:
            yield
            return
        begun = b""

        def typed() -> None:
            nonlocal begun
            octets = os.read(descriptor, 4096)
            *lines, begun = (begun + (octets or b"\n")).split(b"\n")
            for line in lines:
                self.event(line.decode("utf-8", "replace"))
            if not octets:
                loop.remove_reader(descriptor)

        with suppress(OSError):  # epoll refuses files, and nobody types there
            loop.add_reader(descriptor, typed)
        try:
            yield
        finally:
            loop.remove_reader(descriptor)

    def _shown(self, text: str) -> str:
        return escape(self._scrubber.words(text).strip().encode("latin-1", "replace")) or "unknown"

    def _ms(self) -> int:
        return round(1000 * (self._clock.monotonic() - self._start))

    def _write(self, lines: Sequence[Line]) -> None:
        if self._waiting is not None:
            self._waiting += lines
        else:
            self._out.writelines(f"{line}\n" for line in lines)


class _TappedSocket:
    """`ModemSocket` whose ports are recorded."""

    def __init__(self, inner: ModemSocket, recorder: Recorder) -> None:
        self._inner, self._recorder = inner, recorder

    def candidates(self) -> Sequence[Candidate]:
        return self._inner.candidates()

    def usb_id(self) -> str | None:
        return self._inner.usb_id()

    async def open(self, tty: str) -> Port:
        return _TappedPort(await self._inner.open(tty), self._recorder)


class _TappedPort:
    """`Port` of which everything that passes is recorded."""

    def __init__(self, inner: Port, recorder: Recorder) -> None:
        self._inner, self._recorder = inner, recorder

    @property
    def tty(self) -> str:
        return self._inner.tty

    async def read(self) -> bytes:
        octets = await self._inner.read()
        self._recorder.received(octets)
        return octets

    def write(self, octets: bytes) -> None:
        if octets:
            self._recorder.sent(octets)
        self._inner.write(octets)

    async def close(self) -> None:
        await self._inner.close()


def _nobody(_iccid: Iccid) -> None:
    """An owner who knows no number: what the SIM says is what is recorded."""
