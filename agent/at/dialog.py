"""The conversation with one modem: one command at a time, and back in step after silence."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from agent.at.codes import CALL_RESULTS, Final, any_of, is_two_line_urc, is_urc, parse_final, urc_table
from agent.at.lines import PROMPT, Splitter
from agent.at.values import after

MAX_ANSWER = 256  # information lines kept of one answer

_ESC = b"\x1b"
_DIALS = re.compile(r"AT\s*[DAO]", re.IGNORECASE)
_SECRET = re.compile(r"(\+(?:CPIN|CPWD|CLCK)\s*=).*", re.IGNORECASE)


class State(Enum):
    """IDLE may ask, BUSY waits for a final result code, LOST waits for a fence."""

    IDLE = "idle"
    BUSY = "busy"
    LOST = "lost"


@dataclass(frozen=True, slots=True, repr=False)
class Command:
    """One question: `text` without CR, `timeout` in seconds; str() and repr() hide a PIN. ValueError when it is no single command.

    `prefix` of its information text ("" = any line that is no URC); `shape`, a regular expression, tells the read answer from the URC;
    `numeric` admits the digits of ATV0 as final result code; `enough`: seconds after its first line that a missing one is waited for
    (0 = `timeout`).
    """

    text: str
    prefix: str | tuple[str, ...] = ""
    shape: str = ""
    timeout: float = 5.0
    numeric: bool = False
    enough: float = 0.0

    def __post_init__(self) -> None:
        if not (self.text.isascii() and self.text.isprintable() and self.text[:2].upper() == "AT"):
            raise ValueError("a command is printable ASCII and starts with AT")  # a CR in it would be a second command
        if not self.timeout > 0:
            raise ValueError(f"{self}: a time limit is more than 0 seconds")
        urc_table([self.shape])

    def __str__(self) -> str:
        return _SECRET.sub(r"\1…", self.text)

    def __repr__(self) -> str:
        return f"Command({str(self)!r})"

    def claims(self, line: str, *, urc: bool = False) -> bool:
        """True when this line may be the command's information text; `urc`: it looks like a URC, so only a prefix can claim it."""
        prefixes = (self.prefix,) if isinstance(self.prefix, str) else self.prefix
        mine = any(after(line, prefix) is not None if prefix else not urc for prefix in prefixes)
        return mine and re.match(self.shape, line, re.ASCII) is not None


@dataclass(frozen=True, slots=True)
class Answer:
    """Information text, line by line as it came, and how it ended; repr() leaves the lines out, for they hold identities.

    `echoed`: the modem said the command before it answered.
    """

    command: Command
    lines: tuple[str, ...] = field(repr=False)
    final: Final
    echoed: bool = field(default=False, compare=False)

    @property
    def ok(self) -> bool:
        """True when the final result code is OK."""
        return self.final.ok


@dataclass(frozen=True, slots=True)
class Answered:
    """The command in flight has its answer."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Unsolicited:
    """What nobody asked for: one line, or the two of a two-line URC."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fenced:
    """Back in step: nothing that was asked before is still to come."""


@dataclass(frozen=True, slots=True)
class Send:
    """Octets that the modem must get now."""

    octets: bytes


Event = Answered | Unsolicited | Fenced | Send

# Every state of SIM and radio allows these, and nothing else says what they say: TS 27.007 9.1 and 5.5, V.250 6.2.10, TS 27.005 3.2.3.
FENCES = (
    Command("AT+CMEE?", "+CMEE:", r"[^:]*:\s*[0-9]$"),
    Command("AT+CSCS?", "+CSCS:", r"[^:]*:\s*[\"\w]"),
    Command("AT+IPR?", "+IPR:", r"[^:]*:\s*[0-9]+$"),
    Command("AT+CMGF?", "+CMGF:", r"[^:]*:\s*[01]$"),
)


class Dialog:
    """A sans-IO AT conversation: write what send() and expire() return, feed() what comes, obey the events.

    A modem answers in order or not at all. So after a time-out each expire() asks another kind of fence: an answer tells which fence it
    belongs to, that all before it are settled, and only the answer to the last one ends LOST.
    """

    def __init__(self, urcs: Iterable[str] = ()) -> None:
        self._urcs = any_of(urcs)
        self._splitter = Splitter()
        self._state = State.IDLE
        self._command: Command | None = None  # in flight; when LOST, whose answer may still come
        self._lines: list[str] = []
        self._heard = False
        self._echoed = False
        self._head: str | None = None  # first line of a two-line URC
        self._fences: list[Command] = []  # asked and not settled, oldest first; no kind twice
        self._met: Command | None = None  # the fence whose information text was the last line

    @property
    def state(self) -> State:
        """Where the conversation stands."""
        return self._state

    @property
    def taken(self) -> tuple[str, ...]:
        """The information text that has come for the command in flight."""
        return tuple(self._lines) if self._state is State.BUSY else ()

    @property
    def overlong(self) -> int:
        """How many lines were too long and dropped."""
        return self._splitter.overlong

    def send(self, command: Command) -> bytes:
        """The octets of a command, to be written now. RuntimeError unless IDLE."""
        if self._state is not State.IDLE:
            raise RuntimeError(f"{command} while {self._state.value}: one command at a time, and none before the fence")
        self._state = State.BUSY
        self._command = command
        self._lines = []
        self._heard = self._echoed = False
        self._splitter.mark()
        return command.text.encode("ascii") + b"\r"

    def expire(self) -> bytes:
        """Give up the command in flight, or the last fence: LOST, and the octets of a fence to write.

        From IDLE it asks for a fence too, as on a port just opened. b"" once every kind of fence is unanswered: reopen the port.
        """
        self._state = State.LOST
        lost = self._command.text.upper() if self._command else ""
        fence = next((f for f in FENCES if f not in self._fences and f.text[2:-1] not in lost), None)
        if fence is None:
            return b""
        self._fences.append(fence)
        return fence.text.encode("ascii") + b"\r"

    def feed(self, octets: bytes) -> list[Event]:
        """What these octets, cut anywhere, mean."""
        events: list[Event] = []
        for line, early in self._splitter.feed(octets):
            if line == PROMPT:
                events.append(Send(_ESC))  # TS 27.005 3.5.1: ESC leaves without sending
            elif self._head is not None:
                events.append(Unsolicited((self._head, line)))
                self._head = None
            elif is_two_line_urc(line):
                self._head = line
            elif early or self._state is State.IDLE:
                events.append(Unsolicited((line,)))
            else:
                events += self._lost(line) if self._state is State.LOST else self._busy(line)
        return events

    def _busy(self, line: str) -> list[Event]:
        assert self._command is not None
        if final := parse_final(line, numeric=self._command.numeric):
            if not self._ends(final):
                return [Unsolicited((line,))]
            answer = Answer(self._command, tuple(self._lines), final, self._echoed)
            self._state, self._command = State.IDLE, None
            return [Answered(answer)]
        if self._is_echo(line, self._command.text):
            # A piece of it may be noise; the whole is none.
            self._echoed |= line.replace(" ", "").upper() == self._command.text.replace(" ", "").upper()
            # What was taken before the echo was said before the question was heard.
            early, self._lines = self._lines, []
            return [Unsolicited((one,)) for one in early]
        return [] if self._takes(line) else [Unsolicited((line,))]

    def _is_echo(self, line: str, text: str) -> bool:
        """The whole command, before any information text; as the first line it may lack its front or have more before it."""
        told, sent = (each.replace(" ", "").upper() for each in (line, text))
        if told == sent:
            return all(map(self._is_urc, self._lines))
        first, self._heard = not self._heard, self._heard or not self._is_urc(line)
        return first and (told.endswith(sent) or sent.endswith(told))

    def _lost(self, line: str) -> list[Event]:
        met, self._met = self._met, None
        final = parse_final(line, numeric=True)  # ATV0 may be why it was lost
        if final and self._ends(final):
            self._command = None
            return self._settle(met) if met and final.ok else []
        if self._lines and self._takes(line):
            return []  # an answer without prefix may say what the fence says (AT&V does)
        self._met = next((fence for fence in self._fences if fence.claims(line)), None)
        if self._met:
            self._command = None
            return []
        if self._takes(line):
            return []
        if final or self._is_urc(line):
            self._met = met  # it may come between information text and final result code
            return [Unsolicited((line,))]
        return []

    def _settle(self, fence: Command) -> list[Event]:
        del self._fences[: self._fences.index(fence) + 1]
        if self._fences:
            return []
        self._state = State.IDLE
        return [Fenced()]

    def _ends(self, final: Final) -> bool:
        dials = self._command is not None and _DIALS.match(self._command.text) is not None
        return dials or final.kind not in CALL_RESULTS

    def _takes(self, line: str) -> bool:
        """Keep the line when it is the command's; of lines that may be URCs only the first."""
        urc = self._is_urc(line)
        if self._command is None or (urc and self._lines) or not self._command.claims(line, urc=urc):
            return False
        if len(self._lines) < MAX_ANSWER:
            self._lines.append(line)
        return True

    def _is_urc(self, line: str) -> bool:
        return is_urc(line) or self._urcs.match(line) is not None
