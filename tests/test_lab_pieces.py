"""Pieces of the lab's machine: made once for what they were made from, and nothing else is left lying about."""

import os
import threading
import time
from pathlib import Path

import pytest
from lab.pieces import kept


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIMGATE_LAB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def made_of(inputs: str, made: list[str]) -> Path:
    def make(to: Path) -> None:
        made.append(inputs)
        (to / "disk").write_text(inputs)

    return kept("disk", [inputs], make)


def pieces(cache: Path) -> list[str]:
    return sorted((place / "disk").read_text() for place in cache.glob("disk-*"))


def test_it_is_made_again_only_from_something_else_and_the_newest_two_are_kept(cache: Path) -> None:
    made: list[str] = []
    for turn, inputs in enumerate("aabbac"):
        os.utime(made_of(inputs, made), (turn, turn))
    assert made == ["a", "b", "c"]
    assert pieces(cache) == ["a", "c"]


def test_what_a_killed_run_has_left_is_swept_away(cache: Path) -> None:
    (cache / ".disk-k1lled").mkdir(parents=True)
    (cache / ".disk-k1lled/half").write_text("a lot")
    (cache / ".other-k1lled").mkdir()
    made_of("a", [])
    assert sorted(place.name for place in cache.iterdir() if place.is_dir() and place.name.startswith(".")) == [".other-k1lled"]


def test_one_that_fails_leaves_nothing_and_is_made_the_next_time(cache: Path) -> None:
    def fails(to: Path) -> None:
        (to / "half").write_text("a lot")
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        kept("disk", ["a"], fails)
    assert [place for place in cache.iterdir() if place.is_dir()] == []
    assert (made_of("a", []) / "disk").read_text() == "a"


def wait_for_a_waiter() -> None:
    """A thread of this process waits for a lock: proc_locks(5) marks it with an arrow."""
    end, own = time.monotonic() + 30, f" {os.getpid()} "
    while not any("->" in line and own in line for line in Path("/proc/locks").read_text().splitlines()):
        assert time.monotonic() < end, "nobody waits for the first run"


def test_of_two_runs_at_once_one_makes_it_and_the_other_waits(cache: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()
    made, places = [], []

    def make(to: Path) -> None:
        made.append(to)
        begun.set()
        assert go_on.wait(30)

    def run() -> None:
        places.append(kept("disk", ["a"], make))

    runs = [threading.Thread(target=run) for _ in range(2)]
    runs[0].start()
    assert begun.wait(30)
    runs[1].start()
    wait_for_a_waiter()
    go_on.set()
    for one in runs:
        one.join(30)
    assert len(made) == 1
    assert places == [next(cache.glob("disk-*"))] * 2
