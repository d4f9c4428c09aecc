"""What a tty says that is no AT port, or is one in use. Pure."""

import re

from agent.errors import NotAtPortError, PortError, TakenError

# NMEA 0183 (IEC 61162-1): $, talker and sentence, fields, * and two hex digits of the checksum.
_SENTENCE = re.compile(rb"\$[A-Z]{5},[ -~]*\*[0-9A-Fa-f]{2}")
# RFC 1662 3.1 and 4.2: flag, all-stations address, control; plain or escaped.
_PPP = re.compile(rb"~\xff(?:\x03|\}#)")
_ESCAPED = re.compile(rb"\}(.)", re.DOTALL)


def foreign(tty: str, octets: bytes) -> PortError | None:
    """The error that these octets, in which nothing answered AT, stand for; None when they say nothing."""
    if _PPP.search(octets):
        return TakenError(f"{tty}: a data connection runs over it", "end what uses it (ModemManager, pppd), or restart the modem")
    if _SENTENCE.search(octets):
        return NotAtPortError(f"{tty}: it tells positions (NMEA): this is no AT port", "name the modem's AT port in the configuration")
    if any(map(_sound, octets.split(b"~")[:-1])):
        return NotAtPortError(f"{tty}: it sends diagnostics frames: this is no AT port", "name the modem's AT port in the configuration")
    return None


def _sound(frame: bytes) -> bool:
    """Whether these octets are a frame as of RFC 1662 4.2, 0x7D before what is escaped, with the right FCS (C.2): diagnostics use it."""
    plain = _ESCAPED.sub(lambda found: bytes((found[1][0] ^ 0x20,)), frame)
    fcs = 0xFFFF
    for octet in plain:
        fcs ^= octet
        for _ in range(8):
            fcs = fcs >> 1 ^ (0x8408 if fcs & 1 else 0)
    return len(plain) > 3 and fcs == 0xF0B8
