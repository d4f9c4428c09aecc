"""A value that has rotted in its place, in a file that SQLite calls sound, is never taken for what was written."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from owed import NOON, by_hand, listing, number, opened, record

from agent.errors import StoreError
from agent.modems.pin import Outcome
from agent.sim.identity import Card, Plmn
from agent.slots.listing import Snapshot
from agent.sync.outbox import Outbox
from agent.sync.rebuild import WORDS
from agent.sync.seal import seal, whole

ONE, TWO, THREE = (listing(n).iccid for n in (1, 2, 3))
# Table, column, and what becomes of what in it: sound to look at, each of them.
ROTS = [
    ("owners", "number", "447700900001", "447700900801"),
    ("cards", "number", "447700900001", "447700900801"),
    ("listings", "number", "447700900001", "447700900801"),
    ("changes", "added", "447700900001", "447700900801"),
    ("quarantine", "number", "447700900007", "447700900807"),
    ("pins", "iccid", ONE.digits, TWO.digits),
    ("pins", "outcome", "refused", "unknown"),
    ("enquiries", "iccid", ONE.digits, TWO.digits),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "simgate.db"


def furnish(outbox: Outbox) -> None:
    """Something in every table: of card 1, which is to rot, and of card 3."""
    record(outbox, 1, 3)
    outbox.quarantine(number(7), "NUMBER_FORMAT_ERROR", NOON, "plus")
    outbox.ledger.own({ONE: listing(1).msisdn, THREE: listing(3).msisdn})
    for n, iccid in ((1, ONE), (3, THREE)):
        outbox.cards.remember(Card(iccid, plmn=Plmn("234", "15"), msisdn=listing(n).msisdn, number_from="cnum"))
        outbox.ledger.pin_came_back(outbox.ledger.pin_goes_out(iccid, "9999", 3), Outcome.REFUSED)
        outbox.ledger.enquire(iccid, NOON, 86400.0)


def rot(path: Path, table: str, column: str, was: str, is_now: str) -> None:
    """Only in the rows of card 1, and the seals stay as they were."""
    change = f"UPDATE {table} SET {column} = replace({column}, '{was}', '{is_now}')"
    by_hand(path, f"DROP TRIGGER {table}_changed", change + (f" WHERE iccid = '{ONE.digits}'" if table == "pins" else ""))


def of_the_third_card(outbox: Outbox) -> None:
    """Everything is there."""
    card = outbox.cards.recall(THREE)
    assert card is not None
    assert card.msisdn == listing(3).msisdn == outbox.ledger.owned()[THREE]
    assert [(one.same, one.outcome) for one in outbox.ledger.pin_tries(THREE, "9999")] == [(True, Outcome.REFUSED)]
    assert not outbox.ledger.enquire(THREE, NOON + 5, 86400.0)


@pytest.mark.parametrize(("table", "column", "was", "is_now"), ROTS)
def test_a_row_that_has_rotted_is_lost_and_its_neighbours_are_kept(
    table: str, column: str, was: str, is_now: str, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(path) as outbox:
        furnish(outbox)
    rot(path, table, column, was, is_now)
    with closing(sqlite3.connect(path)) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with opened(path) as outbox:
        assert path.with_name("simgate.db.broken-1").exists()
        of_the_third_card(outbox)
        assert not any(is_now == held.number[1:] for held in outbox.quarantined())
        assert outbox.ledger.pin_doubt(ONE) == (table == "pins")
        record(outbox, 1, 3)
        assert set(outbox.starts()) == {(ONE.digits, number(1)), (THREE.digits, number(3))}
    assert f"a row of {table} has rotted" in caplog.text
    assert (f"lost: 1 {WORDS[table]}" if table in WORDS else "lost: nothing") in caplog.text


def test_one_octet_of_a_pins_hash_does_not_let_it_out_again(path: Path) -> None:
    with opened(path) as outbox:
        furnish(outbox)
        (digest,) = outbox._db.execute("SELECT digest FROM pins WHERE iccid = ?", [ONE.digits]).fetchone()
    octets = bytearray(path.read_bytes())
    octets[octets.index(digest) + 20] ^= 0x10
    path.write_bytes(octets)
    with opened(path) as outbox:
        assert outbox.ledger.pin_tries(ONE, "9999") == []
        assert outbox.ledger.pin_doubt(ONE)
        of_the_third_card(outbox)


def test_that_lines_were_lost_is_not_forgotten_by_rot(path: Path) -> None:
    with opened(path) as outbox:
        furnish(outbox)
    by_hand(path, "INSERT INTO lost (what, rows) VALUES ('pins', 1)", "UPDATE pins SET salvaged = 1")
    by_hand(path, "DROP TRIGGER lost_changed", "UPDATE lost SET what = 'pint'")
    with opened(path) as outbox:
        assert outbox.ledger.pin_doubt(ONE)


def test_what_rots_while_the_agent_runs_is_a_store_error_when_it_is_wanted(path: Path) -> None:
    with opened(path) as outbox:
        furnish(outbox)
        for table in ("owners", "cards", "pins", "lost"):
            outbox._db.execute(f"DROP TRIGGER {table}_changed")
        outbox._db.execute("UPDATE pins SET iccid = ? WHERE iccid = ?", [TWO.digits, ONE.digits])
        outbox._db.execute("UPDATE cards SET number = '447700900801' WHERE iccid = ?", [ONE.digits])
        outbox._db.execute("UPDATE owners SET number = '447700900801' WHERE iccid = ?", [ONE.digits])
        for ask in (
            lambda: outbox.ledger.pin_tries(ONE, "9999"),
            lambda: outbox.ledger.pin_goes_out(ONE, "9999", 2),
            lambda: outbox.cards.recall(ONE),
            outbox.ledger.owned,
        ):
            with pytest.raises(StoreError, match="has rotted; restart simgate"):
                ask()


def test_a_later_change_of_a_row_does_not_vouch_for_what_had_rotted_in_it(path: Path) -> None:
    with opened(path) as outbox:
        furnish(outbox)
        conn = outbox._db.conn
        (line,) = conn.execute("SELECT rowid FROM pins WHERE iccid = ?", [ONE.digits]).fetchone()
        # Rot: no trigger sees it. The triggers are what they were when the row is changed the next time.
        triggers = conn.execute("SELECT name, sql FROM sqlite_schema WHERE name IN ('pins_changed', 'cards_changed')").fetchall()
        for name, _ in triggers:
            conn.execute(f"DROP TRIGGER {name}")
        conn.execute("UPDATE pins SET salt = x'00' WHERE rowid = ?", [line])
        conn.execute("UPDATE cards SET number = '447700900801' WHERE iccid = ?", [ONE.digits])
        for _, made in triggers:
            conn.execute(made)
        outbox.ledger.pin_came_back(line, Outcome.TAKEN)
        outbox.cards._read[ONE.digits] = NOON  # it was read today, which is written with the next change
        record(outbox, 3)
        for ask in (lambda: outbox.ledger.pin_tries(ONE, "9999"), lambda: outbox.cards.recall(ONE)):
            with pytest.raises(StoreError, match="has rotted"):
                ask()
    with opened(path) as outbox:
        assert outbox.cards.recall(ONE) is None
        assert outbox.ledger.pin_doubt(ONE)
        of_the_third_card(outbox)


def test_a_price_of_5_is_5_before_and_after_its_row_is_changed(path: Path) -> None:
    priced = listing(1, price=5)
    with opened(path) as outbox:
        outbox.record(Snapshot((priced,)), None, 0.0, present={number(1)})
        outbox.settle(NOON, 60.0)
        outbox.delivered(1, {number(1): 17}, NOON)
    with opened(path) as outbox:
        assert outbox._db.execute("SELECT ident FROM listings").fetchall() == [(17,)]
        assert not path.with_name("simgate.db.broken-1").exists()


def test_every_row_of_every_table_has_its_seal(path: Path) -> None:
    with opened(path) as outbox:
        furnish(outbox)
    with closing(sqlite3.connect(path)) as conn:
        tables = [name for (name,) in conn.execute("SELECT name FROM sqlite_schema WHERE type = 'table'") if name != "migrations"]
        assert len(tables) == 10
        for table in set(tables) - {"lost", "beginnings", "past"}:
            found = conn.execute(f"SELECT * FROM {table}").fetchall()
            assert found
            assert all(whole(row) for row in found), table


def test_a_seal_tells_kinds_and_columns_apart_and_never_changes() -> None:
    rows: list[tuple[object, ...]] = [(5,), (5.0,), ("5",), (b"5",), (None,), ("", "5"), ("5", ""), ("\N{EM DASH}",), (True, 5)]
    assert len({seal(*row) for row in rows}) == len(rows)
    # python3 -c "import zlib; print(hex(zlib.crc32(b\"('5',)\")))": files with these seals are out there.
    assert seal("5") == 0xA8A87ED8 - 2**31
