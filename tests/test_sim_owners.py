"""The owner's table of numbers: CSV as people and spreadsheets write it, and numbers that cannot belong to two SIMs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.sim.identity import Iccid, Msisdn
from agent.sim.owners import clash, overruled, read_csv, write_csv

ONE, TWO, THREE = Iccid("8944200053671052499"), Iccid("89860318760105620212"), Iccid("898600700907A6019125")
ANNA, BERT = Msisdn("447911123456", 44), Msisdn("491713920000", 49)


@pytest.mark.parametrize(
    "text",
    [
        "iccid,number\n8944200053671052499,+447911123456\n89860318760105620212,+491713920000\n",
        "\ufeffICCID;Number\r\n8944200053671052499;+44 7911 123456\r\n89860318760105620212;+491713920000\r\n",
        'iccid, number\n"8944200053671052499", "+447911123456"\n\n,\n89860318760105620212,+491713920000',
        "iccid,number\n984402003576012594F9,+447911123456\n98683081671050262021,+491713920000\n",
    ],
    ids=["plain", "spreadsheet", "quoted", "as the card holds it"],
)
def test_a_table_is_read_however_it_was_saved(text: str) -> None:
    assert read_csv(text) == ({ONE: ANNA, TWO: BERT}, [])


def test_an_iccid_with_letters_is_one() -> None:
    assert read_csv("iccid,number\n898600700907a6019125,+491713920000\n") == ({THREE: BERT}, [])


@pytest.mark.parametrize("text", ["", "\n", "number,iccid\n", "8944200053671052499,+447911123456\n", "iccid\n", "iccid,number,name\n"])
def test_a_file_without_the_header_is_refused_whole(text: str) -> None:
    owned, wrong = read_csv(text)
    assert owned == {}
    assert wrong == ["1: no header; write iccid,number into the first line"]


def test_every_wrong_line_is_told_with_its_number_and_mend() -> None:
    lines = [
        "iccid,number",
        "8944200053671052499,+447911123456",
        "8944,+447911123457",
        "89860318760105620212,07911123457",
        "8.94420005367105E+18,+447911123457",
        "89860318760105620212",
        "89860318760105620212,+447911123457,x",
        "8944200053671052499,+491713920000",
        "",
        "89860318760105620212,+447911123456",
        "89860318760105620212,+44791",
    ]
    owned, wrong = read_csv("\n".join(lines))
    assert owned == {ONE: ANNA}
    assert [one.partition(":")[0] for one in wrong] == ["3", "4", "5", "6", "7", "8", "10", "11"]
    assert all(";" in one for one in wrong)
    told = "\n".join(wrong)
    assert "plus" in told
    assert "spreadsheet" in told
    assert "ICCID stands in line 2" in told
    assert "number stands in line 2" in told
    assert not any(secret in told for secret in (ONE.digits, TWO.digits, "7911123"))


numbers = st.integers(7911000000, 7911999999).map(lambda n: Msisdn(f"44{n}", 44))
iccids = st.integers(0, 999_999).map(lambda n: Iccid(f"8944200053671{n:06}"))


@given(st.dictionaries(iccids, numbers, max_size=20))
def test_what_is_exported_can_be_imported(owned: dict[Iccid, Msisdn]) -> None:
    unique = {number: iccid for iccid, number in owned.items()}
    table = {iccid: number for number, iccid in unique.items()}
    assert read_csv(write_csv(table)) == (table, [])


@given(st.text(max_size=80) | st.text(st.sampled_from('iccid,number\n89";+\r\x85\x1c\x00'), max_size=80).map("iccid,number\n".__add__))
def test_any_text_gives_numbers_or_lines_that_are_wrong_and_no_error(text: str) -> None:
    owned, wrong = read_csv(text)
    assert all(one.split(":")[0].isdigit() for one in wrong)
    assert owned == {} or text.lower().lstrip("\ufeff").startswith("iccid")


# -- two SIMs, one number --


def test_a_number_belongs_to_one_sim() -> None:
    assert clash({TWO: ANNA}, {ONE: ANNA}, {}) is not None
    assert clash({TWO: ANNA}, {}, {ONE: ANNA}) is not None
    assert clash({ONE: ANNA, TWO: ANNA}, {}, {}) is not None
    assert clash({ONE: ANNA}, {ONE: BERT}, {ONE: ANNA}) is None
    assert clash({ONE: BERT}, {TWO: ANNA}, {ONE: ANNA}) is None, "what was there before is not the fault of this one"
    assert ONE.digits not in (clash({TWO: ANNA}, {ONE: ANNA}, {}) or "")


def test_two_sims_may_change_numbers_at_once() -> None:
    assert clash({ONE: BERT, TWO: ANNA}, {ONE: ANNA, TWO: BERT}, {}) is None


def test_a_number_that_the_configuration_overrules_is_told() -> None:
    assert overruled([ONE], {ONE: ANNA}, {ONE: ANNA}) == []
    assert overruled([TWO], {ONE: ANNA}, {TWO: BERT}) == []
    (told,) = overruled([ONE], {ONE: ANNA}, {ONE: BERT})
    assert "+447911123456" in told
    assert "[[card]] wins" in told
