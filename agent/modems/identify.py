"""The order of questions about a card, as generators: they yield a Command, are sent its Answer, return a slot event. Pure."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from agent.at.codes import Cme, Kind
from agent.at.dialog import Answer, Command
from agent.at.values import ICCID_DECODERS, registration
from agent.errors import IdentityError
from agent.modems import files
from agent.modems.greet import Talk
from agent.modems.notes import Ask, Profile
from agent.modems.numbers import own_number
from agent.modems.presence import Presence, Sim, sim_state
from agent.sim.identity import Card, Iccid, Imsi, Msisdn
from agent.sim.numbering import home_plmn
from agent.slots.events import CardAbsent, CardChanged, CardLocked, CardRead, CardSeen, CardUnreadable
from agent.slots.slot import IN_SERVICE

T = TypeVar("T")
# What the owner says is the card's number, and where: "config" or "table".
OwnerNumber = Callable[[Iccid], tuple[Msisdn, str] | None]
Reading = CardRead | CardAbsent | CardLocked | CardUnreadable
Glance = CardSeen | CardChanged | CardAbsent | CardLocked | CardUnreadable

_IMSI = Command("AT+CIMI", prefix=("+CIMI:", ""), shape=r'(\+CIMI:\s*)?"?\d{6,15}"?$', timeout=20)
# The URC form has no <n>: it is not taken for the answer (TS 27.007 7.2, 10.1.20, 10.1.22).
_REGISTRATION = tuple(
    Command(f"AT+{name}?", prefix=f"+{name}:", shape=rf"\+{name}:\s*\d+\s*,\s*\d+\s*(,|$)", timeout=5)
    for name in ("CREG", "CEREG", "CGREG")
)


def identify(profile: Profile, owner_number: OwnerNumber) -> Talk[Reading]:
    """Everything there is to know about the card in the modem. The ICCID is read first and last: a swap in between is noticed."""
    sim = yield from sim_state(profile)
    if sim.presence is not Presence.READY:
        return _not_ready(sim)
    found = yield from _patiently(read_iccid(profile.iccid))
    if isinstance(found, CardUnreadable):
        return found
    return (yield from _patiently(_read(profile, owner_number, *found), found[0]))


def _read(profile: Profile, owner_number: OwnerNumber, iccid: Iccid | None, ask: Ask) -> Talk[Reading]:
    mnc_digits = yield from files.mnc_length(profile)
    imsi = yield from _imsi(profile)
    if iccid is None:
        if imsi is None:
            return CardAbsent("the modem says that a SIM is there, but can read neither its ICCID nor its IMSI: check the contact")
        return CardUnreadable("the ICCID of the SIM cannot be read")
    if imsi is None:
        return CardUnreadable("the IMSI of the SIM cannot be read", iccid)
    home = home_plmn(imsi, mnc_digits)
    number, number_from = owner_number(iccid) or (yield from own_number(profile, imsi))
    stat = yield from _registered(profile)
    again, _ = yield from read_iccid((ask,))
    if again != iccid:
        return CardUnreadable("the SIM was changed or lost while it was read", again or iccid)
    plmn, source = home or (None, None)
    return CardRead(Card(iccid, imsi, plmn, source, number, number_from), stat, ask.send)


def glance(profile: Profile, card: Card | None, in_service: bool, iccid_by: str | None = None, *, imsi_too: bool = False) -> Talk[Glance]:
    """Whether `card` (None = none was read) is still what the modem sees; `in_service` = as far as known until now.

    `iccid_by`: the command that gave the card's ICCID. No other is asked: it might answer from memory what the card no longer does.
    `imsi_too`: look at the IMSI as well, which a card that has several may change under one ICCID.
    """
    sim = yield from sim_state(profile)
    if sim.presence is not Presence.READY:
        return _not_ready(sim)
    asks = tuple(ask for ask in profile.iccid if ask.send == iccid_by) or profile.iccid
    return (yield from _patiently(_look(profile, asks, card, in_service, imsi_too)))


def _look(profile: Profile, asks: Sequence[Ask], card: Card | None, in_service: bool, imsi_too: bool) -> Talk[Glance]:
    iccid, _ = yield from read_iccid(asks)
    if iccid is None:
        imsi = yield from _imsi(profile)
        if imsi is None:
            return CardAbsent("the SIM can no longer be read: it was pulled, or its contact is bad")
        if card is not None and imsi != card.imsi:
            return CardChanged()
        return CardUnreadable("the ICCID of the SIM cannot be read")
    if card is None or iccid != card.iccid:
        return CardChanged()
    if imsi_too and (imsi := (yield from _imsi(profile))) is not None and imsi != card.imsi:
        return CardChanged()
    stat = yield from _registered(profile)
    if card.msisdn is None and stat in IN_SERVICE and not in_service:
        # Some operators write the number to the card once it has registered.
        return CardChanged()
    return CardSeen(stat)


def _patiently(talk: Talk[T], iccid: Iccid | None = None) -> Talk[T | CardUnreadable]:
    """Ends the talk when the SIM is busy or the modem silent: both pass, and mean neither "no SIM" nor "no number"."""
    command = next(talk)
    while True:
        answer = yield command
        if answer.final.kind is Kind.TIMEOUT:
            return CardUnreadable(f"the modem does not answer {command}", iccid)
        if answer.final.kind is Kind.CME and answer.final.code in (Cme.SIM_BUSY, Cme.PLEASE_WAIT):
            return CardUnreadable(f"the SIM is busy: {command} has to wait", iccid)
        try:
            command = talk.send(answer)
        except StopIteration as done:
            result: T = done.value
            return result


def sim_of(reading: Reading) -> str:
    """One word for the state of the SIM, for `simgate probe`."""
    return {CardRead: "ready", CardAbsent: "absent", CardLocked: "locked", CardUnreadable: "unreadable"}[type(reading)]


def read_iccid(asks: Sequence[Ask]) -> Talk[tuple[Iccid | None, Ask]]:
    """The ICCID by the first of the commands that gives one, and which one that was."""
    for ask in asks:
        answer = yield Command(ask.send, prefix=ask.prefix, timeout=ask.timeout)
        if (iccid := _iccid(answer, ask)) is not None:
            return iccid, ask
    return None, asks[-1]


def _iccid(answer: Answer, ask: Ask) -> Iccid | None:
    for line in answer.lines if answer.ok else ():
        try:
            return Iccid.parse(ICCID_DECODERS[ask.decoder](line) or "")
        except IdentityError:
            continue
    return None


def _imsi(profile: Profile) -> Talk[Imsi | None]:
    answer = yield profile.timed(_IMSI)
    for line in answer.lines if answer.ok else ():
        try:
            return Imsi.parse(line.rpartition(":")[2].strip().strip('"'))
        except IdentityError:
            continue
    return None


def _registered(profile: Profile) -> Talk[int | None]:
    """<stat> of the first domain that is in service, else of the first that answers; None when the modem knows no such question."""
    known: int | None = None
    for command in _REGISTRATION:
        answer = yield profile.timed(command)
        stat = registration(answer.lines[0]) if answer.ok and answer.lines else None
        if stat in IN_SERVICE:
            return stat
        known = stat if known is None else known
    return known


def _not_ready(sim: Sim) -> CardAbsent | CardLocked | CardUnreadable:
    match sim.presence:
        case Presence.ABSENT:
            return CardAbsent(sim.why)
        case Presence.LOCKED:
            return CardLocked(sim.why, sim.wants_pin)
        case _:
            return CardUnreadable(sim.why)
