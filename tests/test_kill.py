"""A few rounds of `python -m tests.kill`, and that it can fail."""

from pathlib import Path

import pytest
from killing import LOCKED, killer


async def test_a_killed_agent_comes_back_to_the_truth_and_owes_what_it_owed(tmp_path: Path) -> None:
    async with killer(tmp_path, 3, modems=4) as found:
        await found.rounds(2)
    assert sum(count for what, count in found.counts.items() if what.startswith("killed")) >= 2
    sim = found.rack.slot(LOCKED).modem.sim
    assert sim is not None
    assert sim.attempts == 2, "the wrong PIN was tried once"


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("import agent.sync.ledger as m; m.Ledger.pin_tries = lambda *_: []", "a wrong PIN has reached the SIM more than once"),
        (
            "import agent.keeping.keeper as m, dataclasses; f = m.first; m.first = lambda **k: dataclasses.replace(f(**k), spoken=True)",
            "the SIM that never moves is not on the list",
        ),
    ],
)
async def test_a_broken_agent_is_caught(broken: str, told: str, tmp_path: Path) -> None:
    async with killer(tmp_path, 1, modems=3, broken=broken) as found:
        with pytest.raises(AssertionError, match=told):
            await found.rounds(5)  # most often the first; which moments the kills meet is the machine's business
