"""The roster: what can be sold at this moment, why the rest cannot, and when to look again."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from cards import ANNA, BERT, DENIED, EMERGENCY, HOME, NAMELESS, ROAMING, SEARCHING, SILENT, UNPLUGGED, walks
from hypothesis import given
from hypothesis import strategies as st

from agent.sim.identity import Card, Iccid, Msisdn
from agent.slots.events import CardAbsent, CardLocked, CardRead, CardUnreadable, Event, LineIn, LineMoved, LineOut, ModemUp
from agent.slots.listing import Listing
from agent.slots.roster import Matter, Offer, Roster, roster
from agent.slots.slot import Slot, State, first, step

LEASE = 30.0
A, B, C = Offer("rack1-01", rent=1), Offer("rack1-02", price=2.5), Offer("rack1-03")
SELLING = Slot(State.READY, line=True, card=ANNA, seen=100.0, registration=HOME, in_service=100.0, spoken=True)


def look(slots: Sequence[Slot], now: float = 100.0, quarantined: dict[str, str] | None = None) -> Roster:
    offers = [A, B, C][: len(slots)]
    return roster(offers, {offer.slot: slot for offer, slot in zip(offers, slots, strict=True)}, quarantined or {}, now, LEASE)


def selling(card: Card, seen: float = 100.0) -> Slot:
    return replace(SELLING, card=card, seen=seen, in_service=seen)


def sold(found: Roster) -> list[str]:
    return [listing.slot for listing in found.snapshot.listings]


def after(*events: Event, has_line: bool = True) -> Slot:
    slot = first(has_line=has_line)
    for event in events:
        slot = step(slot, event, 100.0)[0]
    return slot


def test_a_listing_says_what_card_and_owner_say() -> None:
    found = look([SELLING, selling(BERT)])
    assert found.snapshot.listings == (
        Listing("rack1-01", ANNA.iccid, Msisdn("4917279119183", 49), ANNA.plmn, ANNA.imsi, 1, None),
        Listing("rack1-02", BERT.iccid, Msisdn("491720400305", 49), BERT.plmn, BERT.imsi, 0, 2.5),
    )
    assert found.why == {}


def test_an_empty_rack_sells_nothing_and_waits_for_an_event() -> None:
    found = look([])
    assert (found.snapshot.listings, found.look_again) == ((), None)
    assert look([after(LineOut())]).look_again is None


def test_a_card_without_a_known_operator_is_sold_without_one() -> None:
    assert look([selling(replace(ANNA, plmn=None))]).snapshot.listings[0].plmn is None


# -- leases --


def test_the_evidence_of_the_card_counts_for_the_lease_to_the_second() -> None:
    slot = replace(SELLING, in_service=120.0)
    assert sold(look([slot], 130.0)) == ["rack1-01"]
    assert sold(look([slot], 130.001)) == []


def test_the_evidence_of_the_registration_counts_for_the_lease_to_the_second() -> None:
    slot = replace(SELLING, seen=120.0, registration=SEARCHING)
    assert sold(look([slot], 130.0)) == ["rack1-01"]
    found = look([slot], 130.001)
    assert sold(found) == []
    assert "searching" in found.why["rack1-01"]


def test_looking_again_comes_just_after_the_earliest_end() -> None:
    found = look([SELLING, replace(selling(BERT), in_service=95.0)])
    assert found.look_again is not None
    assert 125.0 < found.look_again <= 125.01
    assert sold(look([SELLING, replace(selling(BERT), in_service=95.0)], found.look_again)) == ["rack1-01"]


@pytest.mark.parametrize("stat", [HOME, ROAMING, 6, 7, 9, 10])
def test_every_kind_of_service_sells(stat: int) -> None:
    assert sold(look([after(LineIn(), CardRead(ANNA, stat))])) == ["rack1-01"]


@pytest.mark.parametrize(
    ("stat", "word"),
    [
        (None, "does not tell"),
        (0, "not registered"),
        (SEARCHING, "searching"),
        (DENIED, "refuses"),
        (4, "unknown"),
        (EMERGENCY, "emergency"),
        (11, "not in service"),
    ],
)
def test_without_service_a_card_is_never_sold_and_says_why(stat: int | None, word: str) -> None:
    found = look([after(LineIn(), CardRead(ANNA, stat))])
    assert sold(found) == []
    assert word in found.why["rack1-01"]


# -- what keeps off sale --


@pytest.mark.parametrize(
    ("slot", "words"),
    [
        (first(has_line=True), ["not looked at"]),
        (after(LineOut()), ["no SIM", "line"]),
        (after(LineOut(), LineMoved()), ["line", "moved"]),
        (after(LineIn()), ["being read"]),
        (after(LineIn(), CardAbsent("CME 10")), ["line says present, modem sees no SIM: check the tray contact", "CME 10"]),
        (after(ModemUp(), CardAbsent("the modem sees no SIM"), has_line=False), ["the modem sees no SIM"]),
        (after(LineIn(), CardLocked("the SIM wants its PIN")), ["PIN"]),
        (after(LineIn(), CardUnreadable("the SIM is busy")), ["busy"]),
        (after(LineIn(), SILENT), ["does not answer"]),
        (after(LineIn(), UNPLUGGED), ["its tty is gone"]),
        (after(LineIn(), CardRead(NAMELESS, HOME)), ["number", "[[card]]"]),
    ],
)
def test_a_slot_off_sale_says_what_a_person_in_front_of_it_needs(slot: Slot, words: list[str]) -> None:
    found = look([slot])
    assert sold(found) == []
    assert all(word in found.why["rack1-01"] for word in words)


@pytest.mark.parametrize(("event", "words"), [(SILENT, "the modem does not answer"), (UNPLUGGED, "its tty is gone")])
def test_a_modem_that_went_away_says_after_the_lease_for_how_long(event: Event, words: str) -> None:
    slot = step(SELLING, event, 101.0)[0]
    assert f"45 s: {words}" in look([slot], 145.0).why["rack1-01"]


def test_a_number_that_the_endpoint_refuses_stays_off_and_says_so() -> None:
    found = look([SELLING, selling(BERT)], quarantined={"+4917279119183": "NUMBER_FORMAT_ERROR"})
    assert sold(found) == ["rack1-02"]
    assert "+4917279119183" in found.why["rack1-01"]
    assert "NUMBER_FORMAT_ERROR" in found.why["rack1-01"]
    assert found.refused == look([SELLING]).snapshot.listings, "as it would be on the list"
    assert look([SELLING]).refused == ()


@pytest.mark.parametrize(
    ("slots", "now", "matter"),
    [
        ([after(LineOut())], 100.0, Matter.NO_CARD),
        ([SELLING], 131.0, Matter.SILENT),
        ([selling(NAMELESS)], 100.0, Matter.NUMBERLESS),
        ([replace(SELLING, in_service=None)], 100.0, Matter.UNSERVED),
        ([replace(SELLING, read_at=10.0), replace(SELLING, read_at=20.0)], 100.0, Matter.TWICE),
    ],
)
def test_what_keeps_a_slot_off_has_one_word_too(slots: list[Slot], now: float, matter: Matter) -> None:
    found = look(slots, now)
    assert found.matters == {"rack1-01": matter}
    assert found.why.keys() == found.matters.keys()


def test_a_quarantined_number_takes_no_other_claim_with_it() -> None:
    shadow = selling(replace(BERT, iccid=NAMELESS.iccid, msisdn=ANNA.msisdn))
    assert sold(look([shadow, selling(BERT)], quarantined={"+4917279119183": "refused"})) == ["rack1-02"]


# -- two claims --


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ("table", "config"),
        ("cnum", "table"),
        ("ef_msisdn", "cnum"),
        ("phonebook", "ef_msisdn"),
        ("ussd", "phonebook"),
        ("last_known", "ussd"),
        ("last_known", "phonebook"),
        (None, "last_known"),
        ("phonebook", "config"),
    ],
)
def test_the_better_proven_of_two_claims_to_a_number_keeps_it(worse: str | None, better: str) -> None:
    weak, strong = selling(replace(BERT, msisdn=ANNA.msisdn, number_from=worse)), selling(replace(ANNA, number_from=better))
    for slots, keeper, other in (([weak, strong], "rack1-02", "rack1-01"), ([strong, weak], "rack1-01", "rack1-02")):
        found = look(slots)
        assert sold(found) == [keeper]
        assert keeper in found.why[other]
        assert "+4917279119183" in found.why[other]


def test_a_number_of_before_alone_is_sold() -> None:
    assert sold(look([selling(replace(ANNA, number_from="last_known"))])) == ["rack1-01"]


def test_of_two_equal_claims_the_first_slot_keeps_the_number() -> None:
    assert sold(look([SELLING, selling(replace(BERT, msisdn=ANNA.msisdn, number_from="cnum"))])) == ["rack1-01"]


def test_a_loser_holds_nothing_against_a_third() -> None:
    loser = selling(replace(BERT, iccid=ANNA.iccid))  # loses the card, and with it the claim to Bert's number
    assert sold(look([SELLING, loser, selling(BERT)])) == ["rack1-01", "rack1-03"]


def test_the_other_claim_takes_over_when_the_first_has_ended() -> None:
    slots = [SELLING, selling(replace(BERT, msisdn=ANNA.msisdn), seen=110.0)]
    again = look(slots, 110.0).look_again
    assert again is not None
    assert sold(look(slots, again)) == ["rack1-02"]


def test_the_order_is_that_of_the_slots_whatever_the_proof() -> None:
    third = replace(NAMELESS, msisdn=Msisdn("4915123456789", 49), number_from="config")
    assert sold(look([selling(replace(ANNA, number_from="phonebook")), selling(BERT), selling(third)])) == [
        "rack1-01",
        "rack1-02",
        "rack1-03",
    ]


def test_no_sentence_shows_a_whole_iccid_or_imsi() -> None:
    found = look([SELLING, selling(replace(BERT, iccid=ANNA.iccid)), selling(replace(ANNA, iccid=Iccid("8949200000000000009")))])
    told = " ".join(found.why.values())
    assert ANNA.iccid.digits not in told
    assert "262011106487504" not in told


# -- whatever happens --


@st.composite
def racks(draw: st.DrawFn) -> tuple[list[Slot], float]:
    """Three slots after a common, random history, and the moment of its end."""
    slots, now = [], 0
    for has_line in draw(st.tuples(st.booleans(), st.booleans(), st.booleans())):
        slot, now_here = first(has_line=has_line), 0
        steps: list[tuple[Event, int]] = draw(walks)
        if draw(st.booleans()):
            steps = [*steps, (LineMoved(), 1), (LineIn(), 1), (CardRead(ANNA, HOME), 1)]
        for event, pause in steps:
            now_here += pause
            slot = step(slot, event, now_here)[0]
        slots.append(slot)
        now = max(now, now_here)
    return slots, now + draw(st.integers(0, 40))


def shown(found: Roster) -> tuple[object, dict[str, str]]:
    return found.snapshot, dict(found.why)


@given(racks(), st.sets(st.sampled_from([str(ANNA.msisdn), str(BERT.msisdn)])))
def test_every_slot_either_sells_or_says_in_one_line_why_not(rack: tuple[list[Slot], float], refused: set[str]) -> None:
    found = look(*rack, dict.fromkeys(refused, "refused"))
    assert sorted([*sold(found), *found.why]) == ["rack1-01", "rack1-02", "rack1-03"]
    assert sold(found) == sorted(sold(found))
    assert all(len(why.splitlines()) == 1 and why.strip() for why in found.why.values())
    assert (
        len({listing.msisdn for listing in found.snapshot.listings})
        == len({one.iccid for one in found.snapshot.listings})
        == len(sold(found))
    )
    assert all(str(listing.msisdn) not in refused for listing in found.snapshot.listings)


@given(racks())
def test_at_the_moment_of_looking_again_the_roster_changes_and_not_before(rack: tuple[list[Slot], float]) -> None:
    slots, now = rack
    found = look(slots, now)
    if found.look_again is None:
        assert sold(found) == []
        assert sold(look(slots, now + 1000)) == []
        return
    assert found.look_again > now
    before = look(slots, found.look_again - 0.002)
    assert (before.snapshot, before.why.keys()) == (found.snapshot, found.why.keys())
    assert shown(look(slots, found.look_again)) != shown(before)


@given(racks())
def test_time_alone_puts_no_number_on_sale_that_was_not_claimed(rack: tuple[list[Slot], float]) -> None:
    slots, now = rack
    for later in (0.5, 10.0, 29.0, 31.0, 90.0):
        for listing in look(slots, now + later).snapshot.listings:
            slot = slots[[A.slot, B.slot, C.slot].index(listing.slot)]
            assert slot.in_service is not None
            assert now + later - min(slot.seen, slot.in_service) <= LEASE
