"""What is saved of a broken file, what a lost line of the ledger means for PINs, and that no kill in between loses more."""

import random
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from killed import killed
from owed import NOON, by_hand, full_disk, listing, number, opened, record

from agent.errors import StoreError
from agent.modems.pin import Outcome
from agent.sim.identity import Card, Iccid, Plmn
from agent.sync.ledger import Ledger
from agent.sync.outbox import Outbox

ONE, TWO = listing(1).iccid, listing(2).iccid
CARD = Card(ONE, plmn=Plmn("234", "15"))
MANY = 400
OWNER = "INSERT INTO owners (iccid, number, calling_code) VALUES ({})"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "simgate.db"


def furnish(outbox: Outbox) -> None:
    """Something of everything that is worth saving."""
    record(outbox, 1, wall=NOON)
    record(outbox, 1, 2, wall=NOON + 60)
    outbox.quarantine(number(3), "NUMBER_FORMAT_ERROR", NOON, "plus")
    outbox.cards.remember(CARD)
    outbox.ledger.own({TWO: listing(2).msisdn})
    outbox.ledger.pin_came_back(outbox.ledger.pin_goes_out(ONE, "9999", 3), Outcome.REFUSED)
    outbox.ledger.enquire(ONE, NOON, 86400.0)


def saved(outbox: Outbox) -> None:
    """All of it is there."""
    assert [held.number for held in outbox.quarantined()] == [number(3)]
    assert outbox.cards.recall(ONE) == CARD
    assert outbox.ledger.owned() == {TWO: listing(2).msisdn}
    assert [(one.same, one.left, one.outcome) for one in outbox.ledger.pin_tries(ONE, "9999")] == [(True, 3, Outcome.REFUSED)]
    assert not outbox.ledger.pin_doubt(ONE)
    assert not outbox.ledger.pin_doubt(TWO)
    assert not outbox.ledger.enquire(ONE, NOON + 5, 86400.0)


def scribble(path: Path, table: str) -> None:
    """Destroy the root of the table."""
    with closing(sqlite3.connect(path)) as conn:
        page = conn.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", [table]).fetchone()[0]
    octets = bytearray(path.read_bytes())
    octets[(page - 1) * 1024 : page * 1024] = b"\xa5" * 1024
    path.write_bytes(octets)


# What is kept --------------------------------------------------------------------------------------------------------

BREAKS: list[Callable[[Path], None]] = [
    lambda path: by_hand(path, "DROP TABLE changes"),
    lambda path: by_hand(path, "UPDATE changes SET added = '[[]]'"),
    lambda path: by_hand(path, "DROP TRIGGER changes_changed", "UPDATE changes SET added = CAST(x'ff' AS TEXT)"),
    lambda path: by_hand(path, "PRAGMA user_version = 99"),
    lambda path: scribble(path, "changes"),
]


@pytest.mark.parametrize("harmed", BREAKS)
def test_everything_that_is_sound_is_kept_and_said_in_one_line(
    path: Path, harmed: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    with opened(path) as outbox:
        furnish(outbox)
    harmed(path)
    with opened(path) as outbox:
        saved(outbox)
        assert outbox.newest() is None
    (said,) = [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
    for words in ("1 of the owner's numbers", "1 of the ledger of PINs", "1 of the numbers set aside", "1 of the cards", "lost: nothing"):
        assert words in said
    assert number(3) not in said
    assert "\n" not in said


@pytest.mark.parametrize("checkpointed", [True, False])
def test_a_file_that_no_longer_says_whose_it_is_but_has_our_tables_is_ours_and_saved(checkpointed: bool, path: Path) -> None:
    with opened(path) as outbox:
        furnish(outbox)
        if not checkpointed:
            shutil.copytree(path.parent, path.parent / "killed")
    found = path if checkpointed else path.parent / "killed" / path.name
    with found.open("r+b") as file:
        file.seek(68)
        file.write(b"\xff" * 4)  # the application id (SQLite file format 1.3)
    with opened(found) as outbox:
        saved(outbox)


@pytest.mark.parametrize("left", [b"quarantine", b"listings", b"owners", b"pins", b"enquiries", b"beginnings"])
def test_one_statement_of_ours_that_can_still_be_read_says_whose_the_file_is(left: bytes, path: Path) -> None:
    with opened(path) as outbox:
        furnish(outbox)
    octets = bytearray(path.read_bytes())
    octets[68:72] = b"\xff" * 4
    for made in re.finditer(rb"CREATE TABLE (\w+)", octets):
        if made[1] != left:
            octets[made.start() : made.end()] = b"\xff" * len(made[0])
    path.write_bytes(octets)
    with opened(path):
        assert path.with_name("simgate.db.broken-1").exists()


def test_listings_that_last_keep_their_beginnings_and_the_others_begin_anew(path: Path) -> None:
    with opened(path) as outbox:
        furnish(outbox)
    by_hand(path, "DROP TABLE changes")
    with opened(path) as outbox:
        assert outbox.starts() == {}
        change = record(outbox, 1, 3, wall=NOON + 500)
        assert change is not None
        assert {str(one.msisdn) for one in change.added} == {number(1), number(3)}, "the endpoint may have heard of none"
        assert outbox.starts() == {(ONE.digits, number(1)): NOON, (listing(3).iccid.digits, number(3)): NOON + 500}
        record(outbox, 1, 2, 3, wall=NOON + 600)
        assert outbox.starts()[TWO.digits, number(2)] == NOON + 600


def test_a_row_that_is_not_sound_is_counted_and_its_neighbours_are_kept(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with opened(path) as outbox:
        furnish(outbox)
    by_hand(path, OWNER.format("'89', 'x', 4"), OWNER.format("'8944200053671000009', '1', 44"))
    with opened(path) as outbox:
        saved(outbox)
    assert "lost: 2 of the owner's numbers" in caplog.text


def test_rows_around_a_destroyed_page_are_kept(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    owned = {Iccid(f"8944200053672{n:06}"): listing(n).msisdn for n in range(MANY)}
    with opened(path) as outbox:
        outbox.ledger.own(owned)
    # The middle of the rows is found in the file by what stands there.
    octets = bytearray(path.read_bytes())
    middle = octets.rindex(f"8944200053672{MANY // 2:06}447700".encode())
    start = middle - middle % 1024
    octets[start : start + 1024] = b"\xa5" * 1024
    path.write_bytes(octets)
    with opened(path) as outbox:
        kept = outbox.ledger.owned()
    lost = len(owned) - len(kept)
    assert kept.items() <= owned.items()
    assert 1 <= lost <= 40, "one page of many"
    assert {min(owned, key=lambda one: one.digits), max(owned, key=lambda one: one.digits)} <= set(kept)
    assert f"lost: {lost} of the owner's numbers" in caplog.text


def test_any_scribble_leaves_a_database_that_opens_and_a_ledger_that_knows_its_line_or_its_loss(tmp_path: Path) -> None:
    made = tmp_path / "made.db"
    owned = {Iccid(f"8944200053672{n:06}"): listing(n).msisdn for n in range(60)}
    with opened(made) as outbox:
        furnish(outbox)
        outbox.ledger.own(owned)
    chance = random.Random(7)
    for turn in range(150):
        path = tmp_path / str(turn) / "simgate.db"
        path.parent.mkdir()
        octets = bytearray(made.read_bytes())
        for _ in range(chance.randint(1, 3)):
            start = chance.randrange(100, len(octets))
            length = chance.choice([1, 8, 100, 1024, 4000])
            octets[start : start + length] = chance.randbytes(len(octets[start : start + length]))
        path.write_bytes(octets)
        with opened(path) as outbox:
            record(outbox, turn % 5)
            if path.with_name("simgate.db.broken-1").exists():
                tries = outbox.ledger.pin_tries(ONE, "9999")
                assert tries or outbox.ledger.pin_doubt(ONE), f"turn {turn}: a line of the ledger is lost without a word"


# The ledger of PINs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "harmed",
    [
        lambda path: path.write_bytes(b"this is no database\n" * 500),
        lambda path: path.write_bytes(path.read_bytes()[:3000]),
        lambda path: by_hand(path, "DROP TABLE pins"),
        lambda path: by_hand(path, "UPDATE pins SET outcome = 'perhaps'"),
        lambda path: scribble(path, "pins"),
    ],
)
def test_a_ledger_that_cannot_be_read_completely_is_in_doubt_for_as_long_as_the_file_lives(
    path: Path, harmed: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    with opened(path) as outbox:
        furnish(outbox)
    harmed(path)
    for _ in range(2):
        with opened(path) as outbox:
            assert outbox.ledger.pin_doubt(ONE)
            assert outbox.ledger.pin_doubt(TWO)
    assert "all its attempts" in caplog.text
    with opened(path) as outbox:
        outbox.ledger.pin_goes_out(ONE, "1234", 3)
        assert not outbox.ledger.pin_doubt(ONE), "a line of its own"
        assert outbox.ledger.pin_doubt(TWO)
    by_hand(path, "DROP TABLE changes")
    with opened(path) as outbox:
        assert outbox.ledger.pin_doubt(TWO), "broken again, it has not forgotten"
        assert len(outbox.ledger.pin_tries(ONE, "1234")) == 1


def test_a_line_that_has_gone_from_its_page_without_a_trace_leaves_the_ledger_in_doubt(path: Path) -> None:
    with opened(path) as outbox:
        furnish(outbox)
        outbox.ledger.pin_goes_out(TWO, "1234", 3)
    with closing(sqlite3.connect(path)) as conn:
        page = conn.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'pins'").fetchone()[0]
    octets = bytearray(path.read_bytes())
    cells = (page - 1) * 1024 + 3  # their count: https://sqlite.org/fileformat.html, "B-tree Pages"
    assert octets[cells : cells + 2] == b"\0\2"
    octets[cells + 1] = 1
    path.write_bytes(octets)
    with opened(path) as outbox:
        assert outbox.ledger.pin_tries(TWO, "1234") == []
        assert outbox.ledger.pin_doubt(TWO)


def test_a_line_that_was_saved_does_not_vouch_for_those_that_were_lost(path: Path) -> None:
    with opened(path) as outbox:
        outbox.ledger.pin_came_back(outbox.ledger.pin_goes_out(ONE, "1234", 3), Outcome.TAKEN)
        outbox.ledger.pin_came_back(outbox.ledger.pin_goes_out(ONE, "9999", 3), Outcome.REFUSED)
    by_hand(path, "UPDATE pins SET outcome = 'perhaps' WHERE outcome = 'refused'")
    with opened(path) as outbox:
        assert [one.outcome for one in outbox.ledger.pin_tries(ONE, "1234")] == [Outcome.TAKEN]
        assert outbox.ledger.pin_doubt(ONE)


# The files -----------------------------------------------------------------------------------------------------------


def broken_with_a_journal(directory: Path, room: Path) -> bytes:
    """A file killed at work whose changes cannot be understood; its octets."""
    made = room / "made.db"
    with opened(made) as outbox:
        furnish(outbox)
        outbox._db.execute("UPDATE changes SET added = '[[]]'")
        directory.mkdir()
        for suffix in ("", "-wal"):
            shutil.copy(made.with_name(made.name + suffix), directory / f"simgate.db{suffix}")
    return (directory / "simgate.db").read_bytes()


def test_a_kill_at_any_moment_of_the_rebuilding_loses_nothing(tmp_path: Path) -> None:
    broken = broken_with_a_journal(tmp_path / "source", tmp_path)
    paths = killed(tmp_path / "source", tmp_path / "room")
    assert len(paths) > 50
    for path in paths:
        with opened(path) as outbox:
            assert outbox.ledger.owned() == {TWO: listing(2).msisdn}
            assert not outbox.ledger.pin_doubt(TWO)
            assert outbox.newest() is None
        with closing(sqlite3.connect(path)) as conn:
            assert conn.execute("SELECT outcome FROM pins").fetchall() == [("refused",)]
        names = {one.name for one in path.parent.iterdir()}
        assert names - {"simgate.db.broken-1-wal"} == {"simgate.db", "simgate.db.broken-1"}, path
        assert len(path.with_name("simgate.db.broken-1").read_bytes()) >= len(broken)


def test_the_ledger_alone_finishes_what_a_kill_has_left_too(path: Path) -> None:
    with opened(path) as outbox:
        furnish(outbox)
    path.rename(path.with_name("simgate.db.new"))
    with Ledger.opened(path) as ledger:
        assert ledger.owned() == {TWO: listing(2).msisdn}


def test_without_room_the_broken_file_stays_where_it_is(path: Path) -> None:
    with opened(path) as outbox:
        furnish(outbox)
    by_hand(path, "DROP TABLE changes")
    broken, small = path.read_bytes(), path.with_name("small")
    small.write_bytes(b"x" * 2048)
    with full_disk(small), pytest.raises(StoreError):
        Outbox.open(path)
    assert path.read_bytes() == broken
    with opened(path) as outbox:
        saved(outbox)
