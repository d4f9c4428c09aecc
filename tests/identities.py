"""Every form in which a modem may print an identity, written from the standards, to look for it where it must not be."""

import re
from collections.abc import Iterator

from agent.modems.transcripts import Transcript, escape

SHORTEST = 7  # digits that could name anybody


def swapped(nibbles: str) -> str:
    """BCD, low nibble first (TS 24.008 10.5.4.7, TS 102 221 13.2), filled with F."""
    even = nibbles + "F" * (len(nibbles) % 2)
    return "".join(even[at + 1] + even[at] for at in range(0, len(even), 2))


def ucs2(text: str) -> str:
    """As with +CSCS="UCS2" (TS 27.007 5.5)."""
    return text.encode("utf-16-be").hex().upper()


def ef_iccid(iccid: str) -> str:
    """TS 102 221 13.2, ten octets."""
    return swapped(iccid.ljust(20, "F"))


def ef_imsi(imsi: str) -> str:
    """TS 31.102 4.2.2, nine octets."""
    return "08" + swapped(("9" if len(imsi) % 2 else "1") + imsi).ljust(16, "F")


def ef_msisdn(digits: str, kind: int, name: str = "", length: int = 28) -> str:
    """TS 31.102 4.2.26: one record."""
    called = bytes((len(digits) // 2 + len(digits) % 2 + 1, kind)).hex() + swapped(digits).ljust(20, "F")
    return (name.encode("ascii").hex().ljust(2 * (length - 14), "F") + called + "FFFF").upper()


def forms(original: str) -> Iterator[str]:
    """As it is, in BCD that begins with either nibble, in UCS2 and in ASCII, all as upper-case hex; without a plus."""
    digits = original.removeprefix("+").upper()
    yield digits
    for nibbles in (digits, digits[1:]):
        yield swapped(nibbles[: len(nibbles) // 2 * 2])
    yield ucs2(digits)
    yield digits.encode("ascii").hex().upper()


def leaks(transcript: Transcript, originals: list[str]) -> list[str]:
    """The originals that stand in the transcript in some form, across lines and in groups, too."""
    told = str(transcript).upper()
    octets = b"".join(line.octets for line in transcript.lines).decode("latin-1").upper()
    # As written, each by itself and without its time: times that stand below each other are nobody's number.
    lines = [*str(transcript.header).upper().splitlines(), *(escape(line.octets).upper() for line in transcript.lines)]
    places = [told, octets, *(re.sub(r"[^0-9A-F]", "", text) for text in (octets, *lines)), re.sub(r"[\x00 -]", "", octets)]
    # The national number is the same person, and an IMEI is one without its check digit.
    wanted = [part for original in originals for part in (original, original[-9:] if original.startswith("+") else original[:14])]
    assert all(len(part) >= SHORTEST for part in wanted)
    return [part for part in wanted for form in forms(part) for place in places if form in place]
