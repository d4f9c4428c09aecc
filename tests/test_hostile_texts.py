"""Texts too long or too deep for a library underneath: told as what is wrong, never as the library's own error."""

from pathlib import Path

import pytest

from agent.errors import NoteError
from agent.modems.notes import parse_note
from agent.settings.file import check
from agent.sim.owners import read_csv

LONGEST_INT = f"0x{'f' * 5000}"  # TOML has no bound, repr() and JSON have
DEEP = "(" * 3000
SLOT = '[gateway]\nid = "g"\n[endpoint]\nurl = "https://x"\n[[slot]]\nname = "a"\ntty = "/x"\n'


@pytest.mark.parametrize(
    ("front", "told"),
    [
        ('[[iccid]]\nsend = "ATI"\nprefix = [""]\ndecoder = []', "6: iccid.decoder: must be a string"),
        ('[[iccid]]\nsend = "ATI"\nprefix = [""]\ndecoder = {}', "6: iccid.decoder: must be a string"),
        (f'[[iccid]]\nsend = "ATI"\nprefix = [""]\ndecoder = {LONGEST_INT}', "6: iccid.decoder: must be a string"),
        (f"limits = {{ a = {'1' * 9999} }}", "3: the front matter is no TOML"),
        (f"iccid = {'[' * 9999}", "3: the front matter is no TOML"),
        (f"[hot_swap]\nhints = ['{DEEP}']", "4: hot_swap.hints: "),
        (f"[match]\nmodel = '{DEEP}'", "4: match.model: "),
    ],
)
def test_a_note_is_refused_with_line_and_key(front: str, told: str) -> None:
    with pytest.raises(NoteError) as caught:
        parse_note("x", f'+++\nname = "x"\n{front}\n+++\n')
    assert str(caught.value).startswith(f"firmware-notes/x.md:{told}")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (f"rent = {LONGEST_INT}\n", '[[slot]] "a" rent: is out of range'),
        (f"[timing]\nlease = {LONGEST_INT}\n", "timing.lease: is out of range"),
        (f"[endpoint.country_ids]\nKZ = {LONGEST_INT}\n", "endpoint.country_ids: has no integer from 1 to 1000000000 for KZ"),
        (f"[[ussd]]\nplmn = '23415'\ncode = '*100#'\npattern = '{DEEP}'\n", "[[ussd]] 1 pattern: is no regular expression"),
    ],
)
def test_a_configuration_is_refused_with_its_key(more: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "simgate.toml"
    file.write_text(SLOT + more)
    (said,) = check(file)
    assert said.startswith(f"{file}: {told}")
    assert len(said) < 500


@pytest.mark.parametrize(
    "text", ["iccid,number\n8944200053671052499,+447911123456\n" + "1" * 200_000, 'iccid,number\n"' + "1,2\n" * 50_000]
)
def test_a_table_with_an_endless_field_is_refused_with_its_line(text: str) -> None:
    _, wrong = read_csv(text)
    assert any("never closed" in one for one in wrong)
    assert all(one.partition(":")[0].isdigit() for one in wrong)
