"""Registration that comes and goes: what was lost too often must last before it counts; a first one counts at once (TS 27.007 7.2)."""

from dataclasses import replace

import pytest
from cards import ANNA, BERT, DENIED, HOME, LEASE, ROAMING, SEARCHING, stats
from hypothesis import given
from hypothesis import strategies as st

from agent.slots.events import CardRead, CardSeen, LineIn, LineMoved
from agent.slots.roster import Offer, roster
from agent.slots.slot import FLAPPING, FLAPS, Slot, State, first, flapping, step

SERVING = {1, 5, 6, 7, 9, 10}
HOLD = 5.0
A = Offer("a")


def seen(slot: Slot, *stats: int | None, now: float, every: float = 1.0, hold: float = HOLD) -> tuple[Slot, float]:
    for stat in stats:
        now += every
        slot = step(slot, CardSeen(stat), now, hold)[0]
    return slot, now


def read(stat: int | None, now: float = 0.0) -> Slot:
    slot = step(first(has_line=True), LineIn(), now)[0]
    return step(slot, CardRead(ANNA, stat), now, HOLD)[0]


def sold(slot: Slot, now: float, *, required: bool = True) -> bool:
    return bool(roster([A], {"a": slot}, {}, now, LEASE, require_registration=required).snapshot.listings)


def why(slot: Slot, now: float) -> str:
    return roster([A], {"a": slot}, {}, now, LEASE).why["a"]


def flapped(times: int, then: int = HOME) -> tuple[Slot, float]:
    """Denied so often, and in service again since the last moment."""
    return seen(read(HOME), *[DENIED, then] * times, now=0.0)


@pytest.mark.parametrize("stat", sorted(SERVING))
def test_a_first_registration_is_listed_at_once(stat: int) -> None:
    assert sold(read(stat), 0.0)
    slot, now = seen(read(SEARCHING), SEARCHING, stat, now=0.0)
    assert sold(slot, now)


@pytest.mark.parametrize("times", range(1, FLAPS + 1))
def test_a_registration_that_was_lost_a_few_times_is_back_at_once(times: int) -> None:
    assert sold(*flapped(times))


def test_one_that_was_lost_too_often_has_to_last_and_says_so() -> None:
    slot, now = flapped(FLAPS + 1)
    assert not sold(slot, now)
    assert f"lost more than {FLAPS} times" in why(slot, now)
    slot, now = seen(slot, HOME, HOME, HOME, HOME, now=now)
    assert not sold(slot, now), "4 of 5 seconds"
    slot, now = seen(slot, ROAMING, now=now)
    assert sold(slot, now)


def test_a_loss_while_it_has_to_last_begins_the_wait_anew() -> None:
    slot, now = flapped(FLAPS + 1)
    slot, now = seen(slot, HOME, HOME, DENIED, HOME, HOME, HOME, HOME, HOME, now=now)
    assert not sold(slot, now)
    assert sold(*seen(slot, HOME, now=now))


def test_a_modem_that_cannot_say_for_a_moment_has_lost_nothing() -> None:
    slot, now = seen(read(HOME), *[None, HOME] * 9, now=0.0)
    assert (slot.losses, sold(slot, now)) == ((), True)


def test_a_search_within_the_lease_does_not_take_a_number_off_however_often_it_comes() -> None:
    slot, now = read(HOME), 0.0
    for _ in range(30):
        slot, now = seen(slot, SEARCHING, HOME, HOME, HOME, HOME, HOME, HOME, now=now)
        assert sold(slot, now)


def test_losses_of_more_than_ten_minutes_ago_are_forgiven() -> None:
    slot, now = flapped(FLAPS)
    slot, now = seen(slot, DENIED, HOME, now=now, every=FLAPPING)
    assert sold(slot, now)


def test_another_card_begins_without_a_past_and_so_does_one_that_was_away() -> None:
    slot, now = flapped(FLAPS + 1)
    slot = step(step(slot, LineMoved(), now)[0], LineIn(), now)[0]
    assert sold(step(slot, CardRead(BERT, HOME), now, HOLD)[0], now)
    assert not sold(step(slot, CardRead(ANNA, HOME), now, HOLD)[0], now)


def test_without_the_requirement_registration_does_not_matter() -> None:
    for stat in (None, 0, SEARCHING, DENIED, 4, 8):
        assert sold(read(stat), 0.0, required=False)
        assert not sold(read(stat), LEASE + 1, required=False), "the evidence of the card still counts for the lease only"
    slot, now = flapped(FLAPS + 1)
    assert sold(slot, now, required=False)
    found = roster([A], {"a": read(DENIED)}, {}, 0.0, LEASE, require_registration=False)
    assert found.look_again == pytest.approx(LEASE, abs=0.01)


histories = st.lists(st.tuples(stats | st.sampled_from([HOME, DENIED, SEARCHING]), st.integers(1, 40)), max_size=40)


@given(histories, st.sampled_from([0.0, 5.0, 60.0]))
def test_service_counts_as_a_simple_reckoning_of_its_losses_says(history: list[tuple[int | None, int]], hold: float) -> None:
    slot, now = read(HOME), 0
    losses, since, serving = list[int](), -(10**6), True  # since when it has been serving; a first registration for ever
    for stat, pause in history:
        now += pause
        before = slot
        slot = step(slot, CardSeen(stat), now, hold)[0]
        if stat in SERVING:
            since = since if serving else now
            serving = True
            often = len([loss for loss in losses if now - loss <= FLAPPING]) > FLAPS
            assert (slot.in_service == now) is (not often or now - since >= hold)
        elif stat is not None:
            losses += [now] if serving else []
            serving = False
            assert slot.in_service == (None if stat in (3, 8, 11) else before.in_service)
        else:
            assert slot.in_service == before.in_service
        assert flapping(slot, now) is (len([loss for loss in losses if now - loss <= FLAPPING]) > FLAPS)
        assert len(slot.losses) <= FLAPS + 1


@given(histories)
def test_a_service_that_lasts_always_comes_back(history: list[tuple[int | None, int]]) -> None:
    slot, now = read(HOME), 0.0
    for stat, pause in history:
        slot, now = seen(slot, stat, now=now, every=pause)
    assert sold(*seen(slot, HOME, HOME, now=now, every=HOLD))


@given(histories)
def test_in_ten_minutes_a_number_does_not_return_more_often_than_losses_are_forgiven_and_waits_are_served(
    history: list[tuple[int | None, int]],
) -> None:
    hold, slot, now, returns, was = 60.0, read(HOME), 0, list[int](), True
    for stat, pause in history:
        now += pause
        slot = step(slot, CardSeen(stat), now, hold)[0]
        is_now = slot.in_service is not None
        returns += [now] if is_now and not was else []
        was = is_now
    for begin in returns:
        assert len([one for one in returns if begin <= one < begin + FLAPPING]) <= FLAPS + 1 + FLAPPING / hold


def test_the_losses_are_told_apart_from_the_state_of_the_slot() -> None:
    slot, _ = flapped(FLAPS + 1)
    assert slot.state is State.READY
    assert replace(slot, losses=()).card == ANNA
