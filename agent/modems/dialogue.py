"""What the agent and one modem said to each other last: overheard at the port, in bounded memory, told without identities. Pure."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.at.lines import printable
from agent.errors import IdentityError
from agent.modems.scrub import Scrubber
from agent.modems.tape import Tape
from agent.modems.transcripts import Mark
from agent.sim.identity import Iccid, Imsi

ROOM = 4096  # octets
PIECE = 64  # octets that a piece takes besides its own: a modem that speaks octet by octet gets no more memory

_SECRET = re.compile(rb"(\+(?:CPIN|CPWD|CLCK)[^=\r\n]*=)[^\r\n]+", re.IGNORECASE)
_ENDS = b"\x1b\r\n\0 "
_GROUPS = re.compile(r"[0-9A-Fa-f]+(?:[ -][0-9A-Fa-f]+)+|[0-9A-Za-z]+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Said:
    """One line at `at` (monotonic seconds), identities masked; `mark` tells who said it."""

    at: float
    mark: Mark
    text: str


class Dialogue:
    """The last ROOM octets of one slot's conversation."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[float, Mark, bytes]] = deque()
        self._size = 0

    def hear(self, now: float, mark: Mark, octets: bytes) -> None:
        """These octets went that way."""
        if mark is Mark.SENT:
            octets = _SECRET.sub(rb"\1*", octets)  # a PIN is not even kept
        octets = octets[-ROOM:]
        self._pieces.append((now, mark, octets))
        self._size += len(octets) + PIECE
        while self._size > ROOM:
            self._size -= len(self._pieces.popleft()[2]) + PIECE

    def said(self) -> list[Said]:
        """Line by line, from the first command that is still known on: what comes before it may be half an identity."""
        pieces = list(self._pieces)
        while pieces and pieces[0][1] is not Mark.SENT:
            pieces.pop(0)
        both = zip(_lines(pieces, _Plain(b"")), _lines(pieces, Scrubber(b"")), strict=True)
        return [Said(at, mark, text) for (at, mark, one), (_, _, other) in both if (text := _masked(one, other))]


class _Plain(Scrubber):
    """Leaves every line as it is: what it gives is compared with what a scrubber makes of it."""

    def sent(self, line: bytes) -> bytes:
        return line

    def received(self, line: bytes) -> bytes:
        return line


def _lines(pieces: Sequence[tuple[float, Mark, bytes]], scrubber: Scrubber) -> Iterator[tuple[float, Mark, bytes]]:
    """A line that has only begun is left out: nobody knows what it will be."""
    tape = Tape(scrubber)
    for at, mark, octets in pieces:
        for line in tape.sent(0, octets) if mark is Mark.SENT else tape.received(0, octets):
            yield at, line.mark, line.octets


def _masked(octets: bytes, scrubbed: bytes) -> str:
    """The line, with a mask wherever the scrubber has found an identity: it keeps every letter in its place."""
    if secret := _SECRET.search(octets):
        return _masked(octets[: secret.end(1)], scrubbed[: secret.end(1)]) + "…"
    begin, end = len(octets) - len(octets.lstrip(_ENDS)), len(octets.rstrip(_ENDS))
    text, other = octets[begin:end].decode("latin-1"), scrubbed[begin:end].decode("latin-1")
    groups = ((part[0], other[part.start() : part.end()]) for part in _GROUPS.finditer(text))
    return re.sub("…+", "…", "".join(printable(part) if part == beside else _mask(part) for part, beside in groups))


def _mask(text: str) -> str:
    """As the log shows it."""
    try:
        return str(Iccid.parse(text))
    except IdentityError:
        pass
    try:
        return str(Imsi(text)) if len(text) >= 14 else "…"
    except IdentityError:
        return "…"
