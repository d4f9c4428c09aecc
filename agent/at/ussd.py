"""What the network answers to a USSD request: the URC +CUSD, gathered and decoded (TS 27.007 7.15, TS 23.038 5 and 6.1.2)."""

import re
from dataclasses import dataclass

LONGEST = 20  # lines of one answer: 160 octets hold no more

_HEAD = re.compile(r"\+CUSD\s*:\s*([0-5])\s*(?:,\s*(.*))?", re.DOTALL)
_BODY = re.compile(r'"(.*)"\s*(?:,\s*([0-9]{1,3})\s*)?|([^",]*)(?:,\s*([0-9]{1,3})\s*)?', re.DOTALL)
# TS 23.038 6.2.1, the default alphabet; what is no character here is no digit either.
_GSM7 = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)

WANTS_MORE = 1  # <m>: the network waits for a reply; the session stays open until it is closed


@dataclass(frozen=True, slots=True)
class Reply:
    """<m> of +CUSD, and every text that the string may be, the likeliest first; repr() leaves the texts out, for they hold numbers."""

    mode: int
    texts: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Reply({self.mode})"


class Gather:
    """Puts the lines of one +CUSD together: a text may run over several, and the quote tells where it ends."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def feed(self, line: str) -> Reply | None:
        """One unsolicited line; the reply once it is whole."""
        if _HEAD.match(line):
            self._lines = []
        elif not self._lines:
            return None
        self._lines.append(line)
        whole = "\n".join(self._lines)
        if whole.count('"') % 2 and len(self._lines) < LONGEST:
            return None
        self._lines = []
        return _reply(whole)


def _reply(text: str) -> Reply | None:
    head = _HEAD.fullmatch(text)
    if head is None:
        return None
    body = _BODY.fullmatch((head[2] or "").strip())
    said, scheme = (body[1] or body[3] or "", body[2] or body[4]) if body else ("", None)
    return Reply(int(head[1]), texts(said, int(scheme or 0)) if said else ())


def texts(said: str, scheme: int) -> tuple[str, ...]:
    """What `said` may mean under this data coding scheme: as it stands, four hex digits a character, or packed 7-bit as hex."""
    octets = _octets(said)
    if octets is None:
        return (said,)
    wide = _wide(octets[2:] if scheme == 0x11 else octets), _wide(octets)
    found = [*wide, said] if _is_ucs2(scheme) else [said, *wide, _unpacked(octets)]
    return tuple(dict.fromkeys(text for text in found if text))


def _is_ucs2(scheme: int) -> bool:
    """TS 23.038 5: 0001 0001, and the general groups 01xx and 1001 with bits 3 and 2 = 10."""
    return scheme == 0x11 or ((scheme >> 6 == 1 or scheme >> 4 == 9) and scheme >> 2 & 3 == 2)


def _octets(said: str) -> bytes | None:
    return bytes.fromhex(said) if re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", said) else None


def _wide(octets: bytes) -> str | None:
    try:
        return octets.decode("utf-16-be")
    except UnicodeDecodeError:
        return None


def _unpacked(octets: bytes) -> str:
    """TS 23.038 6.1.2.3.1: seven bits a character, the lowest first; a CR fills what would read as @."""
    bits = int.from_bytes(octets, "little")
    letters = [_GSM7[bits >> at & 127] for at in range(0, 8 * len(octets) - 6, 7)]
    return "".join(letters).rstrip("\r")
