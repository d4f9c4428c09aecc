"""A transcript as a modem: the agent's questions are put to it, and what was recorded is what it answers. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from agent.errors import PortError
from agent.modems.conclusion import Conclusion, conclude
from agent.modems.greet import Identity
from agent.modems.identify import Reading
from agent.modems.notes import Profile
from agent.modems.rehearsal import Rehearsal, look
from agent.modems.transcripts import Line, Mark, Transcript, escape
from agent.sim.identity import Iccid
from agent.slots.events import CardRead

_REFUSED = b"\r\nERROR\r\n"  # V.250 5.7.1, what a modem says to a command that it does not know


@dataclass(frozen=True, slots=True)
class Turn:
    """What was sent at `ms`, and all lines that came before the next was sent; `part` counts the events before it."""

    sent: bytes
    ms: int
    part: int
    received: tuple[Line, ...]


def turns(transcript: Transcript) -> tuple[Turn, ...]:
    """The conversation cut before each octet sent; the first turn is what came before any."""
    found = [Turn(b"", 0, 0, ())]
    part = 0
    for line in transcript.lines:
        if line.mark is Mark.EVENT:
            part += 1
        elif line.mark is Mark.SENT:
            found.append(Turn(line.octets, line.ms, part, ()))
        else:
            found[-1] = replace(found[-1], received=(*found[-1].received, line))
    return tuple(found)


class Player:
    """`FarEnd`: the answer to a question is the next one recorded before the next event, else an earlier one, else ERROR.

    What was asked and not recorded is in `unanswered`, what was asked more often than recorded in `asked_again`.
    """

    def __init__(self, transcript: Transcript) -> None:
        self.unanswered: list[str] = []
        self.asked_again: list[str] = []
        self._turns = turns(transcript)
        self._asked = {0}
        self._next = 1
        self._now = 0.0
        self._coming = list(self._turns[0].received)

    @property
    def now(self) -> float:
        """Recorded seconds."""
        return self._now

    @property
    def place(self) -> int:
        """How many turns are behind."""
        return self._next

    @property
    def done(self) -> bool:
        """True when all that was recorded is behind."""
        return self._next >= len(self._turns)

    @property
    def not_asked(self) -> tuple[str, ...]:
        """What was recorded and has not been asked."""
        return tuple(_text(turn.sent) for at, turn in enumerate(self._turns) if at not in self._asked)

    def write(self, octets: bytes) -> None:
        """Put a question."""
        at = self._find(octets)
        if at is not None:
            self._now = self._turns[at].ms / 1000
            self._coming = list(self._turns[at].received)
            return
        self._coming = []
        if octets.lstrip(b"\x1b")[:2].upper() == b"AT":
            self.unanswered.append(_text(octets))
            self._coming = [Line(round(1000 * self._now), Mark.RECEIVED, _REFUSED)]

    def read(self, until: float) -> bytes:
        """The next line of this turn, whenever it came."""
        if not self._coming:
            self._now = max(self._now, until)
            return b""
        line = self._coming.pop(0)
        self._now = line.ms / 1000
        return line.octets

    def skip(self) -> bool:
        """Go on behind the next event; False when there is none."""
        if self.done:
            return False
        part = self._turns[self._next].part
        self._next = next((at for at in range(self._next, len(self._turns)) if self._turns[at].part > part), len(self._turns))
        return not self.done

    def _find(self, octets: bytes) -> int | None:
        if not self.done:
            part = self._turns[self._next].part
            for at in range(self._next, len(self._turns)):
                if self._turns[at].part != part:
                    break
                if self._turns[at].sent == octets:
                    self._asked.add(at)
                    self._next = at + 1
                    return at
        earlier = next((at for at in range(self._next - 1, 0, -1) if self._turns[at].sent == octets), None)
        if earlier is not None:
            self.asked_again.append(_text(octets))
        return earlier


@dataclass(frozen=True, slots=True)
class Replay:
    """What the agent concluded from a transcript, one after the other, without repetitions; and how it differs from who recorded it."""

    conclusions: tuple[Conclusion, ...]
    heard: tuple[str, ...]
    unanswered: tuple[str, ...] = ()
    asked_again: tuple[str, ...] = ()
    not_asked: tuple[str, ...] = ()
    late: tuple[str, ...] = ()

    def missed(self, expect: Sequence[Mapping[str, str]]) -> list[str]:
        """The expectations that did not come true: the last one at the end, the others before it and in their order."""
        *before, last = self.conclusions
        rest = iter(before)
        missed = [expected for expected in expect[:-1] if not any(_holds(expected, conclusion) for conclusion in rest)]
        missed += [expected for expected in expect[-1:] if not _holds(expected, last)]
        return [" ".join(f"{key}={value}" for key, value in expected.items()) for expected in missed]


def replay(player: Player, profiles: Iterable[Profile], urcs: Iterable[str]) -> Replay:
    """Greet the modem of a transcript, and look at its SIM until all that was recorded is behind."""
    rehearsal = Rehearsal(player, urcs)
    identity, note = Identity(), None
    conclusions: list[Conclusion] = []
    try:
        identity, profile = rehearsal.greet(profiles)
        note = profile.name
        for reading in _rounds(player, rehearsal, profile):
            conclusions.append(conclude(identity, note, reading))
    except PortError as error:
        conclusions.append(conclude(identity, note, None, str(error)))
    rehearsal.listen()
    told = tuple(one for one, before in zip(conclusions, [None, *conclusions], strict=False) if one != before)
    return Replay(
        told, tuple(rehearsal.heard), tuple(player.unanswered), tuple(player.asked_again), player.not_asked, tuple(rehearsal.late)
    )


def _rounds(player: Player, rehearsal: Rehearsal, profile: Profile) -> Iterator[Reading]:
    known: CardRead | None = None
    while True:
        before = player.place
        reading = rehearsal.hold(look(profile, _nobody, known))
        yield reading
        known = reading if isinstance(reading, CardRead) else None
        if player.done or (player.place == before and not player.skip()):
            return


def _nobody(_iccid: Iccid) -> None:
    """An owner who knows no number."""


def _holds(expected: Mapping[str, str], conclusion: Conclusion) -> bool:
    found = {key: "null" if value is None else str(value) for key, value in conclusion.items()}
    return all(found.get(key) == value for key, value in expected.items())


def _text(octets: bytes) -> str:
    return escape(octets.rstrip(b"\r"))
