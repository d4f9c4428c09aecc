"""The ladder to a SIM's own number: +CNUM, then EF_MSISDN, then the phonebook ON. Pure."""

from agent.at.dialog import Command
from agent.at.values import cnum, fields
from agent.modems import files
from agent.modems.greet import Talk
from agent.modems.notes import Profile
from agent.sim.identity import Imsi, Msisdn
from agent.sim.numbering import e164

_CNUM = Command("AT+CNUM", prefix="+CNUM:", timeout=10)
_PHONEBOOK = Command('AT+CPBS="ON"', timeout=10)
_FIRST_ENTRY = Command("AT+CPBR=1", prefix="+CPBR:", timeout=10)


def own_number(profile: Profile, imsi: Imsi) -> Talk[tuple[Msisdn | None, str | None]]:
    """The number and where it was found ("cnum", "ef_msisdn", "phonebook"); (None, None) when the SIM does not tell."""
    answer = yield profile.timed(_CNUM)
    for line in answer.lines if answer.ok else ():
        if (number := _international(cnum(line), imsi)) is not None:
            return number, "cnum"
    record = yield from files.msisdn(profile)
    if (number := _international(record, imsi)) is not None:
        return number, "ef_msisdn"
    if not (yield profile.timed(_PHONEBOOK)).ok:
        return None, None
    answer = yield profile.timed(_FIRST_ENTRY)
    for line in answer.lines if answer.ok else ():
        if (number := _international(_entry(line), imsi)) is not None:
            return number, "phonebook"
    return None, None


def _international(found: tuple[str, int | None] | None, imsi: Imsi) -> Msisdn | None:
    return e164(found[0], found[1], imsi.mcc) if found else None


def _entry(line: str) -> tuple[str, int | None] | None:
    """`+CPBR: 1,"+4917279119183",145,"own"` (TS 27.007 8.12)."""
    parts = fields(line.partition(":")[2])
    if len(parts) < 3 or not parts[1]:
        return None
    kind = parts[2] or ""
    return parts[1], int(kind) if kind.isdigit() else None
