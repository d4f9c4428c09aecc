"""The recovery ladder against what README promises of it: rungs, budgets, neighbours, hours, quarantine."""

import math
import random
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest

from agent.modems import recovery
from agent.modems.recovery import Ailment, Ladder, Rack, Rung
from agent.slots.events import CardAbsent, CardUnreadable, LineOut
from agent.slots.rungs import DONE

ALL = frozenset(Rung) - {Rung.QUARANTINE}
RESETS = ALL - {Rung.ASK, Rung.REOPEN}
USB = {Rung.MODEM_RESET, Rung.USB_RESET, Rung.PORT_POWER, Rung.POWER_LINE}
HOUR, DAY = 3600.0, 86400.0
BUDGET = {  # README: "When a modem hangs"; of the strongest that a slot has, every other one is tried once
    Rung.REOPEN: 1,
    Rung.SIM_RESET: 2,
    Rung.CFUN: 1,
    Rung.MODEM_RESET: 2,
    Rung.USB_RESET: 2,
    Rung.PORT_POWER: 2,
    Rung.POWER_LINE: 2,
}
COOLS = {
    Rung.ASK: 40,
    Rung.REOPEN: 25,
    Rung.SIM_RESET: 45,
    Rung.CFUN: 60,
    Rung.MODEM_RESET: 45,
    Rung.USB_RESET: 75,
    Rung.PORT_POWER: 90,
    Rung.POWER_LINE: 90,
}


def climb(ladder: Ladder, able: frozenset[Rung], until: float, now: float = 0.0) -> Iterator[tuple[float, Rung, Ladder]]:
    """Each rung as it is taken, by one who comes whenever the ladder says."""
    while (moment := recovery.next_at(ladder, able, now)) is not None and max(moment, now) <= until:
        now = max(moment, now)
        rung = recovery.due(ladder, able, now)
        assert rung is not None
        ladder = recovery.taken(ladder, rung, now)
        yield now, rung, ladder


def climbed(ailment: Ailment, able: frozenset[Rung] = ALL, until: float = 10 * DAY) -> list[tuple[float, Rung]]:
    start = recovery.ails(Ladder(), ailment, "why", 0.0)
    return [(moment, rung) for moment, rung, _ in climb(start, able, until)]


def first_climb(taken: list[tuple[float, Rung]]) -> list[Rung]:
    """Up to the quarantine."""
    rungs = [rung for _, rung in taken]
    return rungs[: rungs.index(Rung.QUARANTINE)]


@pytest.mark.parametrize(
    ("ailment", "rungs"),
    [
        (Ailment.SILENT, [Rung.REOPEN, *USB]),
        (Ailment.UNREADABLE, [*BUDGET]),
        (Ailment.BLIND, [Rung.SIM_RESET]),
        (Ailment.GONE, [Rung.PORT_POWER, Rung.POWER_LINE]),
    ],
)
def test_each_ailment_climbs_its_own_rungs_upwards_and_each_as_often_as_promised(ailment: Ailment, rungs: list[Rung]) -> None:
    for strongest in sorted(set(rungs) - {Rung.REOPEN}):
        able = frozenset(rung for rung in ALL if rung <= strongest)
        lower = [rung for rung in sorted(rungs) if rung < strongest]
        assert first_climb(climbed(ailment, able)) == [*lower, *[strongest] * BUDGET[strongest]]


@pytest.mark.parametrize("ailment", list(Ailment))
def test_whatever_a_slot_has_the_strongest_of_it_is_reached_long_before_the_hour_s_resets_are_used_up(ailment: Ailment) -> None:
    wired = [Rung.USB_RESET, Rung.PORT_POWER, Rung.POWER_LINE]
    for turn in range(8):
        able = ALL - {rung for bit, rung in enumerate(wired) if turn >> bit & 1}
        taken = climbed(ailment, able)
        assert bool(taken) is (ailment is not Ailment.GONE or bool(able & {Rung.PORT_POWER, Rung.POWER_LINE}))
        if taken:
            strongest = first_climb(taken)[-1]
            # Seven minutes less the 40 s that a modem may need to start.
            assert next(moment for moment, rung in taken if rung is strongest) <= 380


def test_no_rung_comes_before_the_last_one_has_cooled_down() -> None:
    taken = [(0.0, Rung.ASK), *climbed(Ailment.UNREADABLE, until=2 * HOUR)]
    for (before, rung), (moment, _) in pairwise(taken):
        assert moment - before >= COOLS.get(rung, 1800)


def test_one_modem_is_reset_no_more_than_six_times_in_any_hour_whatever_happens() -> None:
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for _ in range(10):
        ladder, now, resets, tries = Ladder(), 0.0, list[float](), Counter[Rung]()
        while now < DAY:
            now += chance.expovariate(1 / 30)
            able = frozenset(rung for rung in ALL if rung < Rung.SIM_RESET or chance.random() < 0.8)
            drawn = chance.random()
            if drawn < 0.05:
                ladder = recovery.recovered(ladder, now)
            elif drawn < 0.4:
                ladder = recovery.ails(ladder, chance.choice(list(Ailment)), "", now)
            if ladder.top is None:
                tries.clear()
            elif (rung := recovery.due(ladder, able, now)) is not None:
                was_free = not ladder.quarantined
                ladder = recovery.taken(ladder, rung, now)
                resets += [now] if rung in RESETS else []
                tries[rung] += was_free and rung in RESETS
            assert sum(now - moment < HOUR for moment in resets) <= 6
            assert all(tries[rung] <= BUDGET[rung] for rung in tries if rung in BUDGET), tries


@pytest.mark.parametrize("ailment", list(Ailment))
def test_quarantine_tries_for_ever_and_ever_more_slowly(ailment: Ailment) -> None:
    taken = climbed(ailment, until=30 * DAY)
    begun = [rung for _, rung in taken].index(Rung.QUARANTINE)
    moments = [moment for moment, _ in taken[begun:]]
    pauses = [after - before for before, after in pairwise(moments)]
    assert pauses[0] == 1800
    assert pauses == sorted(pauses)
    assert set(pauses[6:]) == {6 * HOUR}
    assert len(pauses) > 100
    tried = [rung for _, rung in taken[begun + 1 :]]
    possible = sorted(set(first_climb(taken)) - {Rung.REOPEN}, reverse=True)
    assert tried[: len(possible)] == possible  # the strongest first


def test_a_contact_never_climbs_to_the_modem_or_the_usb() -> None:
    assert recovery.diagnosis(CardAbsent(""), line=True) is Ailment.BLIND
    assert {rung for _, rung in climbed(Ailment.BLIND, until=30 * DAY)} == {Rung.SIM_RESET, Rung.QUARANTINE}


def test_a_slot_without_a_card_is_no_trouble_unless_its_modem_was_switched_off() -> None:
    assert recovery.diagnosis(CardAbsent(""), line=False) is True
    assert recovery.diagnosis(CardAbsent(""), line=None) is True
    assert recovery.diagnosis(CardAbsent(""), line=None, off=True) is Ailment.UNREADABLE
    assert recovery.diagnosis(CardUnreadable(""), line=None) is Ailment.UNREADABLE
    assert recovery.ends_with_card(LineOut())


def test_a_modem_that_dies_again_goes_on_where_it_was_until_it_has_lasted() -> None:
    start = recovery.ails(Ladder(), Ailment.SILENT, "", 0.0)
    now, _, ladder = next(one for one in climb(start, ALL, DAY) if one[1] is Rung.MODEM_RESET)
    again = recovery.ails(recovery.recovered(ladder, now + 20), Ailment.SILENT, "", now + 20 + HOUR - 1)
    rungs = [rung for _, rung, _ in climb(again, ALL, now + 2 * HOUR, now + 20 + HOUR - 1)]
    assert rungs[:2] == [Rung.USB_RESET, Rung.PORT_POWER]
    lasted = recovery.ails(recovery.recovered(ladder, now + 20), Ailment.SILENT, "", now + 20 + HOUR)
    rungs = [rung for _, rung, _ in climb(lasted, ALL, now + 2 * HOUR, now + 20 + HOUR)]
    assert rungs[:2] == [Rung.REOPEN, Rung.MODEM_RESET]


def test_what_is_refused_is_used_up_felt_by_nobody_and_the_next_one_need_not_wait() -> None:
    ladder = recovery.ails(Ladder(), Ailment.SILENT, "", 0.0)
    able = frozenset({Rung.ASK, Rung.REOPEN, Rung.USB_RESET, Rung.POWER_LINE})
    now, _, taken = next(one for one in climb(ladder, able, DAY) if one[1] is Rung.USB_RESET)
    refused = recovery.refused(taken, Rung.USB_RESET, now)
    assert refused.resets == ()
    assert recovery.due(refused, able, now) is Rung.POWER_LINE


def test_nobody_climbs_for_a_modem_that_nothing_can_be_done_for() -> None:
    able = frozenset({Rung.ASK, Rung.REOPEN})
    ladder = recovery.ails(Ladder(), Ailment.GONE, "", 0.0)
    assert recovery.next_at(ladder, able, 5.0) is None
    assert recovery.next_at(Ladder(), ALL, 5.0) is None


# The rack -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("usb", "hub"), [("1-1.2", "1-1"), ("1-1.4.3", "1-1.4"), ("1-1", "1-0"), ("2-3", "2-0"), (None, None)], ids=str)
def test_the_hub_of_a_modem_is_what_its_path_says(usb: str | None, hub: str | None) -> None:
    assert recovery.hub(usb) == hub


def test_never_two_of_one_hub_never_too_many_an_hour_and_never_two_at_one_moment() -> None:
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for per_hour in (1, 5, 20):
        rack, now, began = Rack(per_hour), 0.0, list[float]()
        busy: dict[str, tuple[str, float]] = {}
        while now < DAY:
            now += chance.expovariate(1 / 5)
            name = f"{chance.randrange(4)}.{chance.randrange(4)}"
            hub, rung = name[0], chance.choice([Rung.MODEM_RESET, Rung.USB_RESET, Rung.PORT_POWER, Rung.POWER_LINE])
            if chance.random() < 0.1:
                rack = recovery.ended(rack, name)
                busy.pop(name, None)
            if recovery.free_at(rack, name, hub, rung, now) > now:
                continue
            rack = recovery.begun(rack, name, hub, rung, now)
            assert not any(place == hub and until > now for other, (place, until) in busy.items() if other != name)
            assert not began or now - began[-1] >= 10
            began.append(now)
            busy[name] = hub, now + COOLS[rung]
            assert sum(now - moment < HOUR for moment in began) <= per_hour
        assert len(began) > 20 * per_hour  # and it goes on


def test_who_only_restarts_a_card_waits_for_nobody_and_none_an_hour_is_none_ever() -> None:
    rack = recovery.begun(Rack(20), "a", "1-1", Rung.USB_RESET, 0.0)
    assert recovery.free_at(rack, "b", "1-1", Rung.SIM_RESET, 1.0) == 1.0
    assert recovery.free_at(rack, "b", "1-1", Rung.USB_RESET, 1.0) == COOLS[Rung.USB_RESET]
    assert recovery.free_at(rack, "b", "1-2", Rung.USB_RESET, 1.0) == 10.0
    assert recovery.free_at(Rack(0), "a", None, Rung.USB_RESET, 0.0) == math.inf


def test_every_rung_has_words_for_a_person() -> None:
    assert list(DONE) == [rung.name.lower() for rung in Rung]
