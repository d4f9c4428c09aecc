"""What a person is told of a modem's recovery: of one that is well again not the trouble that is over."""

from typing import Any

import pytest

from agent.cli.one_slot import slot_table
from agent.watch.details import below
from agent.watch.example import rack

SILENT = "the modem does not answer"


def slot(rung: str, *, on_sale: bool, again: bool) -> dict[str, Any]:
    done = {"rung": rung, "attempts": 2, "when": 1, "why": SILENT, "next": 160 if again else None}
    why = None if on_sale else "another trouble"
    return {**rack()["slots"][0], "on_sale": on_sale, "why": why, "recovery": done}


@pytest.mark.parametrize(
    ("rung", "on_sale", "again", "words", "why"),
    [
        ("ask", True, False, "", False),
        ("modem_reset", True, False, "modem restarted", False),
        ("ask", True, True, "asked again", True),
        ("modem_reset", True, True, "modem restarted", True),
        ("ask", False, True, "asked again", True),
        ("quarantine", False, False, "in quarantine", True),
    ],
    ids=["well", "well after a restart", "fading", "fading after a restart", "off sale", "quarantined"],
)
def test_what_is_over_is_told_as_over(
    rung: str, on_sale: bool, again: bool, words: str, why: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    one = slot(rung, on_sale=on_sale, again=again)
    slot_table([one])
    table = capsys.readouterr().out
    watched = "\n".join(line.plain for line in below(one, 100.0, 120, 9))
    for told in (table, watched):
        assert (SILENT in told, words in told) == (why, True)
        assert ("try 2" in told) == bool(words)
