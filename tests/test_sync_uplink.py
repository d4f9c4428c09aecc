"""The newest list reaches the endpoint: every row of its contract over a real connection."""

import asyncio
import logging
import random
from dataclasses import replace
from pathlib import Path

import pytest
from linked import KEY, Link, linked, on_sale
from owed import NOON, Time, full_disk, number, snapshot

from agent import VERSION
from agent.errors import RefusedError
from agent.sync.request import Endpoint, Secret
from agent.sync.uplink import Uplink
from hw.simulated.endpoint import Canned, Honest, SimulatedEndpoint

NO_NUMBER = Canned(400, {"response": "NUMBER_FORMAT_ERROR"})
DOWN = Canned(503, b"<html>down</html>")


def written() -> int:
    lines = Path("/proc/self/io").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))


def files(directory: Path) -> list[tuple[str, int, int]]:
    return [(one.name, (stat := one.stat()).st_size, stat.st_mtime_ns) for one in sorted(directory.iterdir())]


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


async def test_a_heartbeat_repeats_the_list_and_writes_nothing(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
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


# Trouble that passes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        *(Canned(status, {"response": "x"}) for status in (408, 425, 429, 500, 502, 503, 504)),
        Canned(200, b"<html>log in to the hotel's network</html>"),
        Canned(200, b"[]"),
        Canned(200, b" " * 3_000_000),
        Canned(200, {"response": 0}),
        Canned(200, {"response": "ERROR_OF_TOMORROW"}),
        Canned(400, {"response": "ERROR_OF_TOMORROW"}),
        Canned(drop=True),
        Canned(garble=b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
        Canned(garble=b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"),
    ],
    ids=lambda answer: f"{answer.status} {(answer.body or answer.garble)!r:.30}",
)
async def test_trouble_that_passes_is_tried_again_with_jitter(tmp_path: Path, answer: Canned) -> None:
    async with linked(tmp_path) as link:
        link.endpoint.script(answer)
        await link.sell(1)
        assert 0.0 <= await link.time.asked() <= 1.0
        assert link.state() == "retrying"
        assert link.error() not in ("None", "")
        assert len(await link.store.pending()) == 1
        link.time.over()
        assert await link.time.asked() == 300.0
        assert link.uplink.report()["last_error"] is None
        assert await link.store.pending() == []


async def test_an_endpoint_that_never_answers_is_given_up(tmp_path: Path) -> None:
    async with linked(tmp_path, patience=0.1) as link:
        link.endpoint.script(Canned(hold=True))
        await link.sell(1)
        await link.time.asked()
        assert link.state() == "retrying"
        assert "no answer within 0.1 s" in link.error()


async def test_an_endpoint_that_is_away_gets_the_newest_list_when_it_is_back(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        port = link.endpoint.port
        await link.endpoint.close()
        await link.sell(1)
        await link.fail(3)
        await link.time.asked()
        for numbers in ((1, 2), (2, 3)):
            newest = await link.store.record(snapshot(*numbers), NOON, 0.0, present=on_sale(*numbers))
        assert newest is not None
        await link.endpoint.start(port)
        link.uplink.offer(newest)
        while link.state() != "ok":
            if await link.time.asked() != 300.0:
                link.time.over()
        assert await link.store.pending() == []
    assert link.lists() == [on_sale(2, 3)]


async def test_an_endpoint_that_does_not_prove_who_it_is_gets_nothing(tmp_path: Path) -> None:
    async with linked(tmp_path, settings=lambda url: Endpoint(url.replace("http:", "https:"), Secret(KEY), "rack1")) as link:
        await link.sell(1)
        assert await link.time.asked() <= 1.0
        assert link.state() == "retrying"
        assert link.posted == []


@pytest.mark.parametrize("after", ["7", "Mon, 24 Nov 2025 12:00:07 GMT"])
async def test_retry_after_is_obeyed_and_a_change_does_not_shorten_it(tmp_path: Path, after: str) -> None:
    async with linked(tmp_path) as link:
        link.endpoint.script(Canned(503, b"", {"Retry-After": after, "Date": "Mon, 24 Nov 2025 12:00:00 GMT"}))
        await link.sell(1)
        assert await link.time.asked() == 7.0
        link.time.now += 3.0
        await link.sell(2)
        assert await link.time.asked() == 4.0
        assert len(link.posted) == 1
        link.time.over()
        await link.time.asked()
    assert link.lists() == [on_sale(1), on_sale(2)]


async def test_a_change_cuts_a_jittered_wait_short_but_never_hammers(tmp_path: Path) -> None:
    async with linked(tmp_path) as link:
        link.endpoint.script(*[DOWN] * 9)
        await link.sell(1)
        await link.fail(7)
        assert await link.time.asked() > 1.0
        await link.sell(2)
        assert await link.time.asked() == 1.0
        tries = len(link.posted)
        link.time.over()
        await link.time.asked()
        assert len(link.posted) == tries + 1
    assert link.lists()[-1] == on_sale(2)


async def test_an_outage_is_one_warning_and_one_all_clear(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "agent.sync")
    async with linked(tmp_path) as link:
        link.endpoint.script(DOWN, Canned(drop=True), DOWN, DOWN)
        await link.sell(1)
        await link.fail(4)
        await link.time.asked()
        link.time.over()
        await link.time.asked()
    levels = [record.levelname for record in caplog.records if record.name == "agent.sync.uplink"]
    assert levels == ["WARNING", "DEBUG", "DEBUG", "DEBUG", "INFO"]


# Trouble that needs a person -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (401, "ERROR_WRONG_KEY"),
        (401, "ERROR_NO_KEY"),
        (403, "ACCOUNT_BLOCKED"),
        (403, "API_ACCESS_DISABLED"),
        (403, "API_ACCESS_IP"),
        (405, "REQUEST_NOT_FOUND"),
    ],
)
async def test_key_account_address_and_path_are_tried_slowly_and_loudly(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, status: int, name: str
) -> None:
    async with linked(tmp_path) as link:
        link.endpoint.script(*[Canned(status, {"response": name})] * 2)
        await link.sell(1)
        slow = await link.time.asked()
        assert 120.0 <= slow <= 300.0
        await link.sell(2)
        assert await link.time.asked() == slow, "no change hurries it"
        assert len(link.posted) == 1
        assert link.state() == "refused"
        assert name in link.error()
        assert len(await link.store.pending()) == 2, "the queue is kept"
        link.time.over()
        assert 120.0 <= await link.time.asked() <= 300.0
        link.time.over()
        assert await link.time.asked() == 300.0
        assert link.state() == "ok"
    assert [record.levelname for record in caplog.records if name in record.getMessage()] == ["ERROR"]


@pytest.mark.parametrize(("key", "path"), [("wrong", ""), (KEY, "/x")])
async def test_a_wrong_key_and_a_wrong_path_are_what_the_endpoint_itself_refuses(tmp_path: Path, key: str, path: str) -> None:
    async with linked(tmp_path, settings=lambda url: Endpoint(url + path, Secret(key), "rack1")) as link:
        await link.sell(1)
        assert await link.time.asked() >= 120.0
        assert link.state() == "refused"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed_with_the_key_attached(tmp_path: Path, status: int) -> None:
    thief = SimulatedEndpoint(KEY)
    await thief.start()
    async with linked(tmp_path) as link:
        link.endpoint.script(Canned(status, b"", {"Location": f"{thief.url}/api/resellers/sendNumbersOnline"}))
        await link.sell(1)
        assert 120.0 <= await link.time.asked() <= 300.0
        assert link.state() == "refused"
        assert thief.url in link.error()
    await thief.close()
    assert not thief.requests


async def test_the_key_is_in_no_log_report_or_text(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with linked(tmp_path) as link:
        link.endpoint.script(
            Canned(garble=b"\x16\x03\x01 no HTTP\r\n\r\n"),
            Canned(garble=b"HTTP/1.1 200 OK\r\nX: " + b"y" * 20_000 + b"\r\n\r\n"),
            Canned(401, {"response": "ERROR_WRONG_KEY"}),
            Canned(302, b"", {"Location": "https://elsewhere.example/"}),
            Canned(drop=True),
        )
        await link.sell(1)
        for _ in range(6):
            await link.time.asked()
            assert KEY not in f"{link.uplink.report()} {link.uplink!r} {vars(link.uplink)}"
            link.time.over()
        await link.time.asked()
    assert KEY not in caplog.text + " ".join(repr(vars(record)) for record in caplog.records)


# Numbers and dates that the endpoint takes offence at ------------------------------------------------------------------


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
        link.endpoint.release()
        assert await by_hand == {"verdict": "accepted", "why": ""}
        assert await test == {"verdict": "accepted", "why": ""}
    assert [request.test for request in link.posted] == [None, None, "test1"]


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
