"""Endpoints that mean harm, over real connections: no answer costs more than its patience, a little memory and an honest verdict."""

import asyncio
import logging
import random
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import pytest
import pytest_asyncio
from owed import NOON, Time, number, snapshot

from agent.sync.answers import Accepted, Passing, Redirected, Refused, Rejected, Verdict, judge
from agent.sync.request import Endpoint, Secret
from agent.sync.store import Store
from agent.sync.uplink import Uplink
from agent.sync.wire import Wire
from hw.simulated.hostile import HostileEndpoint
from hw.simulated.malice import MALICE

KEY = "k3y-nobody-may-see"
PATIENCE = 20.0  # seconds: every allocation is traced on what may be a slow board
SHORT = 0.2  # with an answer that never ends by itself
UNENDING = {
    *("silence", "slow headers", "slow body", "blank lines for ever", "too long a length, and held", "a chunk of 16 exabytes"),
    *("100-continue without end", "early hints without end", "a chunk size without end", "a chunk extension without end"),
}
MEMORY = 8 << 20
BODY = {"numbers": [{"number": "+447700900001", "country_id": 44}]}


@pytest_asyncio.fixture
async def hostile() -> AsyncIterator[HostileEndpoint]:
    one = HostileEndpoint()
    await one.start()
    yield one
    await one.close()


@asynccontextmanager
async def wired(url: str) -> AsyncIterator[Wire]:
    wire = Wire(Endpoint(url, Secret(KEY), "rack1"), PATIENCE)
    yield wire
    await wire.close()


def patience(name: str) -> float:
    return SHORT if name in UNENDING else PATIENCE


async def judged(wire: Wire, name: str = "") -> Verdict:
    wire.patience = patience(name)
    reply = await wire.post(BODY)
    return reply if isinstance(reply, Passing) else judge(reply.status, reply.headers, reply.body, NOON)


@pytest.mark.parametrize("name", MALICE)
async def test_no_answer_is_more_than_it_says(hostile: HostileEndpoint, name: str) -> None:
    async with wired(hostile.url) as wire:
        await judged(wire)
        hostile.malice = name
        tracemalloc.start()
        try:
            began = monotonic()
            verdict = await judged(wire, name)
            took, peak = monotonic() - began, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        hostile.malice = None
        after = await judged(wire)
    assert took < PATIENCE
    assert ("no answer within" in verdict.why) is (name in UNENDING), verdict
    assert peak < MEMORY, f"{peak} octets"
    assert isinstance(verdict, Accepted) is MALICE[name].says_one or MALICE[name].says_one is None, verdict
    # What JSON spells with escapes only the uplink can hide, once it is read.
    assert KEY not in verdict.why or name == "the key spelt"
    assert verdict.why.isprintable()
    assert isinstance(after, Accepted), "the next honest answer counts"
    assert hostile.elsewhere == 0


async def test_what_comes_after_an_answer_answers_no_later_question(hostile: HostileEndpoint) -> None:
    hostile.malice = "an acceptance in advance"
    async with wired(hostile.url) as wire:
        assert await judged(wire) == Passing("HTTP 503")
        async with asyncio.timeout(10):
            await hostile.said.wait()
        hostile.malice = "status 400 that says 1"
        assert isinstance(await judged(wire), Rejected)


async def test_whatever_an_endpoint_does_the_key_is_in_no_log_and_the_uplink_goes_on(
    hostile: HostileEndpoint, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    store = await Store.open(tmp_path / "simgate.db")
    time = Time()
    endpoint = Endpoint(hostile.url, Secret(KEY), "rack1")
    wire = Wire(endpoint)
    uplink = Uplink(endpoint, store, time, rng=random.Random(1), pause=time.pause, wire=wire)
    change = await store.record(snapshot(1), NOON, 0.0, present={number(1)})
    assert change is not None
    uplink.offer(change)
    for name in MALICE:
        hostile.malice, wire.patience = name, patience(name)
        outcome = await uplink.send()
        assert (outcome["verdict"] == "accepted") is MALICE[name].says_one or MALICE[name].says_one is None, name
        assert KEY not in f"{outcome} {uplink.report()}", name
        # Written with the next change: what an answer said of ids must find room in the database.
        change = await store.record(snapshot(1, 2) if len(change.snapshot.listings) == 1 else snapshot(1), NOON, 0.0, present=set())
        assert change is not None
        uplink.offer(change)
    hostile.malice, wire.patience = None, PATIENCE
    assert (await uplink.send())["verdict"] == "accepted"
    await uplink.close()
    await store.close()
    assert KEY not in caplog.text + " ".join(repr(vars(record)) for record in caplog.records)
    assert all(f"Bearer {KEY}".encode() in request for request in hostile.heard), "it did hear the key"
    assert hostile.elsewhere == 0


SAID = [
    ("a small gzip", Passing, "compressed"),
    ("a gzip bomb", Passing, "compressed"),
    ("length and chunks", Passing, ""),
    ("silence", Passing, "no answer within 0.2 s"),
    ("a key twice", Passing, "a key stands twice"),
    ("NaN", Passing, "NaN is no JSON"),
    ("nesting", Passing, "nested too deeply"),
    ("UTF-16", Passing, "utf-8"),
    ("status 200 with the body of 401", Refused, "api_key_file"),
    ("status 401 that says 1", Refused, "HTTP 401"),
    ("redirect to a file", Redirected, "file:///etc/passwd"),
    ("redirect to a host with the key in it", Redirected, "***"),
    ("the key quoted", Rejected, "no such key: ***"),
    ("nesting in the response", Rejected, "an array"),
]


@pytest.mark.parametrize(("name", "kind", "told"), SAID)
async def test_the_verdict_says_what_was_wrong(hostile: HostileEndpoint, name: str, kind: type[Verdict], told: str) -> None:
    hostile.malice = name
    async with wired(hostile.url) as wire:
        verdict = await judged(wire, name)
    assert isinstance(verdict, kind)
    assert told in verdict.why
