"""Each planted bug fits the agent of now, and the simulation finds one; `python -m tests.simulation.planted` hunts them all."""

import ast
from pathlib import Path

import pytest
from simulation import planted
from simulation.planted import Bug, Slip

BUGS = planted.bugs()


def test_there_are_more_than_twenty_bugs_and_no_name_twice() -> None:
    assert len({bug.name for bug in BUGS}) == len(BUGS) > 20


@pytest.mark.parametrize("bug", BUGS, ids=[bug.name for bug in BUGS])
def test_a_bug_fits_the_agent_of_now(bug: Bug) -> None:
    sources = {slip.file: (planted.ROOT / slip.file).read_text("utf-8") for slip in bug.slips}
    before = dict(sources)
    for slip in bug.slips:
        assert slip.file.startswith("agent/"), "a bug is the agent's, never the world's"
        sources[slip.file] = planted.planted(sources[slip.file], slip)
    for file, source in sources.items():
        assert ast.dump(ast.parse(source)) != ast.dump(ast.parse(before[file]))


@pytest.mark.parametrize("text", ["", "a b a"])
def test_a_text_that_does_not_stand_exactly_once_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="not once"):
        planted.planted(text, Slip("agent/x.py", "a", "b"))


def test_the_tree_stays_as_it_is_and_the_copy_has_the_bug() -> None:
    bug = next(bug for bug in BUGS if bug.name == "an empty line keeps the card")
    (slip,) = bug.slips
    with planted.copy(bug) as home:
        assert slip.old not in (home / slip.file).read_text("utf-8")
        gone: Path = home
    assert slip.old in (planted.ROOT / slip.file).read_text("utf-8")
    assert not gone.exists()


@pytest.mark.timeout(180)  # a slow board
def test_a_planted_bug_is_caught_by_a_seed_that_the_agent_survives(capsys: pytest.CaptureFixture[str]) -> None:
    assert planted.main(["--bug", "an empty line keeps the card", "--runs", "10", "--days", "0.1"]) == 0
    assert "1 of 1 bugs caught; seeds that the agent without a bug breaks too: none" in capsys.readouterr().out


@pytest.mark.timeout(180)
def test_a_bug_that_no_seed_finds_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert planted.main(["--bug", "no back-off", "--runs", "1", "--days", "0.001"]) == 1
    assert "NOT CAUGHT" in capsys.readouterr().out
