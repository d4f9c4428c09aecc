"""The newest list reaches the endpoint over a real connection: on every change, as a heartbeat, and by hand."""

import asyncio
import random
from dataclasses import replace
from pathlib import Path

import pytest
from linked import KEY, Link, linked, on_sale
from owed import NOON, Time, files, number, snapshot, written

from agent import VERSION
from agent.errors import RefusedError
from agent.sync.request import Endpoint, Secret
from agent.sync.uplink import Uplink
from hw.simulated.endpoint import Canned, Honest

DOWN = Canned(503, b"<html>down</html>")


# What is sent, and when ------------------------------------------------------------------------------------------------


async def test_a_post_has_the_path_headers_and_body_of_the_contract(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        await link.sell(1)
        await link.time.asked()
    (request,) = link.posted
    assert (request.method, request.path) == ("POST", "/api/resellers/sendNumbersOnline")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert request.headers["user-agent"] == f"simgate/{VERSION} (+rack1)"
    element = {"number": number(1), "country_id": 44, "operator": 23415, "port_id": "rack1-01", "rent": 0, "date_start": int(NOON)}
    assert request.body == {"numbers": [element]}


async def test_nothing_is_sent_before_the_first_list_and_that_is_idle(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        assert link.uplink.report() == {"state": "idle", "last_ok": None, "last_error": None, "next_try": None}
        with pytest.raises(RefusedError):
            await link.uplink.send()
        assert not await link.uplink.release(number(1))
        await link.sell()
        assert link.state() == "waiting"
        await link.time.asked()
    assert link.lists() == [set()]


async def test_an_accepted_list_is_delivered_and_the_next_one_is_due_in_five_minutes(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        await link.sell(1, 2)
        assert await link.time.asked() == 300.0
        assert link.uplink.report() == {"state": "ok", "last_ok": NOON, "last_error": None, "next_try": NOON + 300}
        assert await link.store.pending() == []
        assert set(link.endpoint.on_sale) == on_sale(1, 2)


@pytest.mark.parametrize("synchronised", [True, False], ids=["clock set", "clock proven by the first answer"])
async def test_a_heartbeat_repeats_the_list_and_writes_nothing(tmp_path: Path, synchronised: bool) -> None:
    async with linked(tmp_path, time=Time(synchronised=synchronised)) as link:
        await link.sell(1, 2)
        await link.time.asked()
        before = files(tmp_path)
        octets = written()
        for _ in range(5):
            link.time.over()
            assert await link.time.asked() == 300.0
        assert files(tmp_path) == before
        assert written() == octets
    assert link.lists() == [on_sale(1, 2)] * 6


async def test_heartbeats_are_counted_from_post_to_post(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        link.endpoint.script(Honest(hold=True))
        await link.sell(1)
        await link.endpoint.wait_for(lambda endpoint: endpoint.requests)
        link.time.now += 12.0
        link.endpoint.release()
        assert await link.time.asked() == 288.0


async def test_heartbeats_beat_by_the_real_clock_too(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        quick = Endpoint(link.endpoint.url, Secret(KEY), "rack1", interval=0.01)
        uplink = Uplink(quick, link.store, link.time, rng=random.Random(1))
        uplink.offer(snapshot(1))
        running = asyncio.create_task(uplink.run())
        await link.endpoint.wait_for(lambda endpoint: len(endpoint.requests) == 4)
        uplink.offer(snapshot(2))
        await link.endpoint.wait_for(lambda endpoint: set(endpoint.on_sale) == on_sale(2))
        running.cancel()
        await asyncio.wait([running])
    assert link.lists()[0] == on_sale(1)


async def test_a_change_goes_out_at_once(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        await link.sell(1)
        await link.time.asked()
        await link.sell()
        await link.time.asked()
    assert link.lists() == [on_sale(1), set()]


async def test_the_newest_list_wins_while_one_is_on_its_way(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        link.endpoint.script(Honest(hold=True))
        await link.sell(1)
        await link.endpoint.wait_for(lambda endpoint: endpoint.requests)
        await link.sell(2)
        await link.sell(3)
        link.endpoint.release()
        await link.time.asked()
        await link.time.asked()
        assert await link.store.pending() == []
    assert link.lists() == [on_sale(1), on_sale(3)]


async def test_a_list_that_no_disk_would_take_goes_out_all_the_same(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        link.uplink.offer(snapshot(4))
        await link.time.asked()
        assert link.state() == "ok"
    assert link.lists() == [on_sale(4)]


# The clock -------------------------------------------------------------------------------------------------------------


def starts(link: Link) -> list[list[int | None]]:
    return [[element.get("date_start") for element in (request.body or {})["numbers"]] for request in link.posted]


async def test_no_date_is_sent_until_the_endpoints_clock_agrees_and_then_the_right_one(tmp_path: Path) -> None:
    async with linked(tmp_path, time=Time(synchronised=False)) as link:
        link.endpoint.date = NOON + 119
        await link.sell(1)
        await link.time.asked()
        assert link.uplink.clock_ok
        link.time.now += 300
        link.time.wall_now += 300
        link.time.over()
        await link.time.asked()
    assert starts(link) == [[None], [int(NOON)]]


async def test_a_clock_that_the_endpoints_contradicts_is_not_right(tmp_path: Path) -> None:
    async with linked(tmp_path, time=Time(synchronised=False)) as link:
        link.endpoint.date = NOON + 3600
        await link.sell(1)
        await link.time.asked()
        link.time.over()
        await link.time.asked()
        assert not link.uplink.clock_ok
        link.time.wall_now += 3600 + 30
        link.time.now += 30
        link.time.in_step = True
        link.time.over()
        await link.time.asked()
    assert starts(link) == [[None], [None], [int(NOON) + 3600]]


async def test_a_clock_that_a_time_service_has_set_is_right_whatever_the_endpoint_says(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        link.endpoint.date = 0.0
        await link.sell(1)
        await link.time.asked()
        assert link.uplink.clock_ok
    assert starts(link) == [[int(NOON)]]


# What a person asks for ------------------------------------------------------------------------------------------------


async def test_sending_by_hand_goes_through_the_same_door(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        link.endpoint.script(Honest(hold=True))
        await link.sell(1)
        await link.endpoint.wait_for(lambda endpoint: endpoint.requests)
        by_hand = asyncio.create_task(link.uplink.send())
        test = asyncio.create_task(link.uplink.send("test1"))
        for _ in range(20):
            await link.store.pending()
        assert len(link.posted) == 1, "one at a time"
        link.endpoint.release()
        assert await by_hand == {"verdict": "accepted", "why": ""}
        assert await test == {"verdict": "accepted", "why": ""}
    assert [request.test for request in link.posted] == [None, None, "test1"]


async def test_one_request_is_under_way_whoever_asks(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        link.endpoint.poison = {number(2)}
        await link.sell(1, 2, 3)
        by_hand = [asyncio.create_task(link.uplink.send(test)) for test in (None, "test1", None, "test2", None)]
        for n in range(4, 8):
            await link.sell(1, 2, 3, n)
        await asyncio.gather(*by_hand)
        link.endpoint.script(Honest(hold=True))
        late = [asyncio.create_task(link.uplink.send()) for _ in range(2)]
        await link.sell(9)
        before = len(link.posted)
        await link.endpoint.wait_for(lambda endpoint: len(endpoint.requests) > before)
        link.endpoint.release()
        await asyncio.gather(*late)
        assert len(link.posted) > 10
        assert link.endpoint.busiest == 1


async def test_a_test_saves_nothing_and_test2_prints_the_request_back(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        link.endpoint.script(DOWN)
        await link.sell(1)
        await link.time.asked()
        assert (await link.uplink.send("test1"))["verdict"] == "accepted"
        answer = await link.uplink.send("test2")
        assert answer["verdict"] == "echo"
        assert number(1) in answer["echo"]
        link.endpoint.script(Canned(401, {"response": "ERROR_WRONG_KEY"}), Canned(200, b"Array ( [numbers] => 1 )"))
        assert (await link.uplink.send("test2"))["verdict"] == "refused"
        assert await link.uplink.send("test2") == {"verdict": "echo", "why": "", "echo": "Array ( [numbers] => 1 )"}
        assert link.endpoint.on_sale == {}
        assert len(await link.store.pending()) == 1
        assert link.state() == "retrying"


async def test_the_difference_is_what_the_next_post_would_change(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        assert await link.uplink.next_difference() == {"add": [], "remove": []}
        await link.sell(1, 2)
        assert await link.uplink.next_difference() == {"add": [number(1), number(2)], "remove": []}
        await link.time.asked()
        assert await link.uplink.next_difference() == {"add": [], "remove": []}
        link.endpoint.script(Canned(401))
        await link.sell(2, 3)
        assert await link.uplink.next_difference() == {"add": [number(3)], "remove": [number(1)]}
        await link.time.asked()
    async with linked(tmp_path) as link:
        link.uplink.offer(snapshot(4))
        assert await link.uplink.next_difference() == {"add": [number(4)], "remove": [number(1), number(2)]}
        await link.time.asked()
        assert await link.uplink.next_difference() == {"add": [], "remove": []}


# Its own end -----------------------------------------------------------------------------------------------------------


async def test_it_ends_at_once_in_the_middle_of_a_post(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        link.endpoint.script(Honest(hold=True))
        await link.sell(1)
        await link.endpoint.wait_for(lambda endpoint: endpoint.requests)
        link.running.cancel()
        done, _ = await asyncio.wait([link.running], timeout=2)
        assert done
        assert link.running.cancelled()


async def test_a_fault_of_its_own_ends_it_for_the_gateway_to_see(tmp_path: Path) -> None:
    foreign = replace(snapshot(1).listings[0], price=object())  # type: ignore[arg-type]
    async with linked(tmp_path) as link:
        link.uplink.offer(replace(snapshot(), listings=(foreign,)))
        await asyncio.wait([link.running], timeout=5)
        assert isinstance(link.running.exception(), TypeError)
