"""The agent's side of a conversation without port, loop or clock: the real Dialog and the real questions, any far end. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol, TypeVar

from agent.at.codes import Final, Kind
from agent.at.dialog import Answer, Answered, Command, Dialog, Send, State, Unsolicited
from agent.errors import PortError
from agent.modems.foreign import foreign
from agent.modems.greet import CALLS, CONFIRM, Identity, Talk, answers, settle, wake
from agent.modems.identify import OwnerNumber, Reading, glance, identify
from agent.modems.notes import Profile
from agent.slots.events import CardChanged, CardRead, CardSeen
from agent.slots.slot import IN_SERVICE

T = TypeVar("T")

FENCE_LIMIT = 3.0  # seconds, as a modem gets them from the agent

_ESC = b"\x1b"  # TS 27.005 3.5.1


class FarEnd(Protocol):
    """A modem, or what plays one; its time moves only while it is read."""

    @property
    def now(self) -> float:
        """Seconds since some fixed moment."""

    def write(self, octets: bytes) -> None:
        """What the modem is sent."""

    def read(self, until: float) -> bytes:
        """The next octets, at least one; b"" when nothing comes before `until`, which is then the time."""


class Rehearsal:
    """One dialog with a far end; `heard` are the unsolicited lines, `late` the commands whose answer took longer than the agent waits."""

    def __init__(self, far: FarEnd, urcs: Iterable[str]) -> None:
        self.heard: list[str] = []
        self.late: list[str] = []
        self._far = far
        self._dialog = Dialog(urcs)

    def greet(self, profiles: Iterable[Profile]) -> tuple[Identity, Profile]:
        """All that is asked of a modem once, when its port is opened. PortError when nothing answers as a modem does."""
        self._rouse()
        return self.hold(_greeting(profiles))

    def hold(self, talk: Talk[T]) -> T:
        """The talk's result. PortError when the far end does not come back into step."""
        try:
            command = next(talk)
            while True:
                command = talk.send(self._ask(command))
        except StopIteration as done:
            result: T = done.value
            return result

    def listen(self, until: float | None = None) -> None:
        """Take what comes unasked, by default what has come already."""
        while octets := self._far.read(self._far.now if until is None else until):
            self._take(octets)

    def _rouse(self) -> None:
        said = b""
        for turn, (text, pause) in enumerate(CALLS):
            self._far.write((_ESC if turn == 0 else b"") + text.encode("ascii") + b"\r")
            end = self._far.now + pause
            while not answers(said) and (octets := self._far.read(end)):
                said += octets
                self._take(octets)
            if answers(said):
                if turn > 0:
                    self._far.write(self._dialog.expire())
                return
            if (error := foreign("the port", said)) is not None:
                raise error
        raise _silent()

    def _ask(self, command: Command) -> Answer:
        self.listen()
        self._back_in_step()
        self._far.write(self._dialog.send(command))
        end = self._far.now + command.timeout
        while self._dialog.state is State.BUSY and (octets := self._far.read(end)):
            if answer := self._take(octets):
                if self._far.now > end:
                    self.late.append(str(command))
                return answer
            if command.enough and self._dialog.taken:
                end = min(end, self._far.now + command.enough)
        lines = self._dialog.taken
        self._far.write(self._dialog.expire())
        return Answer(command, lines, Final(Kind.TIMEOUT))

    def _back_in_step(self) -> None:
        while self._dialog.state is State.LOST:
            end = self._far.now + FENCE_LIMIT
            while self._dialog.state is State.LOST and (octets := self._far.read(end)):
                self._take(octets)
            if self._dialog.state is State.LOST:
                fence = self._dialog.expire()
                if not fence:
                    raise _silent()
                self._far.write(fence)

    def _take(self, octets: bytes) -> Answer | None:
        answer = None
        for event in self._dialog.feed(octets):
            match event:
                case Answered():
                    answer = event.answer
                case Unsolicited(lines=lines):
                    self.heard.append(lines[0])
                case Send(octets=escape):
                    self._far.write(escape)
        return answer


def _silent() -> PortError:
    return PortError("the modem does not answer", "starting up? wait; otherwise unplug it and plug it in again, or replace it")


def _greeting(profiles: Iterable[Profile]) -> Talk[tuple[Identity, Profile]]:
    yield from wake()
    yield CONFIRM
    return (yield from settle(profiles))


def look(profile: Profile, owner_number: OwnerNumber, known: CardRead | None) -> Talk[Reading]:
    """One round: is `known` still there, or who is there now."""
    if known is None:
        return (yield from identify(profile, owner_number))
    seen = yield from glance(profile, known.card, known.registration in IN_SERVICE, known.iccid_by)
    match seen:
        case CardSeen(registration=stat):
            return replace(known, registration=stat)
        case CardChanged():
            return (yield from identify(profile, owner_number))
        case _:
            return seen
