"""What there is to say about a modem and its SIM, in one shape for people and scripts. Pure."""

from collections.abc import Mapping

from agent.modems.greet import Identity
from agent.modems.identify import Reading, sim_of
from agent.sim.identity import Card
from agent.slots.events import CardRead

Conclusion = dict[str, str | int | None]

REGISTRATION: Mapping[int | None, str] = {
    0: "off",
    1: "home",
    2: "searching",
    3: "denied",
    4: "unknown",
    5: "roaming",
    6: "home",
    7: "roaming",
    8: "emergency",
    9: "home",
    10: "roaming",
}


def conclude(identity: Identity, note: str | None, reading: Reading | None, why: str | None = None) -> Conclusion:
    """The JSON of `simgate probe`, in its order and without the time; None = not known. `why`: the reason when nothing was read."""
    card = reading.card if isinstance(reading, CardRead) else None
    stat = reading.registration if isinstance(reading, CardRead) else None
    return {
        "manufacturer": identity.manufacturer or None,
        "model": identity.model or None,
        "firmware": identity.firmware or None,
        "imei": identity.imei or None,
        "sim_state": sim_of(reading) if reading else None,
        **_card(card),
        "registration": REGISTRATION.get(stat),
        "note": note,
        "why": why if reading is None or isinstance(reading, CardRead) else reading.why,
    }


def _card(card: Card | None) -> Conclusion:
    return {
        "iccid": card.iccid.digits if card else None,
        "imsi": card.imsi.digits if card and card.imsi else None,
        "operator": str(card.plmn) if card and card.plmn else None,
        "mnc_length_from": card.mnc_length_from if card else None,
        "number": str(card.msisdn) if card and card.msisdn else None,
        "number_from": card.number_from if card else None,
        "country_id": card.msisdn.calling_code if card and card.msisdn else None,
    }
