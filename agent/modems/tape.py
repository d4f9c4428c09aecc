"""Octets as they come over the wire -> scrubbed lines of a transcript. Pure."""

import re

from agent.at.lines import MAX_LINE
from agent.modems.scrub import Scrubber, blank
from agent.modems.transcripts import Line, Mark

_WHOLE = re.compile(rb"[\r\n]*+[^\r\n]++[\r\n]\n?")
_TOLD = re.compile(rb"[^\x00-\x20>]")  # more than line ends and an open prompt


class Tape:
    """What the modem says is given out line by line, for an identity may come in pieces; times are milliseconds, never less than before."""

    def __init__(self, scrubber: Scrubber) -> None:
        self._scrubber = scrubber
        self._begun = b""
        self._spoilt = False  # a line too long to be one: what follows up to its end goes the same way

    def sent(self, ms: int, octets: bytes) -> list[Line]:
        """One command, or an escape, as the agent sends it."""
        return [*self._rest(ms), Line(ms, Mark.SENT, self._scrubber.sent(octets))]

    def received(self, ms: int, octets: bytes) -> list[Line]:
        """What has come, cut anywhere: the lines that it completes."""
        self._begun += octets
        lines = []
        at = 0
        while whole := _WHOLE.match(self._begun, at):
            lines.append(Line(ms, Mark.RECEIVED, self._whole(whole[0])))
            at = whole.end()
        self._begun = self._begun[at:]
        if len(self._begun) > MAX_LINE:
            self._spoilt = self._spoilt or bool(self._begun.strip(b"\r\n"))
            lines += self.end(ms)
        return lines

    def event(self, ms: int, words: str) -> list[Line]:
        """What a person has done."""
        text = self._scrubber.words(words.strip())
        return [*self._rest(ms), Line(ms, Mark.EVENT, text.encode("utf-8", "replace"))] if text else []

    def end(self, ms: int) -> list[Line]:
        """What is left: nobody knows how a line that has only begun would have gone on."""
        rest, self._begun = self._begun, b""
        return [Line(ms, Mark.RECEIVED, blank(rest))] if rest else []

    def _whole(self, line: bytes) -> bytes:
        spoilt, self._spoilt = self._spoilt, False
        return blank(line) if spoilt else self._scrubber.received(line)

    def _rest(self, ms: int) -> list[Line]:
        """A prompt has no line end, and may be written at once, as line ends may."""
        return [] if _TOLD.search(self._begun) or self._spoilt else self.end(ms)
