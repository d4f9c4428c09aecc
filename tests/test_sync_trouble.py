"""Trouble with the endpoint, every row of its contract over a real connection: what passes, and what needs a person."""

import logging
from pathlib import Path

import pytest
from linked import KEY, linked, on_sale
from owed import NOON, snapshot

from agent.sync.request import Endpoint, Secret
from hw.simulated.endpoint import Canned, SimulatedEndpoint

DOWN = Canned(503, b"<html>down</html>")


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
