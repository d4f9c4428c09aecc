"""The ledger: what the owner gave and what was tried on each SIM, on the disk, whatever happens to the process."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from owed import NOON, by_hand, full_disk, listing, opened, record

from agent.errors import StoreError
from agent.modems.pin import Outcome, Try
from agent.sim.identity import Iccid, Msisdn
from agent.sync.ledger import Ledger

ONE, TWO = listing(1).iccid, listing(2).iccid
NUMBER, OTHER = listing(1).msisdn, listing(2).msisdn
DAY = 86400.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "simgate.db"


# -- the owner's numbers --


def test_numbers_are_kept_by_iccid_and_can_be_taken_back(path: Path) -> None:
    with opened(path) as outbox:
        outbox.ledger.own({ONE: NUMBER, TWO: OTHER})
        outbox.ledger.own({ONE: listing(3).msisdn})
    with opened(path) as outbox:
        assert outbox.ledger.owned() == {ONE: listing(3).msisdn, TWO: OTHER}
        assert outbox.ledger.disown(ONE)
        assert not outbox.ledger.disown(ONE)
        assert outbox.ledger.owned() == {TWO: OTHER}


def test_of_many_numbers_that_find_no_room_none_is_kept(path: Path) -> None:
    many = {Iccid(f"8944200053671{n:06}"): Msisdn(f"44770090{n:04}", 44) for n in range(2000)}
    with opened(path) as outbox:
        outbox.ledger.own({ONE: NUMBER})
        with full_disk(path.with_name("simgate.db-wal")), pytest.raises(StoreError):
            outbox.ledger.own(many)
        assert outbox.ledger.owned() == {ONE: NUMBER}


def test_the_ledger_alone_is_opened_while_nobody_holds_the_file(path: Path) -> None:
    with opened(path) as outbox:
        outbox.ledger.own({ONE: NUMBER})
        with pytest.raises(StoreError, match="another simgate"), Ledger.opened(path):
            pass
    with Ledger.opened(path) as ledger:
        assert ledger.owned() == {ONE: NUMBER}


# -- PINs --


def test_a_pin_is_known_again_and_another_is_not(path: Path) -> None:
    with opened(path) as outbox:
        line = outbox.ledger.pin_goes_out(ONE, "1234", 3)
        assert outbox.ledger.pin_tries(ONE, "1234") == [Try(True, 3, Outcome.UNKNOWN, line)]
        outbox.ledger.pin_came_back(line, Outcome.REFUSED)
    with opened(path) as outbox:
        assert outbox.ledger.pin_tries(ONE, "1234") == [Try(True, 3, Outcome.REFUSED, line)]
        assert outbox.ledger.pin_tries(ONE, "4321") == [Try(False, 3, Outcome.REFUSED, line)]
        assert outbox.ledger.pin_tries(TWO, "1234") == []


def test_a_refusal_is_kept_for_ever_and_what_was_taken_every_day_takes_one_line(path: Path) -> None:
    with opened(path) as outbox:
        outbox.ledger.pin_came_back(outbox.ledger.pin_goes_out(ONE, "0000", 3), Outcome.REFUSED)
        for _ in range(5):
            outbox.ledger.pin_came_back(outbox.ledger.pin_goes_out(ONE, "1234", None), Outcome.TAKEN)
        found = outbox.ledger.pin_tries(ONE, "1234")
        assert [(one.same, one.left, one.outcome) for one in found] == [(False, 3, Outcome.REFUSED), (True, None, Outcome.TAKEN)]
        outbox.ledger.pin_goes_out(ONE, "0000", 3)
        assert Outcome.REFUSED in [one.outcome for one in outbox.ledger.pin_tries(ONE, "0000") if one.same]


def test_no_file_of_the_database_holds_a_pin_and_no_two_hashes_are_alike(path: Path) -> None:
    with opened(path) as outbox:
        for iccid in (ONE, TWO):
            outbox.ledger.pin_goes_out(iccid, "86420975", 3)
        assert not any(b"86420975" in file.read_bytes() for file in path.parent.iterdir())
    assert b"86420975" not in path.read_bytes()
    with closing(sqlite3.connect(path)) as conn:
        rows = conn.execute("SELECT salt, digest FROM pins").fetchall()
    assert len({salt for salt, _ in rows}) == len({digest for _, digest in rows}) == 2
    assert min(len(part) for row in rows for part in row) >= 16


def test_a_pin_that_cannot_be_written_down_is_a_store_error(path: Path) -> None:
    with opened(path) as outbox:
        record(outbox, 1)
        with full_disk(path.with_name("simgate.db-wal")), pytest.raises(StoreError):
            outbox.ledger.pin_goes_out(ONE, "1234", 3)
        assert outbox.ledger.pin_tries(ONE, "1234") == []


def test_what_was_about_to_go_out_survives_kill_9(path: Path) -> None:
    child = """
import os, pathlib, signal, sys
sys.path[:0] = sys.argv[2:]
from agent.sync.outbox import Outbox
from owed import listing
Outbox.open(pathlib.Path(sys.argv[1])).ledger.pin_goes_out(listing(1).iccid, "1234", 3)
os.kill(os.getpid(), signal.SIGKILL)
"""
    tests = Path(__file__).parent
    done = subprocess.run([sys.executable, "-c", child, str(path), str(tests), str(tests.parent)], check=False)
    assert done.returncode == -9
    with opened(path) as outbox:
        (found,) = outbox.ledger.pin_tries(ONE, "1234")
        assert (found.same, found.left, found.outcome) == (True, 3, Outcome.UNKNOWN)


# -- questions to the network --


def test_the_network_is_asked_for_a_sim_once_a_day_and_the_ledger_outlives_the_agent(path: Path) -> None:
    with opened(path) as outbox:
        assert outbox.ledger.enquire(ONE, NOON, DAY)
        assert outbox.ledger.enquire(TWO, NOON, DAY)
        assert not outbox.ledger.enquire(ONE, NOON + DAY - 1, DAY)
    with opened(path) as outbox:
        assert not outbox.ledger.enquire(ONE, NOON + DAY - 1, DAY)
        assert not outbox.ledger.enquire(ONE, NOON - 7 * DAY, DAY), "a clock that went back"
        assert outbox.ledger.enquire(ONE, NOON + DAY, DAY)
        assert not outbox.ledger.enquire(ONE, NOON + DAY, DAY)


# -- the file --


@pytest.mark.parametrize(
    "harm",
    [
        "INSERT INTO owners (iccid, number) VALUES ('89', 'x')",
        "INSERT INTO pins (iccid, salt, digest, outcome) VALUES ('89', x'00', x'00', 'perhaps')",
    ],
)
def test_a_row_that_cannot_be_understood_is_a_broken_file_at_the_start_not_later(path: Path, harm: str) -> None:
    with opened(path):
        pass
    by_hand(path, harm)
    with opened(path) as outbox:
        assert outbox.ledger.owned() == {}
    assert path.with_name("simgate.db.broken-1").exists()
