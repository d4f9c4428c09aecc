"""Numbers and dates that the endpoint takes offence at never take the rest of the rack off sale."""

import logging
from pathlib import Path

import pytest
from linked import KEY, linked, on_sale
from owed import full_disk, number, snapshot

from agent.sync.request import Endpoint, Secret
from hw.simulated.endpoint import Canned, Honest

NO_NUMBER = Canned(400, {"response": "NUMBER_FORMAT_ERROR"})
DOWN = Canned(503, b"<html>down</html>")


@pytest.mark.parametrize("guilty", [{3}, {0, 19}, {7, 8, 9}])
async def test_malformed_numbers_are_found_set_aside_and_the_rest_is_on_sale_within_one_sync(tmp_path: Path, guilty: set[int]) -> None:
    async with linked(tmp_path) as link:
        link.endpoint.poison = set(map(number, guilty))
        await link.sell(*range(20))
        assert await link.time.asked() == 300.0
        assert set(link.endpoint.on_sale) == on_sale(*set(range(20)) - guilty)
        assert {held.number for held in await link.store.quarantined()} == on_sale(*guilty)
        assert all("NUMBER_FORMAT_ERROR" in held.reason for held in await link.store.quarantined())
        assert link.state() == "ok"
        assert await link.store.pending() == []
        assert link.changes
        link.time.over()
        await link.time.asked()
    tests = [request.test for request in link.posted]
    assert tests == [None, *["test1"] * (len(tests) - 3), None, None]
    assert link.lists()[-1] == on_sale(*set(range(20)) - guilty)


async def test_a_rack_of_malformed_numbers_only_sells_nothing(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        await link.sell(1, 2)
        await link.time.asked()
        link.endpoint.poison = {number(2), number(3)}
        await link.sell(2, 3)
        assert await link.time.asked() == 300.0
        assert link.endpoint.on_sale == {}


async def test_a_quarantined_number_that_is_released_is_tried_at_once(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        link.endpoint.poison = {number(1)}
        await link.sell(1, 2)
        await link.time.asked()
        link.endpoint.poison = set()
        assert await link.uplink.release(number(1))
        await link.time.asked()
        assert set(link.endpoint.on_sale) == on_sale(1, 2)


async def test_numbers_that_were_refused_in_another_form_are_tried_anew(tmp_path: Path) -> None:
    for form, expected in (("plus", set()), ("plus", set()), ("digits", on_sale(1))):
        where = lambda url, form=form: Endpoint(url, Secret(KEY), "rack1", number_format=form)  # noqa: E731
        async with linked(tmp_path, settings=where) as link:
            link.endpoint.poison = {number(1)} if form == "plus" else set()
            link.uplink.offer(snapshot(1))
            await link.time.asked()
            if expected:
                # The list, then the number alone, and then the list with it.
                await link.time.asked()
            assert set(link.endpoint.on_sale) == expected


async def test_a_full_disk_does_not_keep_a_malformed_number_on_the_list(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with linked(tmp_path) as link:
        link.endpoint.poison = {number(2)}
        await link.sell(1)
        await link.time.asked()
        link.uplink.offer(snapshot(1, 2))
        with full_disk(tmp_path / "simgate.db-wal"):
            assert await link.time.asked() == 300.0
            link.time.over()
            assert await link.time.asked() == 300.0
        assert set(link.endpoint.on_sale) == on_sale(1)
        assert link.lists()[-2:] == [on_sale(1), on_sale(1)], "held in memory: the heartbeat does not try it again"
    assert [record.levelname for record in caplog.records if "simgate.db" in record.getMessage()] == ["ERROR"]


async def test_trouble_during_the_search_convicts_nobody(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        link.endpoint.script(NO_NUMBER, NO_NUMBER, DOWN)
        await link.sell(1, 2, 3, 4)
        assert await link.time.asked() <= 1.0
        assert link.state() == "retrying"
        assert await link.store.quarantined() == []
        assert link.endpoint.on_sale == {}


async def test_a_list_that_is_refused_though_each_of_its_numbers_is_taken_convicts_nobody(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        link.endpoint.script(NO_NUMBER)
        await link.sell(1, 2, 3)
        assert await link.time.asked() <= 1.0
        assert "NUMBER_FORMAT_ERROR" in link.error()
        assert await link.store.quarantined() == []


async def test_an_empty_list_that_is_called_malformed_is_tried_again(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        link.endpoint.script(NO_NUMBER)
        await link.sell()
        assert await link.time.asked() <= 1.0
        assert len(link.posted) == 1


async def test_a_refused_date_is_left_out_in_the_same_sync_and_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "agent.sync")
    async with linked(tmp_path) as link:
        bad = Canned(400, {"response": "ERROR_DATE"})
        link.endpoint.script(bad, Honest(), bad, Honest())
        await link.sell(1)
        await link.time.asked()
        assert (link.state(), set(link.endpoint.on_sale)) == ("ok", on_sale(1))
        assert "ERROR_DATE" in link.error()
        link.time.over()
        await link.time.asked()
        link.time.over()
        await link.time.asked()
        assert link.uplink.report()["last_error"] is None
    dated = ["date_start" in str(request.body) for request in link.posted]
    assert dated == [True, False, True, False, True]
    assert [record.levelname for record in caplog.records if "ERROR_DATE" in record.getMessage()] == ["WARNING", "DEBUG"]


async def test_a_refused_date_where_none_was_sent_is_trouble_that_passes(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        link.endpoint.script(*[Canned(400, {"response": "ERROR_DATE"})] * 2)
        await link.sell(1)
        assert await link.time.asked() <= 1.0
        assert link.state() == "retrying"
        assert len(link.posted) == 2
