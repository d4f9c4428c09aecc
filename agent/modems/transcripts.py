"""Transcripts: recorded conversations with modems, `firmware-notes/transcripts/<modem>/<scene>.at`. Pure: text in, value out."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from agent.errors import TranscriptError

FIRST = "simgate transcript 1"

# A blank at either end would be lost by editors and eyes.
_ESCAPE = re.compile(rb"[^ -~]|\\|\A | \Z")
_SHORT = {b"\r": rb"\r", b"\n": rb"\n", b"\\": rb"\\"}
_ESCAPED = re.compile(r"\\(?:([rn\\])|x([0-9A-F]{2}))|([^\\])")
_LONG = {"r": "\r", "n": "\n", "\\": "\\"}
_LINE = re.compile(r" *([0-9]{1,9})\.([0-9]{3}) ([<>!]) (.+)")
_KEY = re.compile(r"([a-z]+): +([^\x00-\x20\x7F][^\x00-\x1F\x7F]*?) *")
_WORD = re.compile(r"([a-z_]+)=(\S+)")
_ONCE = ("recorded", "synthetic", "modem", "firmware")
_KEYS = (*_ONCE, "expect", "remark")


class Mark(Enum):
    """Which way a line went."""

    SENT = ">"
    RECEIVED = "<"
    EVENT = "!"


@dataclass(frozen=True, slots=True)
class Line:
    """`octets` that went one way `ms` milliseconds after the start; of an event the words, in UTF-8."""

    ms: int
    mark: Mark
    octets: bytes

    def __str__(self) -> str:
        return f"{self.ms // 1000:5}.{self.ms % 1000:03} {self.mark.value} {escape(self.octets)}"


@dataclass(frozen=True, slots=True)
class Header:
    """Where a transcript is from. Either `recorded` (date and tool) or `synthetic` (written from which manual) is given, the other "".

    `expect`: what must be concluded, by the keys of `simgate probe --json`, one after the other; the last one at the end.
    """

    recorded: str = ""
    synthetic: str = ""
    modem: str = ""
    firmware: str = ""
    expect: tuple[Mapping[str, str], ...] = ()
    remark: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [FIRST]
        lines += [f"{key}: {value}" for key in _ONCE if (value := getattr(self, key))]
        lines += [f"expect: {' '.join(f'{key}={value}' for key, value in expected.items())}" for expected in self.expect]
        lines += [f"remark: {text}" for text in self.remark]
        return "\n".join(lines) + "\n\n"


@dataclass(frozen=True, slots=True)
class Transcript:
    """A header and what went over the wire, in its order; str() is the file."""

    header: Header
    lines: tuple[Line, ...]

    def __str__(self) -> str:
        return str(self.header) + "".join(f"{line}\n" for line in self.lines)


def escape(octets: bytes) -> str:
    r"""Printable ASCII as it is; CR, LF and backslash as \r, \n and \\, everything else as \x00 to \xFF."""
    return _ESCAPE.sub(lambda found: _SHORT.get(found[0]) or b"\\x%02X" % found[0][0], octets).decode("ascii")


def unescape(text: str) -> bytes:
    """The octets that escape() has written so. ValueError says what is no such text."""
    found = []
    at = 0
    while at < len(text):
        part = _ESCAPED.match(text, at)
        if part is None:
            raise ValueError(rf"{text[at : at + 4]!r} is no escape: write \r, \n, \\ or \x and two digits 0-9A-F")
        short, hexadecimal, plain = part.groups()
        if plain and not " " <= plain <= "~":
            raise ValueError(f"{plain!r} cannot stand here: write every octet that is no printable ASCII as \\x and two digits 0-9A-F")
        found.append(chr(int(hexadecimal, 16)) if hexadecimal else _LONG[short] if short else plain)
        at = part.end()
    return "".join(found).encode("latin-1")


def parse_transcript(file: str, text: str) -> Transcript:
    """The transcript in `text`. TranscriptError names `file` and line."""
    return _Reader(file, text).transcript()


class _Reader:
    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._lines = [line.removesuffix("\r") for line in text.split("\n")]

    def transcript(self) -> Transcript:
        if self._lines[0] != FIRST:
            raise self._wrong(1, "this is no transcript", f'its first line is "{FIRST}"')
        end = next((number for number, line in enumerate(self._lines, 1) if not line.strip()), len(self._lines))
        return Transcript(self._header(end), tuple(self._conversation(end)))

    def _wrong(self, number: int, what: str, mend: str = "") -> TranscriptError:
        return TranscriptError(f"{self._file}:{number}: {what}", mend)

    def _header(self, end: int) -> Header:
        once: dict[str, str] = {}
        expect: list[Mapping[str, str]] = []
        remark: list[str] = []
        for number in range(2, end + 1):
            line = self._lines[number - 1]
            if not line.strip():
                continue
            found = _KEY.fullmatch(line)
            if found is None or found[1] not in _KEYS:
                raise self._wrong(
                    number, f"{line!r} is no line of a header", f'write "key: value", one of {", ".join(_KEYS)}; end with a blank line'
                )
            key, value = found.groups()
            if key in once:
                raise self._wrong(number, f"{key} is said twice")
            if key == "expect":
                expect.append(self._expected(number, value))
            elif key == "remark":
                remark.append(value)
            else:
                once[key] = value
        if ("recorded" in once) == ("synthetic" in once):
            raise self._wrong(
                1, "a transcript is either recorded or synthetic", 'say "recorded: DATE with TOOL" or "synthetic: written from MANUAL"'
            )
        for key in ("modem", "firmware") if "recorded" in once else ("modem",):
            if key not in once:
                raise self._wrong(1, f"{key} is missing", f'say "{key}: ..."')
        return Header(**once, expect=tuple(expect), remark=tuple(remark))

    def _expected(self, number: int, value: str) -> Mapping[str, str]:
        found = [_WORD.fullmatch(word) for word in value.split()]
        words = {word[1]: word[2] for word in found if word}
        if len(words) != len(found):
            raise self._wrong(number, "an expectation is key=value, key=value, each key once", "expect: sim_state=ready operator=26201")
        return words

    def _conversation(self, end: int) -> Iterator[Line]:
        last = 0
        for number, text in enumerate(self._lines[end:], end + 1):
            if not text.strip() or text.startswith("#"):
                continue
            found = _LINE.fullmatch(text)
            if found is None:
                raise self._wrong(
                    number, "this is no line of a conversation", "write seconds with three decimals, one of > < !, and octets"
                )
            ms = 1000 * int(found[1]) + int(found[2])
            if ms < last:
                raise self._wrong(number, "time goes backwards", "put the lines in their order")
            last = ms
            try:
                yield Line(ms, Mark(found[3]), unescape(found[4]))
            except ValueError as error:
                raise self._wrong(number, str(error)) from error
