"""The command line of V.250: octets to lines, a line to commands, answers to octets."""

import re
from dataclasses import dataclass
from functools import lru_cache

LONGEST = 2048

# Extended commands end at a semicolon outside quotes, D takes the rest, basic commands simply follow one another (V.250 5.3).
_PARAMETER = re.compile(r'\s*("[^"]*"?|[^,]*)\s*(?:,|$)')
_COMMAND = re.compile(r'[+^!#$*%](?:[^";]|"[^"]*"?)*|D.*|S\d+(?:=\d*|\?)?|&?[A-Z]\d*|[^; ]', re.IGNORECASE)


@dataclass(slots=True)
class Modes:
    """What E, V, Q, S3, S4 and S5 set (V.250 6.2)."""

    echo: bool = True
    verbose: bool = True
    quiet: bool = False
    terminator: int = 13
    formatting: int = 10
    backspace: int = 8


# What nearly all that comes is: one whole line.
_PLAIN = re.compile(rb"[ -~]{1,%d}\r" % (LONGEST - 1))
_USUAL_SIGNS = (13, 10, 8)


class Lines:
    """Cuts what comes in into command lines."""

    def __init__(self) -> None:
        self._begun = bytearray()

    def clear(self) -> None:
        """Forget a line that has begun."""
        self._begun.clear()

    def feed(self, octets: bytes, modes: Modes) -> list[bytes]:
        """Whole lines, without their terminator. ESC forgets what came before it, as it leaves a prompt; a line too long is cut."""
        lines = []
        if not self._begun and _PLAIN.fullmatch(octets) and (modes.terminator, modes.formatting, modes.backspace) == _USUAL_SIGNS:
            return [octets[:-1]]
        for octet in octets:
            if octet == modes.terminator:
                lines.append(bytes(self._begun))
                self._begun.clear()
            elif octet == modes.backspace:
                del self._begun[-1:]
            elif octet == 0x1B:
                self._begun.clear()
            elif octet not in {0, modes.formatting} and len(self._begun) < LONGEST:
                self._begun.append(octet)
        return lines


@lru_cache(1024)
def commands(line: bytes) -> tuple[str, ...] | None:
    """The commands behind AT, in their order; None when the line has no AT: nobody answers it (V.250 5.2.1)."""
    text = line.decode("latin-1")
    start = text.upper().find("AT")
    return None if start < 0 else tuple(found.strip() for found in _COMMAND.findall(text[start + 2 :]))


def parameters(text: str) -> list[str]:
    """The parameters of a set command, without quotes; at least one, "" where none was given."""
    return [found.strip().strip('"') for found in _PARAMETER.findall(text + ",")][:-1] or [""]


def information(lines: list[str], modes: Modes) -> list[bytes]:
    """Information text, one element a line, ready to be joined (V.250 5.7.1)."""
    end = bytes((modes.terminator, modes.formatting))
    shown = [line.encode("latin-1", "replace") + end for line in lines]
    if shown and modes.verbose:
        shown[0] = end + shown[0]
    return shown


def result(code: str, modes: Modes) -> bytes:
    """A final result code; V0 has digits for the two of V.250 and leaves +CME ERROR as it is (TS 27.007 9.1)."""
    end = bytes((modes.terminator, modes.formatting))
    if modes.quiet:
        return b""
    if not modes.verbose and code in {"OK", "ERROR"}:
        return (b"0" if code == "OK" else b"4") + end[:1]
    return end + code.encode("ascii") + end
