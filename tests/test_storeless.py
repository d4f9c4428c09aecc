"""The whole gateway without its database: what is sold, what is said, what goes out, and what it does once the file can be opened."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from gate import Gate, ask, racked, written
from owed import opened
from rack import sim

from agent.keeping.lore import Known
from agent.settings.file import load
from agent.sim.identity import Iccid, Msisdn
from agent.sync.outbox import Outbox
from agent.sync.store import Store
from hw.simulated.modem import SimulatedModem

SOON = {"startup": 1.0}  # the first list waits so long for the owner's table
FIRST, SECOND = "8944200053671052491", "8944200053671052492"
TOLD, GIVEN = "+447700900123", "+447700900999"  # by the first SIM itself; by the owner
FOURTH = "+447700900777"
CARD = f'\n[[card]]\niccid = "{SECOND}"\nnumber = "{FOURTH}"\n'


def modems() -> list[SimulatedModem]:
    return [SimulatedModem("quectel-ec25", sim(last), delay=0.0) for last in (1, 2)]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if half a minute were short."""
    monkeypatch.setattr("agent.sync.store.AGAIN", 0.05)


def path(rack: Gate) -> Path:
    return rack.file.parent / "simgate.db"


@contextmanager
def elsewhere(rack: Gate) -> Iterator[None]:
    """The directory of the database is not mounted yet; its file has a number that the owner gave."""
    with opened(path(rack)) as outbox:
        outbox.ledger.own({Iccid(FIRST): Msisdn(GIVEN[1:], 44)})
    room = rack.file.parent / "mount"
    rack.file.write_text(rack.file.read_text().replace(str(path(rack)), str(room / "simgate.db")))
    yield
    assert room.exists()


def mount(rack: Gate) -> None:
    away = rack.file.parent / "away"
    away.mkdir()
    path(rack).rename(away / "simgate.db")
    away.rename(rack.file.parent / "mount")


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]


async def test_without_the_owners_table_only_the_configuration_is_believed_until_it_can_be_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with racked(tmp_path, modems(), more=CARD, timing=SOON) as rack:
        with elsewhere(rack):
            async with rack.running():
                await rack.on_sale(FOURTH)
                why = await rack.why(1, "cannot be read")
                assert "[[card]]" in why
                assert "mount/simgate.db" in why
                refused = await ask(rack.gateway.settings.control, "numbers")
                assert "mount/simgate.db" in refused["error"], "an empty table is another thing"
                mount(rack)
                await rack.on_sale(FOURTH, GIVEN)
                assert (await rack.slot(1))["number_from"] == "table"
                await rack.waits()
        assert all(TOLD not in request.numbers for request in rack.endpoint.requests)
    assert len(set(errors(caplog))) == 1
    assert len(errors(caplog)) <= 2, "once of the gateway, once of the uplink"
    assert "mount/simgate.db" in errors(caplog)[0]
    assert [one.getMessage() for one in caplog.records].count("the database works again") == 1


async def test_a_list_that_stays_the_same_is_recorded_as_soon_as_the_database_is_there(tmp_path: Path) -> None:
    second = [modems()[1]]
    async with racked(tmp_path, second, more=CARD, timing=SOON) as rack:
        holder = Outbox.open(path(rack))
        async with rack.running() as gateway:
            await rack.on_sale(FOURTH)
            posts = len(rack.endpoint.requests)
            holder.close()
            change = None
            while change is None:
                await rack.sold_here(1)
                if gateway.lore.trouble is None:
                    change = await gateway.store.newest()
            assert {str(one.msisdn) for one in change.snapshot.listings} == {FOURTH}
            await rack.waits()
            assert len(rack.endpoint.requests) - posts <= 1
        with opened(path(rack)) as outbox:
            assert outbox.last_delivered() is not None


async def test_a_table_that_is_read_as_a_number_is_given_is_still_news_to_the_slots(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.sync.store.AGAIN", 0.0)
    async with racked(tmp_path, modems(), timing=SOON) as rack:
        holder = Outbox.open(path(rack))
        store = await Store.open(path(rack))
        lore = Known(load(rack.file, {}), store, lambda: None, lambda _: None)
        assert not await lore.load()
        holder.close()
        await lore.own({Iccid(SECOND): Msisdn(FOURTH[1:], 44)})
        assert lore.trouble is None
        assert [await lore.load(), await lore.load()] == [True, False]
        await store.close()


async def test_the_first_list_waits_for_a_table_that_is_read_late(tmp_path: Path) -> None:
    async with racked(tmp_path, modems()) as rack:
        holder = Outbox.open(path(rack))
        async with rack.running():
            await rack.why(1, "cannot be read")
            assert not rack.endpoint.requests, "that no number is known says nothing of the SIMs"
            holder.close()
            await rack.endpoint.wait_for(lambda endpoint: endpoint.requests, 20.0)
            assert set(rack.endpoint.requests[0].numbers) == {rack.number(1), rack.number(2)}


async def test_the_database_of_another_program_is_not_touched_and_the_rack_is_sold(tmp_path: Path) -> None:
    async with racked(tmp_path, modems(), more=CARD, timing=SOON) as rack:
        with closing(sqlite3.connect(path(rack))) as other:
            other.execute("CREATE TABLE precious (a)")
        before = path(rack).read_bytes()
        async with rack.running():
            await rack.on_sale(FOURTH)
            assert "another program" in await rack.why(1, "cannot be read")
        assert path(rack).read_bytes() == before
        assert set(written(tmp_path)) == {"simgate.db"}


async def test_no_pin_goes_out_without_a_ledger_and_the_sim_is_unlocked_once_there_is_one(tmp_path: Path) -> None:
    modem = SimulatedModem("generic", sim(pin="1234"), delay=0.0)
    async with racked(tmp_path, [modem], more=f'\n[[card]]\niccid = "{FIRST}"\nnumber = "{TOLD}"\npin = "1234"\n') as rack:
        holder = Outbox.open(path(rack))
        async with rack.running():
            assert "database" in await rack.why(1, "not given while")
            assert not [line for line in modem.log if line.startswith("AT+CPIN=")]
            holder.close()
            await rack.on_sale(TOLD)
    assert [line for line in modem.log if line.startswith("AT+CPIN=")] == ['AT+CPIN="1234"']


@pytest.mark.parametrize(("attempts", "goes"), [(3, True), (2, False)])
async def test_with_a_ledger_that_lost_lines_a_pin_goes_only_to_a_card_with_all_its_attempts(
    tmp_path: Path, attempts: int, goes: bool
) -> None:
    modem = SimulatedModem("generic", sim(pin="1234"), delay=0.0)
    assert modem.sim is not None
    modem.sim.attempts = attempts
    async with racked(tmp_path, [modem], more=f'\n[[card]]\niccid = "{FIRST}"\npin = "1234"\n') as rack:
        path(rack).write_bytes(b"no database at all" * 1000)
        async with rack.running():
            if goes:
                await rack.on_sale(TOLD)
            else:
                assert "2 attempts left" in await rack.why(1, "lost with a broken database")
    assert len([line for line in modem.log if line.startswith("AT+CPIN=")]) == goes
