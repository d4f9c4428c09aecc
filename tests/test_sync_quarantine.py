"""Numbers that were set aside are tried again, and an endpoint that blames all numbers convicts none; over real connections."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from linked import KEY, Link, linked, on_sale
from owed import listing, number, snapshot

from agent.slots.listing import Snapshot
from agent.sync.request import Endpoint, Secret
from hw.simulated.endpoint import Canned, Honest

NO_NUMBER = Canned(400, {"response": "NUMBER_FORMAT_ERROR"})
HALF_AN_HOUR = 1800.0


def tried(link: Link, since: int = 0) -> list[set[str]]:
    """The lists that came with `test1`."""
    return [set(request.numbers) for request in link.posted[since:] if request.test == "test1"]


async def beat(link: Link, seconds: float = HALF_AN_HOUR) -> list[set[str]]:
    """One heartbeat later; the lists that were tried with it."""
    since = len(link.posted)
    link.time.now += seconds
    link.time.wall_now += seconds
    link.time.over()
    await link.time.asked()
    return tried(link, since)


async def convicted(link: Link, *numbers: int, guilty: set[int]) -> None:
    link.endpoint.poison = set(map(number, guilty))
    await link.sell(*numbers)
    await link.time.asked()
    assert {held.number for held in await link.store.quarantined()} == on_sale(*guilty)


# Tried again -----------------------------------------------------------------------------------------------------------


async def test_a_number_is_tried_alone_after_an_hour_and_then_ever_more_rarely(tmp_path: Path) -> None:
    async with linked(tmp_path, interval=HALF_AN_HOUR) as link:
        await convicted(link, 1, 2, 3, guilty={2})
        beats = [n for n in range(1, 200) if await beat(link) == [on_sale(2)]]
        assert set(link.endpoint.on_sale) == on_sale(1, 3)
        assert on_sale(1, 2, 3) not in link.lists()[1:], "never on the list meanwhile"
    hours = [(later - earlier) / 2 for earlier, later in zip([0, *beats], beats, strict=False)]
    assert len(hours) >= 7
    for gap, wait in zip(hours, [1, 2, 4, 8, 16, 21.8, 21.8, 21.8], strict=False):
        assert wait <= gap <= wait * 1.1 + 0.5


async def test_a_number_that_is_taken_at_last_is_on_sale_at_once(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        await convicted(link, 1, 2, guilty={2})
        link.endpoint.poison = set()
        assert await beat(link, 3599.0) == []
        changes = len(link.changes)
        assert await beat(link, 361.0) == [on_sale(2)]
        assert len(link.changes) > changes + 1, "the roster is told"
        await link.time.asked()
        assert set(link.endpoint.on_sale) == on_sale(1, 2)
        assert await link.store.quarantined() == []


async def test_no_more_than_one_number_is_tried_between_two_lists(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        await convicted(link, *range(1, 9), guilty={2, 4, 6})
        tries = [await beat(link, 4000.0), await beat(link, 300.0), await beat(link, 300.0), await beat(link, 300.0)]
    assert sorted(map(len, tries)) == [0, 1, 1, 1]
    assert set.union(*(numbers for one in tries for numbers in one)) == on_sale(2, 4, 6)


async def test_trouble_while_a_number_is_tried_changes_nothing_and_it_is_tried_again(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        await convicted(link, 1, 2, guilty={2})
        link.endpoint.poison = set()
        link.endpoint.script(Honest(), Canned(503))
        assert await beat(link, 4000.0) == [on_sale(2)]
        assert link.state() == "ok"
        assert [held.number for held in await link.store.quarantined()] == [number(2)]
        assert await beat(link, 300.0) == [on_sale(2)]
        assert await link.store.quarantined() == []


async def test_no_number_is_tried_while_the_endpoint_takes_no_list(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        await convicted(link, 1, 2, guilty={2})
        link.endpoint.script(Canned(503), Canned(401))
        assert await beat(link, 4000.0) == []
        assert await beat(link, 300.0) == []
        assert await beat(link, 300.0) == [on_sale(2)]


FACTS = [
    replace(listing(2), slot="rack1-77"),
    replace(listing(2), rent=1),
    replace(listing(2), price=2.5),
    replace(listing(2), plmn=None),
]


@pytest.mark.parametrize("changed", FACTS, ids=["port", "rent", "price", "operator"])
async def test_a_number_whose_facts_change_is_tried_at_once(tmp_path: Path, changed: object) -> None:
    assert isinstance(changed, type(listing(2)))
    async with linked(tmp_path) as link:
        await convicted(link, 1, 2, guilty={2})
        before = len(link.posted)
        # As the gateway does: what is set aside is on no list.
        link.uplink.offer(snapshot(1))
        link.uplink.withhold((listing(2),))
        await link.time.asked()
        assert tried(link, before) == []
        link.uplink.withhold((changed,))
        await link.time.asked()
        assert tried(link, before) == [on_sale(2)]
        link.uplink.withhold((changed,))
        assert await beat(link) == [], "once for each change"
        link.endpoint.poison = set()
        link.uplink.withhold((listing(2),))
        await link.time.asked()
        assert await link.store.quarantined() == []


async def test_a_restart_begins_with_the_hour_again(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        await convicted(link, 1, 2, guilty={2})
        for _ in range(6):
            await beat(link, 3600.0)
    async with linked(tmp_path) as link:
        link.endpoint.poison = {number(2)}
        link.uplink.offer(snapshot(1, 2))
        await link.time.asked()
        assert tried(link) == []
        assert await beat(link, 3599.0) == []
        assert await beat(link, 361.0) == [on_sale(2)]


async def test_facts_that_changed_while_the_agent_was_off_are_tried_at_once(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        await convicted(link, 1, 2, guilty={2})
    for repriced in ([on_sale(2)], []):
        async with linked(tmp_path) as link:
            link.endpoint.poison = {number(2)}
            link.uplink.offer(Snapshot((listing(1), listing(2, price=9.0))))
            await link.time.asked()
            assert tried(link) == repriced
            assert set(link.endpoint.on_sale) == on_sale(1)


@pytest.mark.parametrize("still", [set[int](), {3}, {2, 3, 5, 7}])
async def test_many_whose_facts_change_together_are_asked_about_together(tmp_path: Path, still: set[int]) -> None:
    guilty = {2, 3, 5, 7}
    async with linked(tmp_path) as link:
        await convicted(link, *range(1, 10), guilty=guilty)
    digits = lambda url: Endpoint(url, Secret(KEY), "rack1", number_format="digits")  # noqa: E731
    async with linked(tmp_path, settings=digits) as link:
        link.endpoint.poison = set(map(number, still))
        link.uplink.offer(snapshot(*range(1, 10)))
        await link.time.asked()
        if still != guilty:
            await link.time.asked()
        assert set(link.endpoint.on_sale) == on_sale(*set(range(1, 10)) - still)
        assert {held.number for held in await link.store.quarantined()} == on_sale(*still)
        # One question for the four, and for a search 2 k ceil(log2 4) at most.
        assert len(tried(link)) <= 1 + 4 * len(still)


# Whom to blame ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bad", "of"), [(1, 1), (2, 2), (2, 3), (4, 8), (10, 20)])
async def test_up_to_half_the_rack_may_be_malformed_and_two_in_any_case(tmp_path: Path, bad: int, of: int) -> None:
    async with linked(tmp_path) as link:
        await convicted(link, *range(of), guilty=set(range(bad)))
        assert link.state() == "ok"
        assert set(link.endpoint.on_sale) == on_sale(*range(bad, of))


@pytest.mark.parametrize(("bad", "of"), [(3, 3), (3, 5), (5, 8), (20, 20)])
async def test_when_most_numbers_are_called_malformed_it_is_not_the_numbers(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, bad: int, of: int
) -> None:
    async with linked(tmp_path) as link:
        link.endpoint.poison = set(map(number, range(bad)))
        await link.sell(*range(of))
        assert await link.time.asked() <= 1.0
        assert await link.store.quarantined() == []
        assert link.state() == "refused"
        assert f"{bad} of {of} numbers" in link.error()
        assert "[endpoint] number_format" in link.error()
        for _ in range(5):
            await beat(link, 1.0)
        assert "[endpoint] number_format" in link.error(), "also when no search is left"
        link.endpoint.poison = set()
        await beat(link, 1.0)
        assert set(link.endpoint.on_sale) == on_sale(*range(of))
    assert [record.levelname for record in caplog.records if "number_format" in record.getMessage()] == ["ERROR"]


async def test_half_by_half_the_rack_is_not_convicted_either(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        # Every list is refused; alone, the first two numbers are malformed, then the next two.
        link.endpoint.whim = lambda request: (
            NO_NUMBER if request.test is None or set(request.numbers) & on_sale(*range(blamed(link))) else None
        )
        await link.sell(*range(5))
        await link.time.asked()
        assert await link.store.quarantined() == []
        assert "4 of 5 numbers" in link.error()


def blamed(link: Link) -> int:
    return 2 * len(link.lists())


async def test_a_newcomer_is_suspected_first_and_costs_one_question(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        await link.sell(*range(40))
        await link.time.asked()
        link.endpoint.poison = {number(40)}
        await link.sell(*range(41))
        await link.time.asked()
        assert tried(link) == [on_sale(40)]
        assert link.lists() == [on_sale(*range(40)), on_sale(*range(41)), on_sale(*range(40))]


async def test_where_it_is_not_the_newcomer_the_others_are_searched(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        await link.sell(*range(8))
        await link.time.asked()
        link.endpoint.poison = {number(3)}
        await link.sell(*range(9))
        await link.time.asked()
        assert set(link.endpoint.on_sale) == on_sale(0, 1, 2, 4, 5, 6, 7, 8)
        # The newcomer, and 2 ceil(log2 9) + 1.
        assert len(tried(link)) <= 1 + 9


async def test_after_four_searches_in_an_hour_a_refused_list_is_only_tried_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with linked(tmp_path) as link:
        link.endpoint.whim = lambda request: NO_NUMBER if request.test is None else None
        await link.sell(*range(4))
        await link.time.asked()
        searches = [tried(link), *[await beat(link, 200.0) for _ in range(8)]]
        assert [bool(one) for one in searches] == [True] * 4 + [False] * 5
        assert "NUMBER_FORMAT_ERROR again, after 4 searches" in link.error()
        assert await beat(link, 2000.0), "the first one is an hour ago"
        assert await link.store.quarantined() == []


async def test_what_changes_during_a_search_is_on_the_list_that_follows_it(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        link.endpoint.poison = {number(3)}
        link.endpoint.script(NO_NUMBER, Honest(hold=True))
        await link.sell(1, 2, 3, 4)
        await link.endpoint.wait_for(lambda endpoint: len(endpoint.requests) == 2)
        await link.sell(2, 3, 4, 5)
        link.endpoint.release()
        await link.time.asked()
        assert await link.store.pending() == []
    assert link.lists() == [on_sale(1, 2, 3, 4), on_sale(2, 4, 5)]
