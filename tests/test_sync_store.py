"""The outbox for the event loop: in order, off the loop, and without its file for as long as that cannot be opened."""

import asyncio
import gc
import os
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest
from owed import NOON, number, opened, record, snapshot

from agent.errors import StoreError
from agent.sim.identity import Card
from agent.sync.outbox import Outbox
from agent.sync.store import AGAIN, Store

CARD = Card(snapshot(1).listings[0].iccid)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "simgate.db"


class Loop(asyncio.SelectorEventLoop):
    """Its clock can be put forward."""

    ahead = 0.0

    def time(self) -> float:
        """Seconds."""
        return super().time() + self.ahead


def run(story: Callable[[Loop], Awaitable[None]]) -> None:
    """The story on such a loop."""
    loop = Loop()
    with closing(loop):
        loop.run_until_complete(story(loop))


async def test_the_store_does_its_calls_in_order_off_the_loop_and_leaves_nothing_behind(path: Path) -> None:
    store = await Store.open(path)
    change = await store.record(snapshot(1), NOON, 0.0, present={number(1)})
    assert change is not None
    await store.delivered(change.id, {})
    await store.quarantine(number(1), "x", NOON, "plus")
    await store.remember(CARD)
    await store.settle(NOON, 0.0)
    assert await store.recall(CARD.iccid) == CARD
    assert await store.newest() == change
    assert await store.pending() == []
    assert await store.last_delivered() == snapshot(1)
    assert len(await store.starts()) == len(await store.quarantined()) == 1
    assert await store.release(number(1))
    assert not await store.pin_doubt(CARD.iccid)
    await store.close()
    assert os.listdir(path.parent) == ["simgate.db"]  # noqa: PTH208


# -- without the file --


def locked(path: Path) -> Callable[[], None]:
    holder = Outbox.open(path)
    return holder.close


def foreign(path: Path) -> Callable[[], None]:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE theirs (x)")
    return path.unlink


def nowhere(path: Path) -> Callable[[], None]:
    return path.parent.mkdir


def a_file_where_the_directory_belongs(path: Path) -> Callable[[], None]:
    path.parent.write_text("")

    def mend() -> None:
        path.parent.unlink()
        path.parent.mkdir()

    return mend


TROUBLES = [
    (locked, "another simgate"),
    (foreign, "another program"),
    (nowhere, "No such"),
    (a_file_where_the_directory_belongs, "Not a dir"),
]


@pytest.mark.parametrize(("trouble", "words"), TROUBLES)
def test_a_file_that_cannot_be_opened_is_named_by_every_call_and_tried_again_twice_a_minute(
    tmp_path: Path, trouble: Callable[[Path], Callable[[], None]], words: str
) -> None:
    path = tmp_path / "room" / "simgate.db"
    if trouble in (locked, foreign):
        path.parent.mkdir()
    mend = trouble(path)

    async def story(loop: Loop) -> None:
        back: list[str] = []
        store = await Store.open(path)
        store.back = lambda: back.append("back")
        for _ in range(3):
            with pytest.raises(StoreError, match=words):
                await store.record(snapshot(1), NOON, 0.0, present={number(1)})
        loop.ahead += AGAIN
        with pytest.raises(StoreError, match=words):
            await store.pending()
        mend()
        loop.ahead += AGAIN - 5
        with pytest.raises(StoreError, match=words):
            await store.pending()
        assert back == []
        loop.ahead += 5
        assert await store.pending() == []
        assert back == ["back"]
        assert await store.record(snapshot(1), NOON, 0.0, present={number(1)}) is not None
        await store.close()

    run(story)
    with opened(path) as outbox:
        assert len(outbox.pending()) == 1


def test_a_store_without_its_file_can_be_closed_and_does_not_open_it_any_more(path: Path) -> None:
    async def story(loop: Loop) -> None:
        end = locked(path)
        store = await Store.open(path)
        await store.close()
        end()
        loop.ahead += 2 * AGAIN
        with opened(path) as outbox:
            record(outbox, 1)

    run(story)


def test_the_word_that_it_is_back_comes_even_when_the_asker_has_given_up(path: Path) -> None:
    async def story(loop: Loop) -> None:
        end = locked(path)
        store = await Store.open(path)
        back = asyncio.Event()
        store.back = back.set
        end()
        loop.ahead += AGAIN
        asker = asyncio.ensure_future(store.pending())
        loop.call_soon(asker.cancel)
        async with asyncio.timeout(10):
            await back.wait()
        assert asker.cancelled()
        await store.close()

    run(story)


def test_what_is_asked_is_done_though_the_asker_has_given_up_and_an_error_then_is_nobodys(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(loop: Loop) -> None:
        store = await Store.open(path)
        askers = [asyncio.ensure_future(store.record(snapshot(n), NOON, 0.0, present={number(n)})) for n in range(20)]
        loop.call_soon(lambda: [one.cancel() for one in askers])
        await asyncio.wait(askers)
        assert len(await store.pending()) == 20
        await store.close()
        end = locked(path)
        store = await Store.open(path)
        asker = asyncio.ensure_future(store.pending())
        loop.call_soon(asker.cancel)
        await asyncio.wait([asker])
        await store.close()
        end()

    run(story)
    gc.collect()
    assert caplog.records == []


async def test_the_clock_is_asked_when_the_file_is_begun(path: Path) -> None:
    store = await Store.open(path, wall=lambda: NOON)
    await store.close()
    with closing(sqlite3.connect(path)) as db:
        assert {at for (at,) in db.execute("SELECT at FROM migrations")} == {NOON}
