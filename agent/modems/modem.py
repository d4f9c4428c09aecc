"""The async shell around one Dialog on one open Port: ask, listen, notice the end."""

import asyncio
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self, TypeVar

from agent.at.codes import Final, Kind
from agent.at.dialog import Answer, Answered, Command, Dialog, Fenced, Send, State, Unsolicited
from agent.errors import PortError
from agent.modems.foreign import foreign
from agent.modems.greet import CALLS, CONFIRM, Identity, Talk, answers, booted, functionality
from agent.modems.notes import Profile
from agent.modems.tally import Tally
from agent.ports import Port

T = TypeVar("T")

FENCE_LIMIT = 3.0  # seconds for the answer to a fence
FENCES = 4  # fences that may go unanswered before the modem counts as silent
LOUD = 30.0  # seconds that a modem may talk unasked before it is left alone
QUIET = 1.0  # seconds of silence after which no answer is owed any more
FIRST_WORDS = 4096  # octets kept of what a port says before it has answered

_ESC = b"\x1b"  # TS 27.005 3.5.1: leaves a text that somebody has begun, without sending it


class Modem:
    """One modem. Inside `async with` it listens; ask() and converse() raise PortError once it is gone or silent."""

    def __init__(self, port: Port, *, urcs: Iterable[str], heard: Callable[[str], None], tally: Tally | None = None) -> None:
        self.port = port
        self.identity = Identity()
        self.profile: Profile | None = None
        self.functionality: int | None = None  # <fun> of +CFUN when it was greeted (TS 27.007 8.2)
        self._heard, self._tally = heard, tally or Tally()
        self._dialog = Dialog(urcs)
        self._turn = asyncio.Lock()
        self._answer: asyncio.Future[Answer] | None = None
        self._fenced = asyncio.Event()
        self._octets = asyncio.Event()
        self._said: bytearray | None = bytearray()
        self._asked: Command | None = None
        self._short: asyncio.TimerHandle | None = None
        self._echoed = self._plain = False
        self._restarted = asyncio.Event()
        self._end: asyncio.Future[PortError] = asyncio.get_running_loop().create_future()
        self._pump: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._pump = asyncio.create_task(self._listen(), name=f"listen {self.port.tty}")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._pump is not None
        self._pump.cancel()
        await asyncio.wait([self._pump])
        self._finish(PortError(f"{self.port.tty}: closed"))
        await self.port.close()
        if not self._pump.cancelled() and (died := self._pump.exception()) is not None:
            raise died

    async def gone(self) -> PortError:
        """Wait until the modem is gone or silent, and say why."""
        return await asyncio.shield(self._end)

    def unplugged(self) -> None:
        """It is known to be gone, whether or not a read has ended."""
        self._finish(PortError(f"{self.port.tty}: the modem is gone", "plug it in again"))

    async def restarted(self) -> None:
        """Wait until the modem has started anew by itself: its settings are lost. PortError once it is gone or silent."""
        await self._restarted.wait()
        self._restarted.clear()
        self._plain = False
        if self._end.done():
            raise self._end.result()

    def give_up(self, why: str) -> None:
        """As if it were gone: whoever waits for it or asks it is told so."""
        self._finish(PortError(f"{self.port.tty}: {why}"))

    def greeted(self) -> None:
        """Its settings are as they should be: from now on an echo says that it has restarted."""
        self._plain = not self._echoed

    async def rouse(self) -> None:
        """Call until something answers. PortError when nothing does, or when what it says is no answer of a modem."""
        assert self._said is not None
        for turn, (text, pause) in enumerate(CALLS):
            self.port.write((_ESC if turn == 0 else b"") + text.encode("ascii") + b"\r")
            if await self._answers(pause):
                if turn > 0:
                    self.port.write(self._dialog.expire())  # how many answers are still to come, only a fence can tell
                self._said = None
                self._restarted.clear()
                return
            if (error := foreign(self.port.tty, bytes(self._said))) is not None:
                raise error
        raise self._silent()

    async def _answers(self, pause: float) -> bool:
        assert self._said is not None
        try:
            async with asyncio.timeout(pause):
                while not answers(bytes(self._said)):
                    if self._end.done():
                        raise self._end.result()
                    self._octets.clear()
                    await self._octets.wait()
        except TimeoutError:
            return False
        return True

    async def converse(self, talk: Talk[T]) -> T:
        """Run one conversation to its end. A command that runs out of time is answered with Kind.TIMEOUT."""
        try:
            command = next(talk)
            while True:
                command = talk.send(await self.ask(command))
        except StopIteration as done:
            result: T = done.value
            return result

    async def ask(self, command: Command) -> Answer:
        """The answer to one command. PortError when the modem is gone, or does not come back into step."""
        async with self._turn:
            await self._back_in_step()
            loop = asyncio.get_running_loop()
            answer: asyncio.Future[Answer] = loop.create_future()
            self._answer, self._asked = answer, command
            self.port.write(self._dialog.send(command))
            timer = loop.call_later(command.timeout, self._late, command)
            try:
                got = await answer
                self._note_echo(got)
                return got
            except asyncio.CancelledError:
                # Nobody waits any more, yet the answer will come: it must not land on the next question.
                self._lose()
                raise
            finally:
                timer.cancel()
                if self._short is not None:
                    self._short.cancel()
                self._answer = self._asked = self._short = None

    async def confirm(self) -> None:
        """Find out whether the answers fit the questions: whoever had the tty before may have left one unanswered."""
        answer = await self.ask(CONFIRM)
        self.functionality = functionality(answer)
        if answer.ok and not answer.lines:
            # Either this modem says nothing more, or the OK was owed to somebody else and our own answer is still to come.
            await self._silence(QUIET)

    async def _silence(self, span: float) -> None:
        """Wait until nothing has come for `span` seconds. PortError from one that does not stop: its slot would wait for ever."""
        loop = asyncio.get_running_loop()
        end = loop.time() + LOUD
        while loop.time() < end:
            self._octets.clear()
            try:
                async with asyncio.timeout(span):
                    await self._octets.wait()
            except TimeoutError:
                return
            if self._end.done():
                raise self._end.result()
        raise PortError(f"{self.port.tty}: the modem talks without end", "unplug it and plug it in again, or replace it")

    async def _back_in_step(self) -> None:
        for _ in range(FENCES):
            if self._end.done():
                raise self._end.result()
            if self._dialog.state is State.IDLE:
                return
            self._fenced.clear()
            try:
                async with asyncio.timeout(FENCE_LIMIT):
                    await self._fenced.wait()
            except TimeoutError:
                self._lose()
        self._finish(self._silent())
        raise self._end.result()

    def _silent(self) -> PortError:
        return PortError(
            f"{self.port.tty}: the modem does not answer", "starting up? wait; otherwise unplug it and plug it in again, or replace it"
        )

    def _note_echo(self, answer: Answer) -> None:
        self._echoed = answer.echoed
        if self._plain and answer.echoed:
            self._plain = False
            self._restarted.set()

    def _late(self, command: Command) -> None:
        self._tally.timeouts += self._short is None
        lines = self._dialog.taken
        self._lose()
        self._resolve(Answer(command, lines, Final(Kind.TIMEOUT)))

    def _wait_less(self) -> None:
        """Once the first line of an answer has come whose final result code some modems leave out."""
        if self._asked is not None and self._asked.enough and self._short is None and self._dialog.taken:
            self._short = asyncio.get_running_loop().call_later(self._asked.enough, self._late, self._asked)

    def _lose(self) -> None:
        if self._dialog.state is not State.IDLE:
            self.port.write(self._dialog.expire())

    def _resolve(self, answer: Answer) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    async def _listen(self) -> None:
        while octets := await self.port.read():
            if self._said is not None:
                self._said = (self._said + octets)[-FIRST_WORDS:]
            self._octets.set()
            for event in self._dialog.feed(octets):
                self._take(event)
            self._wait_less()
        self.unplugged()

    def _take(self, event: Answered | Unsolicited | Fenced | Send) -> None:
        match event:
            case Answered(answer=answer):
                self._resolve(answer)
            case Unsolicited(lines=lines):
                if booted(lines[0]):
                    self._restarted.set()
                self._heard(lines[0])
            case Fenced():
                self._fenced.set()
            case Send(octets=octets):
                self.port.write(octets)

    def _finish(self, error: PortError) -> None:
        self._fenced.set()
        self._octets.set()
        if not self._end.done():
            self._end.set_result(error)
        self._restarted.set()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
