"""The card's side of +CRSM: elementary files, SW1 and SW2 (TS 31.102, TS 51.011, TS 102 221)."""

from collections.abc import Callable
from typing import NamedTuple

from hw.simulated.sim import SimulatedSim

READ_BINARY, READ_RECORD, GET_RESPONSE = 176, 178, 192
ABSOLUTE = 4

DONE = (0x90, 0x00)
WRONG_LENGTH = (0x67, 0x00)
INCOMPATIBLE = (0x69, 0x81)
NOT_ALLOWED = (0x69, 0x82)
FILE_NOT_FOUND = (0x6A, 0x82)
RECORD_NOT_FOUND = (0x6A, 0x83)
WRONG_P1_P2 = (0x6B, 0x00)
UNKNOWN_COMMAND = (0x6D, 0x00)

Reply = tuple[int, int, bytes]


class File(NamedTuple):
    """An elementary file: one record = transparent unless `fixed`; `pin`: read only after VERIFY PIN."""

    records: tuple[bytes, ...]
    fixed: bool = False
    pin: bool = False


def swapped(digits: str, octets: int) -> bytes:
    """BCD, low nibble first, filled with F (TS 24.008 10.5.4.7)."""
    nibbles = digits.ljust(2 * octets, "F")
    return bytes.fromhex("".join(nibbles[at + 1] + nibbles[at] for at in range(0, 2 * octets, 2)))


def ef_iccid(sim: SimulatedSim) -> File:
    """TS 102 221 13.2."""
    return File((swapped(sim.iccid, 10),))


def ef_ad(sim: SimulatedSim) -> File:
    """TS 31.102 4.2.18; old cards end before the octet that holds the length of the MNC."""
    return File((bytes(3) if sim.mnc_length is None else bytes((0, 0, 0, sim.mnc_length)),))


def ef_imsi(sim: SimulatedSim) -> File:
    """TS 31.102 4.2.2: length, then parity in the low nibble and the digits."""
    parity = "9" if len(sim.imsi) % 2 else "1"
    return File((bytes((len(sim.imsi) // 2 + 1,)) + swapped(parity + sim.imsi, 8),), pin=True)


def ef_spn(sim: SimulatedSim) -> File:
    """TS 31.102 4.2.12."""
    return File((b"\x01" + sim.operator.encode("ascii")[:16].ljust(16, b"\xff"),))


def ef_ehplmn(sim: SimulatedSim) -> File:
    """TS 31.102 4.2.84, a PLMN as in TS 24.008 10.5.1.13."""
    mcc, mnc = sim.plmn[:3], sim.plmn[3:].ljust(3, "F")
    return File((bytes.fromhex(mcc[1] + mcc[0] + mnc[2] + mcc[2] + mnc[1] + mnc[0]),), pin=True)


def ef_msisdn(sim: SimulatedSim) -> File | None:
    """TS 31.102 4.2.26: alpha, length, TON/NPI, ten octets of digits, two identifiers; None = the card has no such file."""
    if sim.number_in == "phonebook":
        return None
    blank = b"\xff" * sim.record_length
    if sim.written is None:
        return File((blank, blank), fixed=True, pin=True)
    digits = sim.written.lstrip("+")
    number = bytes((len(digits) // 2 + len(digits) % 2 + 1, sim.number_type)) + swapped(digits, 10)
    return File((_alpha(sim.alpha, sim.record_length - 14) + number + b"\xff\xff", blank), fixed=True, pin=True)


def ef_dir(sim: SimulatedSim) -> File | None:
    """TS 102 221 13.1: the application template of a USIM; a 2G SIM has none."""
    aid = bytes.fromhex("A0000000871002FF44FF0189000001FF")
    label = b"USIM"
    template = bytes((0x4F, len(aid))) + aid + bytes((0x50, len(label))) + label
    return File(((bytes((0x61, len(template))) + template).ljust(38, b"\xff"),), fixed=True) if sim.usim else None


def ef_phase(sim: SimulatedSim) -> File | None:
    """TS 51.011 10.3.16: 2G only."""
    return None if sim.usim else File((b"\x03",))


FILES: dict[int, Callable[[SimulatedSim], File | None]] = {
    0x2FE2: ef_iccid,
    0x6FAD: ef_ad,
    0x6F07: ef_imsi,
    0x6F40: ef_msisdn,
    0x6F46: ef_spn,
    0x6FD9: ef_ehplmn,
    0x6FAE: ef_phase,
    0x2F00: ef_dir,
}


def transmit(sim: SimulatedSim, *, verified: bool, fcp: bool, command: int, file_id: int, p1: int, p2: int, p3: int) -> Reply:
    """What the card answers to one command on one file: SW1, SW2 and octets."""
    make = FILES.get(file_id)
    file = make(sim) if make else None
    if file is None:
        return *FILE_NOT_FOUND, b""
    if command == GET_RESPONSE:
        return *DONE, _template(file_id, file) if fcp else _header(file_id, file)
    if command not in {READ_BINARY, READ_RECORD}:
        return *UNKNOWN_COMMAND, b""
    if file.fixed is not (command == READ_RECORD):
        return *INCOMPATIBLE, b""
    if file.pin and not verified:
        return *NOT_ALLOWED, b""
    return _record(file, p1, p2, p3) if file.fixed else _binary(file, p1 << 8 | p2, p3)


def _binary(file: File, offset: int, length: int) -> Reply:
    content = file.records[0][offset:]
    if not content:
        return *WRONG_P1_P2, b""
    if not 0 < length <= len(content):
        return 0x6C, len(content), b""
    return *DONE, content[:length]


def _record(file: File, number: int, mode: int, length: int) -> Reply:
    if mode != ABSOLUTE:
        return *WRONG_P1_P2, b""
    if not 1 <= number <= len(file.records):
        return *RECORD_NOT_FOUND, b""
    record = file.records[number - 1]
    return (*DONE, record) if length == len(record) else (0x6C, len(record), b"")


def _size(file: File) -> bytes:
    return sum(map(len, file.records)).to_bytes(2, "big")


def _header(file_id: int, file: File) -> bytes:
    """TS 51.011 9.2.1: size in octets 3-4, file in 5-6, type in 7, structure in 14, record length in 15."""
    fixed_part = b"\x00\x00" + _size(file) + file_id.to_bytes(2, "big") + b"\x04\x00\x11\xff\x44\x01\x02"
    return fixed_part + bytes((file.fixed, len(file.records[0]) if file.fixed else 0))


def _template(file_id: int, file: File) -> bytes:
    """TS 102 221 11.1.1.3: descriptor, identifier, life cycle, security, size."""
    descriptor = b"\x42\x21" + len(file.records[0]).to_bytes(2, "big") + bytes((len(file.records),)) if file.fixed else b"\x41\x21"
    parts = ((0x82, descriptor), (0x83, file_id.to_bytes(2, "big")), (0x8A, b"\x05"), (0x8B, b"\x6f\x06\x04"), (0x80, _size(file)))
    inner = b"".join(bytes((tag, len(value))) + value for tag, value in parts)
    return bytes((0x62, len(inner))) + inner


def _alpha(text: str, octets: int) -> bytes:
    """TS 51.011 annex A: the default alphabet while it suffices, else 80 and UCS2."""
    coded = text.encode("ascii") if text.isascii() else b"\x80" + text.encode("utf-16-be")
    return coded[:octets].ljust(octets, b"\xff")
