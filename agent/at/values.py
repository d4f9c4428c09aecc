"""What stands in an information line or an EF. Nothing here raises: None is what was not understood."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

_TON_INTERNATIONAL = 0x91  # TS 24.008 10.5.4.7: international, E.164
_DIALLED = str.maketrans("abcde", "*#abc")  # TS 24.008 table 10.5.118; f is the filler
_TYPES = range(128, 256)  # TS 24.008 10.5.4.7: bit 8 is always set
_NUMBER = re.compile(r"(\+?)([0-9*#]+)")
_NUMBER_UCS2 = re.compile(r"(?:00(?:2[AaBb3]|3[0-9])){3,}")
_REGISTRATION = re.compile(r"\+C(?:G|E|5G)?REG\s*:\s*[0-9]\s*,\s*([0-9]|1[01])\s*(?:,|$)")
_CRSM = re.compile(r'([0-9]{1,3})\s*,\s*([0-9]{1,3})\s*(?:,\s*"?\s*([0-9A-Fa-f]*)\s*"?)?')


def after(line: str, prefix: str) -> str | None:
    """What follows the prefix, trimmed; None when the line begins otherwise. Case and blanks before the colon do not count."""
    stem = prefix.removesuffix(":")
    rest = line[len(stem) :].strip()
    if line[: len(stem)].upper() != stem.upper():
        return None
    if stem == prefix:
        return rest
    return rest[1:].strip() if rest.startswith(":") else None


def fields(text: str) -> list[str | None]:
    """Parameters between commas, without their quotes; "" and nothing are None; `0 5` is a number broken by blanks: `05`."""
    if not text.strip():
        return []
    raw, quoted = [""], False
    for letter in text:
        quoted ^= letter == '"'
        if letter == "," and not quoted:
            raw.append("")
        else:
            raw[-1] += letter
    return [_field(one.strip()) for one in raw]


def _field(raw: str) -> str | None:
    if '"' in raw:
        return raw.replace('"', "") or None
    closed = raw.replace(" ", "")
    return (closed if re.fullmatch(r"[0-9]+", closed) else raw) or None


def parameters(line: str, prefix: str) -> list[str | None] | None:
    """fields() of what follows the prefix; None when the line has another."""
    text = after(line, prefix)
    return None if text is None else fields(text)


def bcd(text: str) -> str | None:
    """Hex with the nibbles of each octet swapped, fillers F at the end taken off."""
    octets = _octets(text)
    return None if octets is None else "".join(f"{octet & 15:X}{octet >> 4:X}" for octet in octets).rstrip("F")


def ucs2(text: str) -> str | None:
    """Four hex digits a character, as +CSCS="UCS2" prints strings. Decimal digits alone are a number unless they spell Latin text."""
    octets = _octets(text)
    if not octets or (text.isdecimal() and any(octets[::2])):
        return None
    try:
        plain = octets.decode("utf-16-be")
    except UnicodeDecodeError:
        return None
    return plain if plain.isprintable() else None


def _octets(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


def cnum(line: str) -> tuple[str, int] | None:
    """Digits and type of number of one +CNUM line (TS 27.007 7.1); a plus becomes type 145."""
    pairs = list(pairwise(parameters(line, "+CNUM:") or ()))
    # Second and third parameter; the alpha left out with its comma; an alpha with commas but no quotes.
    for number, kind in pairs[1:2] + pairs:
        if number is None or kind is None or not re.fullmatch(r"[0-9]{3}", kind) or int(kind) not in _TYPES:
            continue
        plain = (ucs2(number) if _NUMBER_UCS2.fullmatch(number) else None) or number
        match = _NUMBER.fullmatch(plain.replace(" ", ""))
        if match:
            return match[2], _TON_INTERNATIONAL if match[1] else int(kind)
    return None


def registration(line: str) -> int | None:
    """<stat> of the read form of +CREG, +CGREG, +CEREG or +C5GREG (TS 27.007 7.2, 10.1.20, 10.1.22); the URC has no <n>: None."""
    match = _REGISTRATION.match(line.strip())
    return int(match[1]) if match else None


@dataclass(frozen=True, slots=True)
class Crsm:
    """What the card said (TS 27.007 8.18): SW1, SW2 and response; a refusal of the card still ends in OK."""

    sw1: int
    sw2: int
    octets: bytes = b""

    @property
    def ok(self) -> bool:
        """True for 90xx, 91xx, 92xx and 9Fxx (TS 102 221 10.2.1, TS 51.011 9.4)."""
        return self.sw1 in (144, 145, 146, 159)

    @classmethod
    def parse(cls, line: str) -> "Crsm | None":
        """One +CRSM line; numbers are decimal, the response is hex with or without quotes."""
        match = _CRSM.fullmatch(after(line, "+CRSM:") or "")
        if match is None:
            return None
        sw1, sw2, octets = int(match[1]), int(match[2]), _octets(match[3] or "")
        return None if octets is None or max(sw1, sw2) > 255 else cls(sw1, sw2, octets)


def record_length(response: bytes) -> int | None:
    """Octets a record of a linear fixed EF, from its GET RESPONSE: FCP (TS 102 221 11.1.1.3) or SIM form (TS 51.011 9.2.1)."""
    if response[:1] == b"\x62":
        descriptor = _descriptor(response)
        linear = len(descriptor) == 5 and descriptor[0] & 7 == 2
        length = int.from_bytes(descriptor[2:4], "big")
    else:
        linear = len(response) >= 15 and response[6] == 4 and response[13] == 1
        length = int.from_bytes(response[14:15], "big")
    return length if linear and 0 < length < 256 else None


def _descriptor(template: bytes) -> bytes:
    """The file descriptor, tag 82, of an FCP template, as far as it is there; lengths of one or two octets, as on cards."""
    start = 3 if template[1:2] == b"\x81" else 2
    while start + 1 < len(template):
        end = start + 2 + template[start + 1]
        if template[start] == 0x82:
            return template[start + 2 : end]
        start = end
    return b""


def ef_iccid(octets: bytes) -> str | None:
    """ICCID out of EF_ICCID (TS 102 221 13.2); Phase 1 cards may hold it with the nibbles in reading order (GSM 11.11 10.1.1)."""
    text = octets.hex().upper()
    if len(text) != 20:
        return None
    if text.startswith("98"):
        return bcd(text)
    return text.rstrip("F") if text.startswith("89") else None


def ef_ad_mnc_length(octets: bytes) -> int | None:
    """2 or 3 out of EF_AD (TS 31.102 4.2.18)."""
    length = int.from_bytes(octets[3:4], "big") & 15
    return length if length in (2, 3) else None


def ef_msisdn(record: bytes) -> tuple[str, int] | None:
    """Digits and TON/NPI out of one record of EF_MSISDN (TS 31.102 4.2.26), X + 14 octets; None when empty."""
    tail = record[-14:]
    if len(tail) < 14 or tail[0] > 11:
        return None
    nibbles = "".join(f"{octet & 15:x}{octet >> 4:x}" for octet in tail[2 : 1 + tail[0]])
    digits = nibbles.partition("f")[0].translate(_DIALLED)
    return (digits, tail[1]) if digits else None


def _crsm_iccid(line: str) -> str | None:
    found = Crsm.parse(line)
    return ef_iccid(found.octets) if found and found.ok else None


# The ICCID in one information line, by the decoder's name: its digits behind the prefix, or EF_ICCID read through +CRSM.
ICCID_DECODERS: Mapping[str, Callable[[str], str | None]] = {"iccid": lambda line: line.rpartition(":")[2], "ef_iccid": _crsm_iccid}


def _number(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[0-9]{1,2}", text) else None


def _counter(line: str, place: int, of: str = "") -> int | None:
    """The number in the given place of a line; `of`: only when the line's first parameter is this."""
    found = fields(line.partition(":")[2])
    if place >= len(found) or (of and found[0] != of):
        return None
    return _number(found[place])


# PIN attempts left in one information line, by the decoder's name:
#   cpinr  +CPINR: SIM PIN,3,3 (TS 27.007 8.65)    qpinc  +QPINC: "SC",3,10
#   first  +SPIC: 3,10,3,10                        cpin   ^CPIN: SIM PIN,,<PUK>,<PIN>,<PUK2>,<PIN2>
PIN_DECODERS: Mapping[str, Callable[[str], int | None]] = {
    "cpinr": lambda line: _counter(line, 1, "SIM PIN"),
    "qpinc": lambda line: _counter(line, 1, "SC"),
    "first": lambda line: _counter(line, 0),
    "cpin": lambda line: _counter(line, 3),
}


def pin_attempts(decoder: str, lines: Iterable[str]) -> int | None:
    """How many attempts the SIM's PIN has left, by a decoder of PIN_DECODERS; None = the lines do not say."""
    return next((left for line in lines if (left := PIN_DECODERS[decoder](line)) is not None), None)
