"""What is owed to the endpoint, over restarts: the list, when its listings began, deliveries, quarantine, cards."""

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from owed import NOON, listing, number, numbers, opened, record, snapshot, told

from agent.sim.identity import Card, Iccid, Imsi, Msisdn, Plmn
from agent.slots.listing import Snapshot
from agent.sync.outbox import KEPT, Outbox


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "simgate.db"


# The list ------------------------------------------------------------------------------------------------------------


def test_the_first_list_is_a_change_even_when_it_is_empty(path: Path) -> None:
    with opened(path) as outbox:
        assert outbox.newest() is None
        change = record(outbox)
        assert change is not None
        assert outbox.newest() == change
        assert record(outbox) is None


def test_a_change_tells_what_came_and_went_and_the_list_after_it(path: Path) -> None:
    with opened(path) as outbox:
        record(outbox, 1, 2)
        change = record(outbox, 2, 3)
    assert change is not None
    assert (change.added, change.removed, change.snapshot, change.at) == ((listing(3),), (listing(1),), snapshot(2, 3), NOON)


def test_every_field_of_a_listing_survives(path: Path) -> None:
    rich = listing(1, rent=1, price=1.5)
    bare = replace(listing(2), plmn=None, imsi=None)
    three = replace(listing(3), plmn=Plmn("302", "072"), iccid=Iccid("89302720AB1234567890"))
    with opened(path) as outbox:
        outbox.record(Snapshot((rich, bare, three)), NOON, 0.0, present=())
    with opened(path) as outbox:
        newest = outbox.newest()
        assert newest is not None
        assert set(newest.snapshot.listings) == {rich, bare, three} == set(newest.added)


def test_a_list_that_is_the_same_after_a_restart_is_no_change(path: Path) -> None:
    with opened(path) as outbox:
        record(outbox, 1, 2, 3)
    with opened(path) as outbox:
        assert record(outbox, 3, 1, 2) is None
        assert record(outbox, 1, 2) is not None


def test_a_new_price_is_a_change_of_the_same_number(path: Path) -> None:
    with opened(path) as outbox:
        outbox.record(Snapshot((listing(1, price=1.0),)), NOON, 0.0, present=())
        change = outbox.record(Snapshot((listing(1, price=2.0),)), NOON + 9, 0.0, present=())
        assert change is not None
        assert told([change]) == [({number(1)}, {number(1)})]
        assert list(outbox.starts().values()) == [NOON]


# When a listing began ------------------------------------------------------------------------------------------------


def test_a_listing_keeps_its_beginning_across_restarts_and_slots_until_it_ends(path: Path) -> None:
    key = (listing(1).iccid.digits, number(1))
    with opened(path) as outbox:
        record(outbox, 1, wall=NOON)
    with opened(path) as outbox:
        record(outbox, 1, 2, wall=NOON + 60)
        outbox.record(Snapshot((listing(1, slot=9),)), NOON + 90, 0.0, present=())
        assert outbox.starts()[key] == NOON
        record(outbox, wall=NOON + 100)
        record(outbox, 1, wall=NOON + 200)
        assert outbox.starts() == {key: NOON + 200}


def test_a_beginning_before_the_clock_was_right_is_worked_out_later_and_then_kept(path: Path) -> None:
    with opened(path) as outbox:
        record(outbox, 1, wall=None, monotonic=100.0)
        record(outbox, 1, 2, wall=None, monotonic=130.0)
        assert outbox.starts() == {}
        outbox.settle(NOON, 160.0)
        outbox.settle(NOON + 500, 161.0)
    with opened(path) as outbox:
        assert sorted(outbox.starts().values()) == [NOON - 60, NOON - 30]


def test_after_a_restart_an_unknown_beginning_is_counted_from_that_restart(path: Path) -> None:
    with opened(path) as outbox:
        record(outbox, 1, wall=None, monotonic=5000.0)
    with opened(path) as outbox:
        assert record(outbox, 1, wall=None, monotonic=20.0) is None
        outbox.settle(NOON, 50.0)
        assert list(outbox.starts().values()) == [NOON - 30]


# Deliveries ----------------------------------------------------------------------------------------------------------


def test_what_is_not_delivered_waits_oldest_first_and_survives_a_restart(path: Path) -> None:
    with opened(path) as outbox:
        first = record(outbox, 1)
        assert first is not None
        outbox.delivered(first.id, {})
        record(outbox, 1, 2, wall=NOON + 1)
        record(outbox, 2, wall=NOON + 2)
    with opened(path) as outbox:
        assert told(outbox.pending()) == [({number(2)}, set()), (set(), {number(1)})]
        assert [change.at for change in outbox.pending()] == [NOON + 1, NOON + 2]
        assert [numbers(change.snapshot) for change in outbox.pending()] == [{number(1), number(2)}, {number(2)}]
        assert numbers(outbox.last_delivered()) == {number(1)}


def test_a_delivery_of_the_newest_settles_all_before_it(path: Path) -> None:
    with opened(path) as outbox:
        record(outbox, 1)
        record(outbox, 1, 2)
        newest = outbox.newest()
        assert newest is not None
        outbox.delivered(newest.id, {number(1): 17, number(2): None})
        assert outbox.pending() == []
    with opened(path) as outbox:
        assert outbox.pending() == []
        assert outbox.newest() is not None
        assert numbers(outbox.last_delivered()) == {number(1), number(2)}


def test_nothing_was_ever_delivered_is_not_an_empty_list_delivered(path: Path) -> None:
    with opened(path) as outbox:
        record(outbox)
        assert outbox.last_delivered() is None
        outbox.delivered(1, {})
        assert outbox.last_delivered() == Snapshot()


def test_a_late_word_of_an_older_delivery_takes_nothing_back(path: Path) -> None:
    with opened(path) as outbox:
        for n in range(3):
            record(outbox, n)
        outbox.delivered(3, {})
        outbox.delivered(1, {})
        assert outbox.pending() == []


def test_the_partners_ids_are_kept(path: Path) -> None:
    with opened(path) as outbox:
        record(outbox, 1, 2)
        outbox.delivered(1, {number(1): 17, number(2): 18, number(3): None})
        record(outbox, 2)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT number, ident FROM listings").fetchall() == [(number(2)[1:], 18)]


def test_a_long_outage_is_told_in_bounded_room_and_loses_nothing_of_the_sum(path: Path) -> None:
    with opened(path) as outbox:
        record(outbox, 0)
        outbox.delivered(1, {})
        for n in range(KEPT + 40):
            record(outbox, n % 7, 8 + n % 5, wall=NOON + n)
    with opened(path) as outbox:
        waiting = outbox.pending()
        assert len(waiting) == KEPT
        assert waiting[0].at == NOON, "the age of the oldest debt"
        assert numbers(outbox.last_delivered()) == {number(0)}
        before = {number(0)}
        for change in waiting:
            came, went = told([change])[0]
            assert went <= before
            before = before - went | came
            assert before == numbers(change.snapshot)


class Model:
    """The specification in its simplest form: every list ever recorded, and which was delivered last."""

    def __init__(self) -> None:
        self.lists: list[frozenset[int]] = []
        self.sent = 0

    def check(self, outbox: Outbox) -> None:
        """The outbox says the same."""
        waiting = self.lists[self.sent :]
        assert [numbers(change.snapshot) for change in outbox.pending()] == [set(map(number, one)) for one in waiting]
        there = outbox.last_delivered()
        assert (there is None) == (self.sent == 0)
        if self.sent:
            assert numbers(there) == set(map(number, self.lists[self.sent - 1]))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.frozensets(st.integers(0, 5)), st.sampled_from(["deliver", "deliver oldest", "restart"])), max_size=12))
def test_any_order_of_changes_deliveries_and_restarts_is_remembered(tmp_path: Path, story: list[object]) -> None:
    path = Path(tempfile.mkdtemp(dir=tmp_path)) / "simgate.db"
    model, outbox = Model(), Outbox.open(path)
    for event in story:
        if isinstance(event, frozenset):
            changed = not model.lists or event != model.lists[-1]
            assert (record(outbox, *event) is not None) == changed
            model.lists += [event] if changed else []
        elif event == "restart":
            outbox.close()
            outbox = Outbox.open(path)
        elif waiting := outbox.pending():
            outbox.delivered(waiting[0 if event == "deliver oldest" else -1].id, {})
            model.sent = model.sent + 1 if event == "deliver oldest" else len(model.lists)
        model.check(outbox)
    outbox.close()


# Quarantine and cards ------------------------------------------------------------------------------------------------


def test_a_quarantine_lasts_while_its_number_is_in_the_rack(path: Path) -> None:
    with opened(path) as outbox:
        record(outbox, 1, 2)
        outbox.quarantine(number(1), "NUMBER_FORMAT_ERROR", NOON, "plus")
    with opened(path) as outbox:
        outbox.record(snapshot(2), NOON, 0.0, present={number(1), number(2)})
        (held,) = outbox.quarantined()
        assert (held.number, held.reason, held.at, held.form) == (number(1), "NUMBER_FORMAT_ERROR", NOON, "plus")
        assert outbox.record(snapshot(2), NOON, 0.0, present={number(2)}) is None
        assert outbox.quarantined() == []


def test_a_quarantined_number_is_let_out_by_hand(path: Path) -> None:
    with opened(path) as outbox:
        outbox.quarantine(number(1), "x", None, "plus")
        assert outbox.release(number(1))
        assert not outbox.release(number(1))
    with opened(path) as outbox:
        assert outbox.quarantined() == []


def test_a_card_is_remembered_as_it_spoke_last(path: Path) -> None:
    iccid = listing(1).iccid
    full = Card(iccid, Imsi("302720123456789"), Plmn("302", "720"), "ef_ad", Msisdn("447700900001", 44), "cnum")
    with opened(path) as outbox:
        assert outbox.cards.recall(iccid) is None
        outbox.cards.remember(Card(iccid))
        assert outbox.cards.recall(iccid) == Card(iccid)
        outbox.cards.remember(full)
    with opened(path) as outbox:
        assert outbox.cards.recall(iccid) == full
        assert outbox.cards.recall(listing(2).iccid) is None
