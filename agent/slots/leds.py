"""What an LED shows: a pure function of what is true, in the signs of patterns.py."""

from agent.slots.patterns import Pattern
from agent.slots.roster import Matter
from agent.slots.slot import Slot, State, first

_BY_STATE = {
    State.EMPTY: Pattern.EMPTY,
    State.SETTLING: Pattern.BUSY,
    State.READING: Pattern.BUSY,
    State.LOCKED: Pattern.LOCKED,
    State.FAILED: Pattern.CONTACT,
}
_BY_MATTER = {
    Matter.NO_CARD: Pattern.BUSY,
    Matter.NUMBERLESS: Pattern.NO_NUMBER,
    Matter.SILENT: Pattern.MODEM_SILENT,
    Matter.UNSERVED: Pattern.NOT_REGISTERED,
    Matter.TWICE: Pattern.TWICE,
    Matter.REFUSED: Pattern.QUARANTINED,
}


def of_slot(slot: Slot, matter: Matter | None, *, endpoint: str, taken: bool, plugged: bool, stuck: bool = False) -> Pattern:
    """What a slot's LED shows; `matter` None = on sale, `endpoint` = the state in the uplink's report.

    `taken`: the endpoint has this number. `plugged`: something is in the modem's place. `stuck`: what keeps the slot hangs.
    """
    if stuck:
        return Pattern.STUCK
    if matter is None:
        return Pattern.FADING if slot.state is State.OFFLINE else _delivered(endpoint, taken)
    if slot == first(has_line=slot.state is State.SETTLING):
        return Pattern.STARTING
    match slot.state:
        case State.OFFLINE:
            return Pattern.MODEM_SILENT if plugged else Pattern.NO_MODEM
        case State.NO_SIM:
            return Pattern.CONTACT if slot.line else Pattern.EMPTY
        case State.READY:
            return _BY_MATTER[matter]
        case state:
            return _BY_STATE[state]


def of_gateway(*, endpoint: str, taken: bool, held: bool, warned: bool, stuck: bool = False) -> Pattern:
    """What the gateway's own LED shows; `taken`: the endpoint has the newest list, `held`: the first one waits for slots.

    `warned`: many modems are gone or silent together. `stuck`: some part hangs.
    """
    if stuck:
        return Pattern.STUCK
    if endpoint in ("retrying", "refused"):
        return _delivered(endpoint, taken)
    if held:
        return Pattern.STARTING
    return Pattern.FADING if warned else _delivered(endpoint, taken)


def _delivered(endpoint: str, taken: bool) -> Pattern:
    match endpoint:
        case "refused":
            return Pattern.KEY_REJECTED
        case "retrying":
            return Pattern.ENDPOINT_DOWN
        case _:
            return Pattern.ON_SALE if taken else Pattern.UNSENT
