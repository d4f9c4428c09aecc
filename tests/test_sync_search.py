"""What it costs to find the malformed numbers: bounds worked out by hand, against every small list and many large ones.

A list is halved until single numbers are left, so no number is deeper than d = ceil(log2 n) halvings. A part is looked into only if
it was refused, or must be because the other half was taken: there are at most d such parts above each malformed number, and
each costs at most two questions, one for either half. That is 2 k d for k malformed ones. A list that is refused although nothing is
wrong with it costs no more than one path down, as if k were 1; and a list of one costs its one question. So 2 max(k, 1) d + 1.
Whatever is answered, n numbers can be halved n - 1 times: never more than 2 (n - 1) questions, or the one.
"""

import random
from itertools import combinations

import pytest

from agent.sync.answers import bisect
from agent.sync.pace import Budget
from agent.sync.retrials import Retrials

DEPTH = {1: 0, 2: 1, 3: 2, 4: 2, 5: 3, 6: 3, 7: 3, 8: 3, 9: 4, 10: 4, 64: 6, 256: 8}


def cost(n: int, guilty: set[int]) -> int:
    """The questions asked; what is found must be the guilty."""
    search, questions, found = bisect(range(n)), 0, None
    try:
        part = next(search)
        while True:
            questions += 1
            part = search.send(not guilty.intersection(part))
    except StopIteration as end:
        found = end.value
    assert set(found) == guilty
    return questions


@pytest.mark.parametrize("n", range(1, 11))
def test_no_choice_of_malformed_numbers_costs_more_than_the_bound(n: int) -> None:
    worst = {k: max(cost(n, set(guilty)) for guilty in combinations(range(n), k)) for k in range(n + 1)}
    assert all(questions <= 2 * max(k, 1) * DEPTH[n] + 1 for k, questions in worst.items()), worst
    assert max(worst.values()) <= max(2 * (n - 1), 1)


def test_the_bound_holds_for_256_numbers_wherever_the_malformed_are() -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    rng = random.Random(seed)
    for _ in range(300):
        k = rng.choice((1, 1, 2, 3, 5, 8, 20, 128, 256))
        scattered = set(rng.sample(range(256), k))
        start = rng.randrange(257 - k)
        for guilty in (scattered, set(range(start, start + k))):
            assert cost(256, guilty) <= min(2 * k * DEPTH[256] + 1, 2 * 255)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 64, 256])
def test_an_endpoint_that_answers_at_random_cannot_draw_a_search_out(n: int) -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    rng = random.Random(seed)
    for refused in (0.1, 0.5, 0.9, 1.0):
        for _ in range(20):
            search, questions = bisect(range(n)), 0
            try:
                next(search)
                while True:
                    questions += 1
                    search.send(rng.random() >= refused)
            except StopIteration:
                pass
            assert questions <= max(2 * (n - 1), 1)


# Budgets and schedules -------------------------------------------------------------------------------------------------


def test_a_budget_is_so_many_in_any_hour() -> None:
    budget = Budget(3)
    moments = [0.0, 10.0, 20.0, 30.0, 3599.0, 3600.0, 3605.0, 3610.0, 3615.0]
    assert [budget.granted(now) for now in moments] == [True, True, True, False, False, True, False, True, False]


def tries(seed: int, days: float) -> list[float]:
    """The seconds between one vain try and the next."""
    retrials, now, gaps, last = Retrials(random.Random(seed)), 0.0, list[float](), 0.0
    retrials.keep(["+1"], now)
    while now < days * 86400:
        now += 1.0 if days < 1 else 60.0
        if retrials.due({"+1": False}, now):
            retrials.failed("+1", now)
            gaps.append(now - last)
            last = now
    return gaps


def test_the_pauses_between_two_tries_double_from_an_hour_to_a_day() -> None:
    for seed in range(10):
        gaps = tries(seed, 7)
        for gap, hours in zip(gaps, [1, 2, 4, 8, 16, *[21.8] * (len(gaps) - 5)], strict=True):
            assert 3600 * hours <= gap <= 3600 * hours * 1.1 + 120, f"seed {seed}: {gaps}"
        assert len(gaps) >= 9
        assert max(gaps) <= 86400 + 60


def test_many_gateways_do_not_ask_together() -> None:
    assert len({tries(seed, 0.1)[0] for seed in range(10)}) > 5


def test_a_number_that_comes_back_into_quarantine_begins_with_the_hour_again() -> None:
    retrials = Retrials(random.Random(1))
    retrials.keep(["+1"], 0.0)
    for _ in range(6):
        retrials.failed("+1", 0.0)
    retrials.keep([], 0.0)
    retrials.keep(["+1"], 0.0)
    assert retrials.due({"+1": False}, 3599.0) == []
    assert retrials.due({"+1": False}, 3961.0) == ["+1"]


def test_one_number_is_due_at_a_time_unless_facts_have_changed() -> None:
    retrials = Retrials(random.Random(1))
    retrials.keep(["+1"], 0.0)
    retrials.keep(["+1", "+2", "+3"], 10_000.0)
    assert retrials.due(dict.fromkeys(("+1", "+2", "+3"), False), 20_000.0) == ["+1"]
    assert retrials.due({"+1": False, "+2": True, "+3": True}, 20_000.0) == ["+2", "+3"]
    assert retrials.due({}, 20_000.0) == []
