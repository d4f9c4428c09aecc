"""Octets from a modem -> lines, in bounded memory."""

import re
from typing import Final, NamedTuple

# TS 27.005 3.5.1: CR LF > SP asks for text and is the only thing that a modem says without a line end.
PROMPT: Final = "> "
MAX_LINE: Final = 4096

_SEPARATOR = re.compile(r"[\r\n]")
_PROMPTS = re.compile(r"(?:> )*")


class Line(NamedTuple):
    """One trimmed, non-empty line, or PROMPT; `early`: it had begun before the last mark()."""

    text: str
    early: bool = False


class Splitter:
    """CR, LF and any run of them are one separator, NUL is dropped, octets above 127 are read as Latin-1."""

    def __init__(self, limit: int = MAX_LINE) -> None:
        self.overlong = 0
        self._limit = limit
        self._begun = ""
        self._early = False
        self._skipping = False

    def mark(self) -> None:
        """From here on a line that has begun counts as early."""
        self._early = bool(self._begun.strip(" \t"))

    def feed(self, octets: bytes) -> list[Line]:
        """The lines that these octets complete; the same for every way of cutting the stream."""
        found: list[Line] = []
        *ended, rest = _SEPARATOR.split(octets.replace(b"\0", b"").decode("latin-1"))
        for part in ended:
            if part or self._begun or self._skipping:
                self._add(part, found)
                self._end(found)
        self._add(rest, found)
        return found

    def _add(self, part: str, found: list[Line]) -> None:
        if self._skipping:
            return
        self._begun += part
        prompts = _PROMPTS.match(self._begun)
        if prompts and prompts.end():
            found += [Line(PROMPT)] * (prompts.end() // len(PROMPT))
            self._begun = self._begun[prompts.end() :]
            self._early = False
        if len(self._begun) > self._limit:
            self.overlong += 1
            self._begun = ""
            self._skipping = True

    def _end(self, found: list[Line]) -> None:
        text = self._begun.strip(" \t")
        if text:
            found.append(Line(text, self._early))
        self._begun = ""
        self._early = self._skipping = False


def printable(text: str) -> str:
    """What a modem says as a terminal may see it: everything but printable ASCII as \\xHH."""
    return re.sub(r"[^ -~]", lambda found: f"\\x{ord(found[0]):02X}", text)
