"""What AT+CPIN? says about the card (TS 27.007 8.3, 9.2). Pure."""

import re
from dataclasses import dataclass
from enum import Enum

from agent.at.codes import Cme, Kind
from agent.at.dialog import Answer, Command
from agent.modems.greet import Talk
from agent.modems.notes import Profile

# Some modems end this answer without OK.
_CPIN = Command("AT+CPIN?", prefix="+CPIN:", timeout=10, enough=1.0)
_CFUN = Command("AT+CFUN?", prefix="+CFUN:", timeout=5)

_LOCKED = {
    Cme.SIM_PIN: "the SIM wants its PIN: write it into the configuration ([[card]] pin), or switch its PIN off in a telephone",
    Cme.SIM_PUK: "the SIM is blocked and wants its PUK: unblock it in a telephone",
    Cme.SIM_BLOCKED: "the SIM is blocked for good: ask its operator for a new one",
    Cme.SIM_WRONG: "the modem refuses this SIM: use another modem, or have it unlocked",
}
_PERSONALISED = "the modem is locked to another operator: have it unlocked"


class Presence(Enum):
    """What is known of a card's being there."""

    READY = "ready"
    LOCKED = "locked"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sim:
    """Presence, and in one sentence why it is not ready; `wants_pin`: a PIN, and nothing else, is missing (TS 27.007 8.3)."""

    presence: Presence
    why: str = ""
    wants_pin: bool = False


def sim_state(profile: Profile) -> Talk[Sim]:
    """Whether a card is there and usable; a modem that is switched off says so instead of "no SIM"."""
    answer = yield profile.timed(_CPIN)
    sim = _judge(answer)
    if sim.presence in (Presence.READY, Presence.LOCKED) or answer.final.kind is Kind.TIMEOUT:
        return sim
    power = yield profile.timed(_CFUN)
    off = re.search(r":\s*([04])\b", power.lines[0]) if power.ok and power.lines else None
    if off and (off[1] == "0" or "cfun_4_drops_sim" in profile.quirks):
        why = f"the modem's radio and SIM are switched off (AT+CFUN? = {off[1]}): switch them on, or restart the modem"
        return Sim(Presence.ABSENT, why)
    return sim


def _judge(answer: Answer) -> Sim:
    if answer.final.kind is Kind.TIMEOUT and not answer.lines:
        return Sim(Presence.UNKNOWN, "the modem does not answer")
    if answer.final.kind is Kind.CME and answer.final.code is not None:
        return _error(answer.final.code, str(answer.final))
    if answer.lines:
        sim = _word(answer.lines[0].partition(":")[2].strip().strip('"').upper())
        # READY beside an error was no answer: some modems announce it unasked while they start.
        if answer.ok or answer.final.kind is Kind.TIMEOUT or sim.presence is not Presence.READY:
            return sim
    return Sim(Presence.UNKNOWN, f"the modem answers {_shown(str(answer.final))} when asked for the SIM: it may still be starting")


def _shown(said: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in said)[:40]


def _word(word: str) -> Sim:
    if word.startswith("READY") or word in ("SIM PIN2", "SIM PUK2"):
        return Sim(Presence.READY)
    if "NOT INSERTED" in word or "REMOVED" in word:
        return Sim(Presence.ABSENT, "the modem sees no SIM")
    if "NOT READY" in word or "BUSY" in word:
        return Sim(Presence.UNKNOWN, "the SIM is not ready yet")
    if word.startswith("SIM PIN"):
        return Sim(Presence.LOCKED, _LOCKED[Cme.SIM_PIN], wants_pin=True)
    if word.startswith("SIM PUK"):
        return Sim(Presence.LOCKED, _LOCKED[Cme.SIM_PUK])
    if word.startswith("PH-"):
        return Sim(Presence.LOCKED, _PERSONALISED)
    return Sim(Presence.UNKNOWN, f"the modem says of the SIM: {_shown(word)}")


def _error(code: int, said: str) -> Sim:
    if code in _LOCKED:
        return Sim(Presence.LOCKED, _LOCKED[Cme(code)], wants_pin=code == Cme.SIM_PIN)
    if code in (5, 6, 7, 16) or 40 <= code <= 47:
        return Sim(Presence.LOCKED, _PERSONALISED)
    if code in (17, 18):
        return Sim(Presence.READY)
    if code == Cme.SIM_NOT_INSERTED:
        return Sim(Presence.ABSENT, "the modem sees no SIM")
    if code == Cme.SIM_FAILURE:
        # A card pulled silently is reported like this by many modems: when in doubt a number stays off.
        return Sim(Presence.ABSENT, "the modem reports a SIM failure: no SIM, or a bad contact")
    return Sim(Presence.UNKNOWN, f"the modem answers {_shown(said)} when asked for the SIM")
