"""A SIM that answers everything well, ways to spoil it, and garbage: for the tests of identifying."""

import re

from conversation import Conversation, Said
from hypothesis import strategies as st

from agent.modems.identify import Glance, Reading, glance, identify
from agent.modems.library import shipped
from agent.modems.notes import Profile
from agent.sim.identity import Card, Iccid, Imsi, Msisdn, Plmn
from agent.slots.events import CardRead

PROFILES = {profile.name: profile for profile in shipped().profiles}
EC25, SIM7600, GENERIC = PROFILES["quectel-ec25"], PROFILES["simcom-sim7600"], PROFILES["generic"]

CRSM_ICCID = "AT+CRSM=176,12258,0,0,10"
CRSM_AD = "AT+CRSM=176,28589,0,0,4"
# Example files of TS 102 221 13.2 and TS 31.102 4.2.2.
EF_ICCID = '+CRSM: 144,0,"984402003576012594F9"\nOK'
ICCID = Iccid("8944200053671052499")
IMSI = Imsi("262011106487504")
NUMBER = Msisdn("4917279119183", 49)
OTHER = "89882390000000000001"
CARD = Card(ICCID, IMSI, Plmn("262", "01"), "ef_ad", NUMBER, "cnum")

ALL_WELL: dict[str, Said] = {
    "AT+CPIN?": "+CPIN: READY\n\nOK",
    "AT+QCCID": "+QCCID: 8944200053671052499\n\nOK",
    "AT+CICCID": "+ICCID: 8944200053671052499\n\nOK",
    CRSM_ICCID: EF_ICCID,
    CRSM_AD: '+CRSM: 144,0,"00000002"\nOK',
    "AT+CIMI": "262011106487504\n\nOK",
    "AT+CNUM": '+CNUM: "Own","+4917279119183",145\n\nOK',
    "AT+CREG?": "+CREG: 0,1\n\nOK",
}


def nobody(iccid: Iccid) -> None:
    assert iccid


def read_with(profile: Profile, changes: dict[str, Said]) -> tuple[Reading, list[str]]:
    modem = Conversation(ALL_WELL | changes)
    return modem.hold(identify(profile, nobody)), modem.asked


def card(profile: Profile, changes: dict[str, Said]) -> Card:
    reading, _ = read_with(profile, changes)
    assert isinstance(reading, CardRead), reading
    return reading.card


def peek(changes: dict[str, Said], known: Card | None = CARD, in_service: bool = True, profile: Profile = EC25) -> Glance:
    return Conversation(ALL_WELL | changes).hold(glance(profile, known, in_service))


BARE: dict[str, Said] = {"AT+CNUM": "OK", 'AT+CPBS="ON"': "OK", "AT+CPBR=1": "OK"}
EVERY_QUESTION = [*read_with(EC25, BARE)[1][:-1], "AT+CEREG?"]

finals = st.sampled_from(
    ["OK", "ERROR", "+CME ERROR: 10", "+CME ERROR: 14", "+CME ERROR: x\x1cy", "+CMS ERROR: 310", "NO CARRIER", "0", ""]
)
noise = st.text(st.sampled_from(' ",:+0123456789ABCDEFGNUMRSIC\x00\x1c\x7f\x85\xff'), max_size=40)
prefixes = st.sampled_from(["", "+CPIN: ", "+QCCID: ", '+CRSM: 144,0,"', "+CNUM: ", "+CREG: ", "+CPBR: 1,", "+CFUN: ", "+CPIN: READY\n"])
garbage = st.none() | st.builds("{}{}\n{}".format, prefixes, noise, finals)


def digits_in(said: Said) -> str:
    """Every digit that was said, plain and with the nibbles swapped, and those of UCS2 text."""
    text = re.sub(r"[^0-9A-F]", "", str(said).upper())
    turned = "".join(text[at + 1] + text[at] for shift in (0, 1) for at in range(shift, len(text) - 1, 2))
    return " ".join([text, turned, re.sub(r"003(\d)", r"\1", text)])
