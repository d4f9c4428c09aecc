"""The database stays small, whatever happens for however long: outages, flapping racks, every SIM ever seen."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from owed import NOON, files, opened, record, snapshot

from agent.modems.pin import Outcome
from agent.sim.identity import Card, Iccid, Msisdn
from agent.slots.listing import Listing, Snapshot
from agent.sync import cards, changes, ledger
from agent.sync.outbox import KEPT, Outbox

DAY = 86400.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "simgate.db"


def size(path: Path) -> int:
    """Octets of the database with its journal."""
    return sum(octets for _, octets, _ in files(path.parent))


def sim(n: int) -> Card:
    """SIM number n, as it tells of itself."""
    return Card(Iccid(f"8944200053671{n:06}"), msisdn=Msisdn(f"4477009{n:05}", 44), number_from="cnum")


# The outage ----------------------------------------------------------------------------------------------------------


def flapping(outbox: Outbox, changes: int) -> Iterator[int]:
    """A rack of 8, of which one comes or goes at each change; nothing is delivered."""
    there = set(range(8))
    for n in range(changes):
        there ^= {n * 5 % 8}
        record(outbox, *there, wall=NOON + 5 * n)
        yield n


def test_an_outage_of_any_length_in_a_flapping_rack_takes_no_more_room(path: Path) -> None:
    with opened(path) as outbox:
        sizes = [size(path) for n in flapping(outbox, 4 * KEPT) if n % KEPT == KEPT - 1]
        assert max(sizes) < 3_000_000, "seven days may take 50 MB"
        assert sizes[-1] <= sizes[-3] * 1.05
        assert len(outbox.pending()) == KEPT
        assert outbox.pending()[0].at == NOON


def test_the_journal_is_bounded_while_nothing_is_delivered(path: Path) -> None:
    with opened(path) as outbox:
        outbox.ledger.own({sim(n).iccid: Msisdn(f"4477009{n:05}", 44) for n in range(30_000)})
        record(outbox, 1)
        record(outbox, 2)
        assert path.with_name("simgate.db-wal").stat().st_size <= 2_000_000


def some(taken: frozenset[int]) -> tuple[Listing, ...]:
    return snapshot(*sorted(taken)).listings


def difference(before: frozenset[int], after: frozenset[int]) -> changes.Difference:
    return some(after - before), some(before - after)


@given(st.tuples(*[st.frozensets(st.integers(0, 5))] * 3))
def test_two_changes_told_as_one_lead_from_the_list_before_to_the_list_after(lists: tuple[frozenset[int], ...]) -> None:
    first, middle, last = lists
    came, went = changes.merged(difference(first, middle), difference(middle, last))
    assert (set(came), set(went)) == tuple(map(set, difference(first, last)))


Step = frozenset[int] | str | int


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.frozensets(st.integers(0, 4)), st.sampled_from(["restart"]), st.integers(1, 12)), max_size=25))
def test_whatever_is_recorded_and_delivered_the_waiting_changes_lead_to_the_newest_list(tmp_path: Path, story: list[Step]) -> None:
    path = Path(tempfile.mkdtemp(dir=tmp_path)) / "simgate.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("agent.sync.outbox.KEPT", 3)
        outbox, newest = Outbox.open(path), frozenset[int]()
        for step in story:
            if isinstance(step, frozenset):
                record(outbox, *step)
                newest = step
            elif step == "restart":
                outbox.close()
                outbox = Outbox.open(path)
            else:
                # The word of a delivery may come late, when its change has been told as one with a later one.
                outbox.delivered(int(step), {})
            waiting = outbox.pending()
            there = set((outbox.last_delivered() or Snapshot()).listings)
            assert len(waiting) <= 3
            for change in waiting:
                assert set(change.removed) <= there
                assert not set(change.added) & there
                there = there - set(change.removed) | set(change.added)
                assert there == set(change.snapshot.listings)
            assert there == set(some(newest))
        outbox.close()


def test_a_late_word_of_a_change_that_was_told_as_one_with_a_later_one_is_remembered_over_a_restart(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.sync.outbox.KEPT", 3)
    with opened(path) as outbox:
        record(outbox, 1)
        outbox.delivered(1, {})
        for n in range(2, 8):
            record(outbox, n)
        outbox.delivered(3, {})
        assert outbox.last_delivered() == snapshot(1)
        record(outbox, 8)
    with opened(path) as outbox:
        assert outbox.last_delivered() == snapshot(1)
        assert len(outbox.pending()) == 3


# Cards ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for five of each kind."""
    assert cards.KEPT == ledger.KEPT == 10_000
    monkeypatch.setattr(cards, "KEPT", 5)
    monkeypatch.setattr(ledger, "KEPT", 5)


@pytest.mark.usefixtures("few")
def test_of_too_many_cards_those_not_read_for_longest_are_forgotten(path: Path) -> None:
    with opened(path) as outbox:
        for n in range(5):
            outbox.cards.remember(sim(n), NOON + n * DAY)
        outbox.cards.remember(sim(0), NOON + 30 * DAY)
        record(outbox, 1)  # whatever is written takes along when the card was read
        outbox.cards.remember(sim(7), NOON + 31 * DAY)
        outbox.cards.remember(sim(8))
        kept = [n for n in range(10) if outbox.cards.recall(sim(n).iccid)]
    assert kept == [0, 3, 4, 7, 8]


def test_a_card_that_was_not_read_for_400_days_is_forgotten_when_the_clock_is_right(path: Path) -> None:
    with opened(path) as outbox:
        outbox.cards.remember(sim(1), NOON)
        outbox.cards.remember(sim(2))
        outbox.cards.remember(sim(3), NOON + 399 * DAY)
        assert outbox.cards.recall(sim(1).iccid)
        outbox.cards.remember(sim(4), NOON + 401 * DAY)
        assert not outbox.cards.recall(sim(1).iccid)
        assert all(outbox.cards.recall(sim(n).iccid) for n in (2, 3, 4))


def test_reading_a_card_again_writes_nothing_and_is_known_after_the_end(path: Path) -> None:
    with opened(path) as outbox:
        outbox.cards.remember(sim(1), NOON)
        before = files(path.parent)
        for day in range(400):
            outbox.cards.remember(sim(1), NOON + day * DAY)
        assert files(path.parent) == before
    with opened(path) as outbox:
        outbox.cards.remember(sim(2), NOON + 500 * DAY)
        assert outbox.cards.recall(sim(1).iccid)


def test_a_card_says_something_new_before_the_clock_is_right_and_keeps_its_time(path: Path) -> None:
    with opened(path) as outbox:
        outbox.cards.remember(sim(1), NOON)
    with opened(path) as outbox:
        outbox.cards.remember(Card(sim(1).iccid))
        outbox.cards.remember(sim(2), NOON + 401 * DAY)
        assert not outbox.cards.recall(sim(1).iccid)


# The ledger ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("few")
def test_lines_of_pins_are_dropped_by_count_alone_and_then_the_ledger_is_in_doubt(path: Path) -> None:
    with opened(path) as outbox:
        for n in (0, 1, 2, 3, 4, 0):
            outbox.ledger.pin_came_back(outbox.ledger.pin_goes_out(sim(n).iccid, f"{n}999", 3), Outcome.REFUSED)
        assert not outbox.ledger.pin_doubt(sim(9).iccid)
        outbox.ledger.pin_goes_out(sim(5).iccid, "1234", 3)
        held = [n for n in range(6) if outbox.ledger.pin_tries(sim(n).iccid, "1234")]
        assert held == [0, 2, 3, 4, 5], "all lines of the card whose last is oldest"
        assert outbox.ledger.pin_doubt(sim(1).iccid)
        assert not outbox.ledger.pin_doubt(sim(0).iccid)
        outbox.ledger.pin_goes_out(sim(6).iccid, "1234", 3)
    with opened(path) as outbox:
        assert outbox.ledger.pin_doubt(sim(1).iccid)


@pytest.mark.usefixtures("few")
def test_questions_to_the_network_are_forgotten_by_age_and_count(path: Path) -> None:
    with opened(path) as outbox:
        for n, day in enumerate([0, 1, 2, 3, 4, 5]):
            assert outbox.ledger.enquire(sim(n).iccid, NOON + day * DAY, 10 * DAY)
        assert outbox.ledger.enquire(sim(0).iccid, NOON + 6 * DAY, 10 * DAY), "the oldest of six"
        assert not outbox.ledger.enquire(sim(2).iccid, NOON + 6 * DAY, 10 * DAY)
