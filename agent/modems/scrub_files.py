"""Elementary files of a card without the identities in them: TS 102 221 13.2, TS 31.102 4.2. Pure."""

from agent.modems.pseudonyms import Pseudonyms

_SHORT = 6  # octets: EF_AD and less than any identity
_EF_ICCID, _EF_IMSI, _EF_MSISDN = 10, 9, 14  # octets; EF_MSISDN has its name in front of them
_NAME = 0x78  # x
_UCS2 = 0x80  # TS 51.011 annex A: big-endian pairs follow
_EMPTY = 0xFF


def swapped(text: str) -> str:
    """Hex digits with those of each octet swapped."""
    return "".join(text[at + 1] + text[at] for at in range(0, len(text) - 1, 2))


def anonymous(octets: bytes, names: Pseudonyms, *, described: int | None = None) -> bytes:
    """The response of +CRSM (TS 27.007 8.18) with as many octets; `described`: the file whose GET RESPONSE was asked for.

    Told by its shape, for a late answer may be about another file than the last question. What has no known shape becomes zeros.
    """
    if len(octets) <= _SHORT or set(octets) == {_EMPTY}:
        return octets
    if described is not None and _is_description(octets, described):
        return octets
    if len(octets) == _EF_ICCID:
        return bytes.fromhex(iccid(octets.hex().upper(), names))
    if len(octets) == _EF_IMSI and octets[0] < _EF_IMSI:
        return bytes.fromhex(imsi(octets.hex().upper(), names))
    return _record(octets, names) if len(octets) >= _EF_MSISDN else bytes(len(octets))


def iccid(text: str, names: Pseudonyms) -> str:
    """The hex digits of EF_ICCID; Phase 1 cards may hold them in reading order (GSM 11.11 10.1.1)."""
    straight = text.startswith("89")
    nibbles = text if straight else swapped(text)
    digits = nibbles.rstrip("F")
    shown = (names.iccid(digits) if digits.startswith("89") else names.behind(digits, 0, "iccid")).ljust(len(text), "F")
    return shown if straight else swapped(shown)


def imsi(text: str, names: Pseudonyms) -> str:
    """The hex digits of EF_IMSI: length, parity, IMSI (TS 31.102 4.2.2)."""
    nibbles = swapped(text)
    digits = nibbles[3:].rstrip("F")
    return swapped(nibbles[:3] + names.imsi(digits).ljust(len(nibbles) - 3, "F"))


def _is_description(octets: bytes, file_id: int) -> bool:
    """FCP (TS 102 221 11.1.1.3), or the header of a SIM that names the file (TS 51.011 9.2.1)."""
    if octets[0] == 0x62:
        return octets[1] == len(octets) - 2 or octets[1:3] == bytes((0x81, len(octets) - 3))
    return len(octets) > 12 and octets[4:6] == file_id.to_bytes(2, "big") and octets[6] == 4


def _record(octets: bytes, names: Pseudonyms) -> bytes:
    """A record of EF_MSISDN (TS 31.102 4.2.26): the name becomes x, the number keeps its type."""
    name, tail = octets[:-_EF_MSISDN], octets[-_EF_MSISDN:]
    wide = name[:1] == bytes((_UCS2,))
    shown = bytes(octet if octet == _EMPTY or (wide and at == 0) else 0 if wide and at % 2 else _NAME for at, octet in enumerate(name))
    length = tail[0]
    if not 2 <= length <= 11:
        return shown + tail[:1] + bytes((_EMPTY,)) * (_EF_MSISDN - 1)
    nibbles = swapped(tail[2 : 1 + length].hex())
    digits = nibbles.partition("f")[0]
    number = swapped(names.number(digits).ljust(len(nibbles), "f"))
    return shown + tail[:2] + bytes.fromhex(number).ljust(10, bytes((_EMPTY,))) + tail[12:]
