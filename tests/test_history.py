"""`simgate history`: what came and went, when the endpoint heard of it; from the running agent, or from the file while none runs."""

import asyncio
import csv
import io
import time
from pathlib import Path
from typing import Any

import pytest
from child import simgate
from gate import Gate, gate, racked
from owed import NOON, by_hand, files, number, opened, record
from rack import sim

from agent.sync import history
from agent.sync.history import SEVERAL, Entry, Wish, of_file
from agent.sync.outbox import KEPT, Outbox
from hw.simulated.endpoint import Canned
from hw.simulated.modem import SimulatedModem
from hw.simulated.sim import fresh


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "simgate.db"


def shown(found: list[Entry]) -> list[tuple[float | None, str, str, int | None, bool]]:
    return [(one["at"], one["what"], one["number"], one["reached"], one["pending"]) for one in found]


def past(outbox: Outbox, **what: Any) -> list[tuple[float | None, str, str, int | None, bool]]:
    return shown(outbox.history(Wish(**what)))


def test_what_came_and_went_is_told_with_the_time_at_which_the_endpoint_heard_of_it(path: Path) -> None:
    with opened(path) as outbox:
        record(outbox, 1, wall=NOON)
        outbox.delivered(1, {}, NOON + 5)
        record(outbox, 1, 2, wall=NOON + 10)
        record(outbox, 2, wall=NOON + 20)
        came, also, went = (NOON, "came", number(1)), (NOON + 10, "came", number(2)), (NOON + 20, "went", number(1))
        heard = int(NOON + 5)
        assert past(outbox) == [(*came, heard, False), (*also, None, True), (*went, None, True)]
        outbox.delivered(3, {}, NOON + 25)
        later = int(NOON + 25)
        everything = [(*came, heard, False), (*also, later, False), (*went, later, False)]
        assert past(outbox) == everything
        record(outbox, 2, 3, wall=NOON + 30)
        assert past(outbox) == [*everything, (NOON + 30, "came", number(3), None, True)]
        outbox.delivered(4, {}, NOON + 99)
        outbox.delivered(4, {}, NOON + 999)  # a heartbeat is no news
        assert past(outbox)[-1] == (NOON + 30, "came", number(3), int(NOON + 99), False)


def test_it_is_filtered_by_slot_number_and_time_and_the_newest_count(path: Path) -> None:
    with opened(path) as outbox:
        for n in range(1, 6):
            record(outbox, *range(1, n + 1), wall=NOON + n)
            outbox.delivered(n, {}, NOON + n)
        assert [one[2] for one in past(outbox, slot="rack1-02")] == [number(2)]
        assert [one[2] for one in past(outbox, number=number(3)[1:])] == [number(3)]
        assert past(outbox, number=number(3)[1:-1]) == []
        assert past(outbox, slot="rack1-0") == []
        assert [one[2] for one in past(outbox, since=NOON + 4)] == [number(4), number(5)]
        assert [one[2] for one in past(outbox, limit=2)] == [number(4), number(5)]


def flapping(outbox: Outbox, first: int, last: int) -> list[tuple[float | None, str, str, int | None, bool]]:
    """Number 2 comes and goes beside number 1; the endpoint hears of two changes at once, a second after the later one."""
    told: list[tuple[float | None, str, str, int | None, bool]] = []
    for n in range(first, last):
        record(outbox, *((1,) if n % 2 else (1, 2)), wall=NOON + 10 * n)
        told.append((NOON + 10 * n, "went" if n % 2 else "came", number(2), int(NOON + 10 * (n + n % 2) + 1), False))
        if n % 2 == 0:
            outbox.delivered(n, {}, NOON + 10 * n + 1)
    return told


def test_a_restart_forgets_nothing_of_it(path: Path) -> None:
    with opened(path) as outbox:
        record(outbox, 1, wall=NOON)
        outbox.delivered(1, {}, NOON + 1)
        everything = [(NOON, "came", number(1), int(NOON + 1), False), *flapping(outbox, 2, 4 * SEVERAL + 1)]
        assert past(outbox) == everything
        assert len(outbox._rows("SELECT 1 FROM changes")) <= SEVERAL + 2
    with opened(path) as outbox:
        assert past(outbox) == everything
        everything += flapping(outbox, 4 * SEVERAL + 1, 6 * SEVERAL + 1)
        assert past(outbox) == everything
        assert past(outbox, limit=3 * SEVERAL) == everything[-3 * SEVERAL :]
    assert shown(of_file(path, Wish())) == everything


def test_of_what_is_forgotten_the_list_itself_knows_when_it_began(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "ROOM", 0)
    with opened(path) as outbox:
        record(outbox, 1, wall=NOON)
        outbox.delivered(1, {}, NOON + 1)
        told = flapping(outbox, 2, 4 * SEVERAL + 1)
        assert outbox._rows("SELECT * FROM past") == []
        first, *rest = past(outbox)
        assert first == (NOON, "came", number(1), None, False)
        assert 0 < len(rest) <= SEVERAL + 2
        assert rest == told[-len(rest) :]


def test_a_clock_that_was_not_right_leaves_the_time_unknown(path: Path) -> None:
    with opened(path) as outbox:
        record(outbox, 1, wall=None)
        outbox.delivered(1, {}, None)
        assert past(outbox) == [(None, "came", number(1), None, False)]


def test_it_is_bounded_and_the_newest_is_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "ROOM", 8000)
    with opened(path) as outbox:
        for n in range(1, 40 * SEVERAL):
            record(outbox, *(range(40) if n % 2 else ()), wall=NOON + n)  # a hub that falls and comes back
            outbox.delivered(n, {}, NOON + n)
        ((size, several),) = outbox._rows("SELECT sum(length(packed)), count(*) FROM past")
        assert 4000 < size <= 8000
        assert several > 1
        newest = past(outbox, limit=400)
        assert {one[0] for one in newest} == {NOON + n for n in range(40 * SEVERAL - 10, 40 * SEVERAL)}


def test_what_cannot_be_understood_of_the_past_is_found_at_the_start(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with opened(path) as outbox:
        for n in range(1, 3 * SEVERAL):
            record(outbox, n % 2, wall=NOON + n)
            outbox.delivered(n, {}, NOON + n)
        whole = past(outbox)
    by_hand(path, "INSERT INTO past (packed) VALUES (x'00')")
    with opened(path) as outbox:
        assert "lost: 1 of the history" in caplog.text
        assert past(outbox)[:SEVERAL] == whole[:SEVERAL]


def test_of_a_seven_day_outage_no_more_is_read_than_is_shown(path: Path) -> None:
    with opened(path) as outbox:
        there = set(range(8))
        for n in range(2 * KEPT):
            there ^= {n * 5 % 8}
            record(outbox, *there, wall=NOON + 600 * n)
        assert len(past(outbox, limit=10_000)) >= KEPT
        read = []

        def query(sql: str) -> Any:
            for row in outbox._db.execute(sql):
                read.append(row)
                yield row

        newest = history.told(query, Wish(limit=5), 0, 1)
        assert shown(newest) == past(outbox, limit=5)
        assert len(read) <= 6


def test_a_file_that_no_agent_has_open_is_read_and_stays_as_it_is(path: Path) -> None:
    with opened(path) as outbox:
        record(outbox, 1, wall=NOON)
        outbox.delivered(1, {}, NOON + 5)
        record(outbox, 1, 2, wall=NOON + 10)
        # As kill -9 leaves it: everything in the journal.
        before = files(path.parent)
        told = [(NOON, "came", number(1), int(NOON + 5), False), (NOON + 10, "came", number(2), None, True)]
        assert shown(of_file(path, Wish())) == told
        assert files(path.parent) == before
    assert shown(of_file(path, Wish())) == told


# -- the verb --


async def asked(rack: Gate, *words: str) -> Any:
    return await simgate("history", *words, "--config", str(rack.file))


async def test_the_verb_tells_it_to_people_and_scripts(tmp_path: Path) -> None:
    began = time.time()
    modems = [SimulatedModem("quectel-ec25", sim(), delay=0.0), SimulatedModem("generic", fresh(0), delay=0.0)]
    async with gate(tmp_path, modems) as rack:
        one, two = rack.number(1), rack.number(2)
        await rack.on_sale(one, two)
        await rack.waits()
        rack.endpoint.script(Canned(hold=True))
        rack.port(2).eject()
        await rack.why(2, "no SIM")
        plain, document, table, of_slot, none, wrong, empty = await asyncio.gather(
            asked(rack),
            asked(rack, "--json"),
            asked(rack, "--csv"),
            asked(rack, "--slot", "rack1-01", "--json", "--since", "1h"),
            asked(rack, "--number", "+447700900999"),
            asked(rack, "--since", "whenever"),
            asked(rack, "--number", "abc"),
        )
    last = document.document[-1]
    assert (last["what"], last["number"], last["slot"], last["reached"], last["pending"]) == ("went", two, "rack1-02", None, True)
    assert all(began - 1 <= entry["reached"] <= time.time() for entry in document.document[:-1])
    assert {entry["number"] for entry in of_slot.document} == {one}
    assert (plain.code, plain.err) == (0, "")
    assert plain.out.splitlines()[-1].endswith("not yet")
    rows = list(csv.DictReader(io.StringIO(table.out)))
    assert [row["number"] for row in rows] == [entry["number"] for entry in document.document]
    assert rows[-1]["at"].endswith("Z")
    assert rows[-1]["pending"] == "yes"
    assert none.out == "nothing is known to have come or gone\n"
    assert (wrong.code, empty.code) == (2, 2)


async def test_without_an_agent_the_file_is_read(tmp_path: Path) -> None:
    async with racked(tmp_path, [SimulatedModem("quectel-ec25", sim(), delay=0.0)]) as rack:
        absent = await asked(rack)
        assert (absent.code, absent.err.count("\n")) == (1, 1)
        assert "is not there" in absent.err
        async with rack.running():
            await rack.on_sale(rack.number(1))
            await rack.waits()
        (entry,) = (await asked(rack, "--json")).document
        assert (entry["what"], entry["number"], entry["pending"]) == ("came", rack.number(1), False)


async def test_what_is_asked_is_checked(tmp_path: Path) -> None:
    async with gate(tmp_path, [SimulatedModem("generic", None, delay=0.0)]) as rack:
        for wrong in (
            {"limit": 0},
            {"limit": 10**9},
            {"limit": True},
            {"limit": "5"},
            {},
            {"limit": 5, "slot": 7},
            {"limit": 5, "since": "x"},
        ):
            await rack.refused("history", **wrong)


async def test_a_verb_whose_agent_answers_opens_no_database(tmp_path: Path) -> None:
    code = (
        "import sys; from agent.cli.main import simgate; simgate.main(sys.argv[1:], standalone_mode=False); "
        "print([name for name in ('asyncio', 'sqlite3', 'sqlite_utils', 'aiohttp', 'rich') if name in sys.modules])"
    )
    async with gate(tmp_path, [SimulatedModem("generic", None, delay=0.0)]) as rack:
        for words in (("history",), ("slots", "rack1-01")):
            done = await simgate(*words, "--config", str(rack.file), way=("-c", code))
            assert done.out.splitlines()[-1] == "[]", done
