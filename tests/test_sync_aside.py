"""Broken databases are set aside, and only so many of them are kept."""

from pathlib import Path

from owed import opened

from agent.sync.rebuild import ASIDE


def test_three_broken_files_are_kept_and_the_oldest_go(tmp_path: Path) -> None:
    path = tmp_path / "simgate.db"
    for turn in range(1, 6):
        path.write_bytes(f"no database {turn}".encode() * 100)
        with opened(path):
            pass
    assert ASIDE == 3
    assert sorted(one.name for one in path.parent.iterdir()) == ["simgate.db", *(f"simgate.db.broken-{n}" for n in (3, 4, 5))]
    assert path.with_name("simgate.db.broken-5").read_bytes().startswith(b"no database 5")
