"""Identifying a SIM: the order of questions, every kind of answer, and when in doubt no card."""

from dataclasses import replace

import pytest
from conversation import Conversation, Said
from hypothesis import given
from hypothesis import strategies as st
from sim_talk import (
    ALL_WELL,
    BARE,
    CARD,
    CRSM_AD,
    CRSM_ICCID,
    EC25,
    EVERY_QUESTION,
    GENERIC,
    ICCID,
    OTHER,
    SIM7600,
    digits_in,
    garbage,
    nobody,
    peek,
    read_with,
)

from agent.modems.identify import Reading, glance, identify
from agent.modems.notes import Profile
from agent.sim.identity import Iccid, Msisdn
from agent.slots.events import CardAbsent, CardChanged, CardLocked, CardRead, CardSeen, CardUnreadable

# -- the order of questions --


@pytest.mark.parametrize("profile", [EC25, SIM7600, GENERIC])
def test_a_card_is_read_in_the_order_pin_iccid_mnc_length_imsi_number_registration(profile: Profile) -> None:
    reading, asked = read_with(profile, {})
    assert reading == CardRead(CARD, 1)
    assert asked == ["AT+CPIN?", CRSM_ICCID, CRSM_AD, "AT+CIMI", "AT+CNUM", "AT+CREG?", CRSM_ICCID]


@pytest.mark.parametrize(("profile", "makers"), [(EC25, "AT+QCCID"), (SIM7600, "AT+CICCID")])
def test_the_command_that_gave_the_iccid_is_the_one_that_confirms_it(profile: Profile, makers: str) -> None:
    reading, asked = read_with(profile, {CRSM_ICCID: "ERROR"})
    assert isinstance(reading, CardRead)
    assert (reading.iccid_by, asked[-1]) == (makers, makers)


@pytest.mark.parametrize("gone", ["+CME ERROR: 13", "ERROR", "+CRSM: 111,0\nOK"])
def test_a_makers_command_that_answers_from_memory_does_not_keep_a_pulled_card(gone: str) -> None:
    modem = Conversation({**ALL_WELL, CRSM_ICCID: gone, "AT+CIMI": "+CME ERROR: 13"})
    assert isinstance(modem.hold(glance(EC25, CARD, True, CRSM_ICCID)), CardAbsent)


def test_the_number_is_looked_for_in_cnum_then_in_its_file_then_in_the_phonebook() -> None:
    reading, asked = read_with(EC25, {"AT+CNUM": "OK", 'AT+CPBS="ON"': "OK", "AT+CPBR=1": "OK"})
    assert isinstance(reading, CardRead)
    assert (reading.card.msisdn, reading.card.number_from) == (None, None)
    assert asked[4:] == ["AT+CNUM", "AT+CRSM=192,28480,0,0,15", 'AT+CPBS="ON"', "AT+CPBR=1", "AT+CREG?", CRSM_ICCID]


def test_the_owner_knows_the_number_best_and_the_card_is_not_asked() -> None:
    modem = Conversation(ALL_WELL)
    reading = modem.hold(identify(EC25, {ICCID: (Msisdn("447700900123", 44), "table")}.get))
    assert reading == CardRead(replace(CARD, msisdn=Msisdn("447700900123", 44), number_from="table"), 1)
    assert "AT+CNUM" not in modem.asked


# -- +CPIN --


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("+CPIN: READY\nOK", CardRead),
        ('+CPIN: "READY"\nOK', CardRead),
        *((f"+CPIN: {word}\nOK", CardLocked) for word in ("SIM PIN", "SIM PUK", "PH-SIM PIN", "PH-NET PIN", "PH-NETSUB PUK", "PH-SP PIN")),
        ("+CPIN: PH-CORP PUK\nOK", CardLocked),
        ("+CPIN: PH-FSIM PUK\nOK", CardLocked),
        ('+CPIN: "SIM PIN"\nOK', CardLocked),
        *((f"+CME ERROR: {code}", CardLocked) for code in (5, 6, 7, 11, 12, 16, *range(40, 48))),
        ("+CME ERROR: SIM PIN required", CardLocked),
        ("+CME ERROR: 15", CardLocked),  # present, unusable
        ("+CME ERROR: 262", CardLocked),
        ("+CME ERROR: SIM blocked", CardLocked),
        # TS 27.007 8.3: PIN2 says only that the last command wanted it; the card works.
        ("+CPIN: SIM PIN2\nOK", CardRead),
        ("+CPIN: SIM PUK2\nOK", CardRead),
        ("+CME ERROR: 17", CardRead),
        ("+CME ERROR: 18", CardRead),
        ("+CME ERROR: 14", CardUnreadable),
        ("+CME ERROR: SIM busy", CardUnreadable),
        ("+CME ERROR: 515", CardUnreadable),
        ("+CPIN: NOT READY\nOK", CardUnreadable),
        ("+CME ERROR: 10", CardAbsent),
        ("+CME ERROR: SIM not inserted", CardAbsent),
        ("+CPIN: NOT INSERTED\nOK", CardAbsent),
        ("+CPIN: SIM REMOVED\nOK", CardAbsent),
        ("+CME ERROR: 13", CardAbsent),
        ("+CME ERROR: SIM failure", CardAbsent),
        ("+CPIN: READY\n+CME ERROR: 10", CardAbsent),  # the READY was an announcement of the start
        ("+CPIN: NOT READY\n+CME ERROR: 13", CardAbsent),
        ("+CPIN: READY\nERROR", CardUnreadable),
        ("ERROR", CardUnreadable),
        ("OK", CardUnreadable),
        ("+CME ERROR: 100", CardUnreadable),
        ("COMMAND NOT SUPPORT", CardUnreadable),
        (None, CardUnreadable),
    ],
)
def test_cpin_tells_whether_a_card_is_there(said: Said, kind: type[Reading]) -> None:
    reading, _ = read_with(EC25, {"AT+CPIN?": said})
    assert type(reading) is kind
    seen = peek({"AT+CPIN?": said})
    assert type(seen) is (CardSeen if kind is CardRead else kind)


def test_a_modem_that_is_switched_off_says_so_and_not_that_the_sim_is_missing() -> None:
    reading, _ = read_with(EC25, {"AT+CPIN?": "+CME ERROR: 13", "AT+CFUN?": "+CFUN: 0\nOK"})
    assert isinstance(reading, CardAbsent)
    assert "CFUN" in reading.why


@pytest.mark.parametrize("power", [None, "ERROR", "+CFUN: 1\nOK", "+CFUN: 10\nOK", "+CME ERROR: 14"])
def test_an_absent_sim_stays_absent_whatever_is_said_of_the_power(power: Said) -> None:
    assert read_with(EC25, {"AT+CPIN?": "+CME ERROR: 10", "AT+CFUN?": power})[0] == CardAbsent("the modem sees no SIM")


# -- registration --


@pytest.mark.parametrize(
    ("creg", "cereg", "cgreg", "stat"),
    [
        ("+CREG: 0,1\nOK", "ERROR", "ERROR", 1),
        ('+CREG: 2,5,"0 5","2715",7\nOK', "ERROR", "ERROR", 5),
        ("+CREG: 0,0\nOK", "+CEREG: 0,5\nOK", "ERROR", 5),
        ("+CREG: 0,2\nOK", "+CEREG: 0,2\nOK", "+CGREG: 0,1\nOK", 1),
        ("+CREG: 0,3\nOK", "+CEREG: 0,2\nOK", "+CGREG: 0,2\nOK", 3),
        ("ERROR", "+CEREG: 0,8\nOK", "ERROR", 8),
        ("+CREG: 1\n+CREG: 1,2\nOK", "ERROR", "ERROR", 2),  # the first is a URC
        ("+CREG: 1\nOK", "ERROR", "ERROR", None),  # only a URC
        ("+CREG: 2,,\nOK", "ERROR", "ERROR", None),
        ("ERROR", "ERROR", "ERROR", None),
    ],
)
def test_one_domain_in_service_is_service(creg: str, cereg: str, cgreg: str, stat: int | None) -> None:
    said: dict[str, Said] = {"AT+CREG?": creg, "AT+CEREG?": cereg, "AT+CGREG?": cgreg}
    assert read_with(EC25, said)[0] == CardRead(CARD, stat)
    assert peek(said) == CardSeen(stat)


# -- doubts --


@pytest.mark.parametrize("again", [f"+QCCID: {OTHER}\nOK", "+CME ERROR: 10"])
def test_a_card_that_changes_while_it_is_read_is_no_card(again: str) -> None:
    reading, _ = read_with(EC25, {"AT+QCCID": [ALL_WELL["AT+QCCID"], again], CRSM_ICCID: "ERROR"})  # type: ignore[list-item]
    assert isinstance(reading, CardUnreadable)
    assert reading.iccid == (Iccid(OTHER) if OTHER in again else ICCID)


@pytest.mark.parametrize("pause", [None, "+CME ERROR: 14", "+CME ERROR: SIM busy", "+CME ERROR: 515"])
@pytest.mark.parametrize("text", EVERY_QUESTION)
def test_silence_or_a_busy_sim_anywhere_is_neither_a_card_nor_its_absence(text: str, pause: Said) -> None:
    said: dict[str, Said] = {**BARE, "AT+CREG?": "+CREG: 0,2\nOK", text: pause}
    reading, asked = read_with(EC25, said)
    assert type(reading) is CardUnreadable
    assert reading.iccid in (None, ICCID)
    assert asked.count(text) == 1
    assert type(peek(said)) in (CardUnreadable, CardSeen)


def test_silence_on_everything_is_not_absence() -> None:
    assert type(Conversation(dict.fromkeys(ALL_WELL)).hold(identify(EC25, nobody))) is CardUnreadable
    assert type(Conversation(dict.fromkeys(ALL_WELL)).hold(glance(EC25, CARD, True))) is CardUnreadable


def test_a_card_that_is_seen_at_a_glance_is_asked_for_its_iccid_each_time() -> None:
    modem = Conversation(ALL_WELL)
    assert modem.hold(glance(EC25, CARD, True)) == CardSeen(1)
    assert modem.asked == ["AT+CPIN?", CRSM_ICCID, "AT+CREG?"]


def test_another_card_at_a_glance_is_a_change() -> None:
    assert peek({CRSM_ICCID: "ERROR", "AT+QCCID": f"+QCCID: {OTHER}\nOK"}) == CardChanged()
    assert peek({}, known=None) == CardChanged()
    unreadable: dict[str, Said] = {"AT+QCCID": "ERROR", CRSM_ICCID: "ERROR"}
    assert peek({**unreadable, "AT+CIMI": "228062800000208\nOK"}) == CardChanged()
    assert isinstance(peek(unreadable), CardUnreadable)


def test_a_nameless_card_is_read_again_once_it_is_in_service() -> None:
    nameless = replace(CARD, msisdn=None, number_from=None)
    assert peek({}, known=nameless, in_service=False) == CardChanged()
    assert peek({}, known=nameless, in_service=True) == CardSeen(1)
    assert peek({"AT+CREG?": "+CREG: 0,2\nOK"}, known=nameless, in_service=False) == CardSeen(2)


# -- garbage --


@given(st.sampled_from([EC25, SIM7600, GENERIC]), st.dictionaries(st.sampled_from([*ALL_WELL, *EVERY_QUESTION]), garbage), st.booleans())
def test_garbage_invents_no_number_no_operator_and_no_error(profile: Profile, said: dict[str, Said], known: bool) -> None:
    sayings = {**ALL_WELL, **said}
    reading = Conversation(sayings).hold(identify(profile, nobody))
    glimpse = Conversation(sayings).hold(glance(profile, CARD if known else None, known))
    if isinstance(reading, CardRead):
        heard = " ".join(digits_in(one) for one in sayings.values())
        assert reading.card.iccid.digits in heard
        assert reading.card.imsi is not None
        assert reading.card.imsi.digits in heard
        assert reading.card.msisdn is None or reading.card.msisdn.digits[-6:] in heard
        assert reading.card.plmn is None or reading.card.imsi.digits.startswith(str(reading.card.plmn))
    for event in (reading, glimpse):
        why = getattr(event, "why", "something")
        assert why.strip()
        assert why.isprintable()
