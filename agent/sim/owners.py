"""Numbers that an owner gives to SIMs: the CSV form, and which two owned contradict each other. Pure."""

import csv
from collections.abc import Iterable, Mapping

from agent.errors import IdentityError
from agent.sim.identity import Iccid, Msisdn
from agent.sim.numbering import owner_number

HEADER = ("iccid", "number")
Owned = dict[Iccid, Msisdn]


def read_csv(text: str) -> tuple[Owned, list[str]]:
    """The numbers of a CSV with the header iccid,number (or iccid;number), and `LINE: what; mend` for every line that is wrong."""
    lines = text.removeprefix("\ufeff").splitlines()
    rows = csv.reader(lines, delimiter=";" if lines and ";" in lines[0] else ",", skipinitialspace=True)
    owned: Owned = {}
    wrong: list[str] = []
    places: dict[Iccid | Msisdn, int] = {}
    try:
        if tuple(name.strip().lower() for name in next(rows, [])) != HEADER:
            return {}, ["1: no header; write iccid,number into the first line"]
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            try:
                iccid, number = _row(row)
                for one, name in ((iccid, "ICCID"), (number, "number")):
                    if one in places:
                        raise IdentityError(f"this {name} stands in line {places[one]} already", "keep one of the two")
            except IdentityError as error:
                wrong.append(f"{rows.line_num}: {error}")
                continue
            places |= {iccid: rows.line_num, number: rows.line_num}
            owned[iccid] = number
    except csv.Error:
        wrong.append(f"{rows.line_num}: a field is far longer than a number; look for a quote that is never closed")
    return owned, wrong


def _row(row: list[str]) -> tuple[Iccid, Msisdn]:
    if len(row) != len(HEADER):
        raise IdentityError(f"{len(row)} fields instead of an ICCID and a number", "write ICCID,+NUMBER")
    iccid, number = (cell.strip() for cell in row)
    if "E+" in iccid.upper():
        raise IdentityError("a spreadsheet has rounded the ICCID", "make its column text, and write the ICCID again")
    return Iccid.parse(iccid), owner_number(number)


def write_csv(owned: Mapping[Iccid, Msisdn]) -> str:
    """What read_csv reads, in the order of the ICCIDs."""
    rows = sorted((iccid.digits, str(number)) for iccid, number in owned.items())
    return "".join(f"{iccid},{number}\n" for iccid, number in [HEADER, *rows])


def clash(given: Mapping[Iccid, Msisdn], table: Mapping[Iccid, Msisdn], config: Mapping[Iccid, Msisdn]) -> str | None:
    """Why `given` cannot go into the table: a number that would then belong to two SIMs; None = it can."""
    holders: dict[Msisdn, tuple[Iccid, str]] = {number: (iccid, "[[card]]") for iccid, number in config.items()}
    for iccid, number in {**table, **given}.items():
        holder, where = holders.setdefault(number, (iccid, "the table"))
        if holder != iccid and number in (given.get(iccid), given.get(holder)):
            return f"{number} belongs to the SIM {holder} in {where}, and now to {iccid} too"
    return None


def overruled(owned: Iterable[Iccid], config: Mapping[Iccid, Msisdn], table: Mapping[Iccid, Msisdn]) -> list[str]:
    """One sentence for every SIM to which the configuration gives another number: [[card]] wins."""
    return [
        f"the configuration gives the SIM {iccid} another number, {config[iccid]}: [[card]] wins"
        for iccid in owned
        if iccid in config and config[iccid] != table[iccid]
    ]
