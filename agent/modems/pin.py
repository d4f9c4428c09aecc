"""When a PIN may be given to a card, and the questions around it (TS 27.007 8.3, 8.65). Pure. A PUK is never given."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from agent.at.codes import Cme, Kind
from agent.at.dialog import Answer, Command
from agent.at.values import pin_attempts
from agent.modems.greet import Talk
from agent.modems.identify import read_iccid
from agent.modems.notes import Ask, Profile
from agent.modems.presence import sim_state
from agent.sim.identity import Iccid

LEAST = 2  # attempts that must be left before one is used: the last one belongs to a person
ALL = 3  # attempts of a card on which no wrong PIN was tried since the last right one (TS 102 221 9.5.1)

_STANDARD = Ask("AT+CPINR", ("+CPINR:",), 5, "cpinr")
_TELEPHONE = "unlock the SIM in a telephone, and switch its PIN off"
# What a modem says to a command that it has not got; any other error is one of the moment.
_HAS_NOT = {Kind.ERROR, Kind.NOT_SUPPORTED, Kind.TOO_MANY_PARAMETERS, Kind.NA}
_HAS_NOT_CODES = {Cme.NOT_ALLOWED, Cme.NOT_SUPPORTED, Cme.INCORRECT_PARAMETERS, Cme.UNKNOWN}


class Outcome(Enum):
    """What became of a PIN that went out; UNKNOWN also while nobody has heard yet."""

    UNKNOWN = "unknown"
    TAKEN = "taken"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Try:
    """One line of a card's ledger: the `same` PIN as the one at hand? `left`: attempts before it, None = could not be asked."""

    same: bool
    left: int | None
    outcome: Outcome
    line: int = 0


@dataclass(frozen=True, slots=True)
class Locked:
    """A card that waits for its PIN: the command that reads its ICCID, and how many attempts it says are left (None = cannot be asked)."""

    iccid: Iccid
    ask: Ask
    left: int | None


def approach(profile: Profile) -> Talk[Locked | str]:
    """Which card waits for its PIN, and how many attempts it has; or why that cannot be told now. EF_ICCID is readable before the PIN."""
    sim = yield from sim_state(profile)
    if not sim.wants_pin:
        return sim.why or "the SIM does not want its PIN any more"
    iccid, ask = yield from read_iccid(profile.iccid)
    if iccid is None:
        return "the SIM wants its PIN, and does not tell its ICCID: " + _TELEPHONE
    left = yield from attempts(profile)
    return left if isinstance(left, str) else Locked(iccid, ask, left)


def attempts(profile: Profile) -> Talk[int | str | None]:
    """Attempts left for the PIN; None = this modem cannot be asked; or why it does not say now."""
    doubt: str | None = None
    standard = () if any(ask.decoder == _STANDARD.decoder for ask in profile.pin_attempts) else (_STANDARD,)
    for ask in profile.pin_attempts + standard:
        answer = yield Command(ask.send, prefix=ask.prefix, timeout=ask.timeout)
        if answer.ok and (left := pin_attempts(ask.decoder, answer.lines)) is not None:
            return left
        if not _has_not(answer):
            doubt = f"the SIM wants its PIN, and the modem does not tell how many attempts are left ({answer.final}): {_TELEPHONE}"
    return doubt


def _has_not(answer: Answer) -> bool:
    return answer.final.kind in _HAS_NOT or (answer.final.kind is Kind.CME and answer.final.code in _HAS_NOT_CODES)


def lost(one: Try, left: int | None) -> bool:
    """Whether a PIN that nobody heard of must have been wrong: only a wrong one takes an attempt away (TS 102 221 11.1.9).

    To be written down before another PIN goes out: a right one gives all attempts back.
    """
    return one.outcome is Outcome.UNKNOWN and one.left is not None and left is not None and left < one.left


def why_not(tries: Iterable[Try], left: int | None, *, doubt: bool = False) -> str | None:
    """Why the PIN at hand must not go out; None = it may, once its try stands in the ledger.

    `doubt`: `tries` may be wanting, because lines of the ledger were lost with a broken database.
    """
    tries = list(tries)
    if any(one.same and (one.outcome is Outcome.REFUSED or lost(one, left)) for one in tries):
        return refused(left)
    if any(one.same and one.outcome is Outcome.UNKNOWN and one.left is None for one in tries):
        return f"the SIM wants its PIN; what became of the one in the configuration was not heard: {_TELEPHONE}"
    if left is None and tries:
        return f"the SIM wants its PIN; this modem does not tell how many attempts are left, so simgate gives it once only: {_TELEPHONE}"
    if left is not None and left < LEAST:
        return f"the SIM wants its PIN and has {_count(left)} left, which simgate leaves to you: {_TELEPHONE}"
    if doubt and (left is None or left < ALL):
        known = "this modem does not tell how many attempts are left" if left is None else f"the SIM has {_count(left)} left"
        return f"the SIM wants its PIN; what was tried on it is lost with a broken database, and {known}: {_TELEPHONE}"
    return None


def refused(left: int | None) -> str:
    """What to tell and do once the card has refused the PIN."""
    said = "the PIN in the configuration was refused"
    if left is None:
        return f"{said}: {_TELEPHONE}"
    return f"{said}: {_count(left)} left; " + ("correct [[card]] pin" if left >= LEAST else _TELEPHONE)


def _count(left: int) -> str:
    return f"{left} attempt{'' if left == 1 else 's'}"


def enter(profile: Profile, locked: Locked, pin: str) -> Talk[tuple[Outcome, str]]:
    """Give the PIN to that very card, and what became of it, in a sentence. To be called once a try, and only after the ledger knows."""
    again, _ = yield from read_iccid((locked.ask,))
    if again != locked.iccid:
        return Outcome.UNKNOWN, "the SIM was changed before its PIN was given"
    answer = yield profile.timed(Command(f'AT+CPIN="{pin}"', timeout=20))
    if answer.ok:
        return Outcome.TAKEN, ""
    code = answer.final.code if answer.final.kind is Kind.CME else None
    if code == Cme.SIM_PUK:
        return Outcome.REFUSED, refused(0)
    left = yield from attempts(profile)
    known = left if isinstance(left, int) else None
    if code == Cme.INCORRECT_PASSWORD:
        return Outcome.REFUSED, refused(known)
    if known is not None and locked.left is not None and known < locked.left:
        return Outcome.REFUSED, refused(known)
    return Outcome.UNKNOWN, f"the modem answers {answer.final} to the PIN: {_TELEPHONE}"
