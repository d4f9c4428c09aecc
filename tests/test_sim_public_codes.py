"""Every MCC and MNC of public tables from which the numbering was not built: the splitter is right or says that it does not know."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from tables.derive import codes_of

from agent.sim.identity import Imsi, Plmn
from agent.sim.numbering import home_plmn

TABLES = tomllib.loads((Path(__file__).parent / "tables/codes.toml").read_text("utf-8"))
CODES, CONTRADICTED = sorted(codes_of(TABLES["codes"])), sorted(codes_of(TABLES["contradicted"]))
# Here cards of three-digit networks are known to claim two digits, and the network of two digits has closed or never had cards.
OVERRULED = {"40503", "40504", "40581", "40582", "40583", "40584", "40585", "40586", "50214"}


def cards(code: str) -> Iterator[Imsi]:
    """IMSIs of this network with every digit that may follow it."""
    return (Imsi(f"{code}{digit}".ljust(15, "0")) for digit in "0123456789")


def verdict(code: str, ef_ad: int | None) -> str:
    """What the splitter makes of the cards of one network; one wrong card makes it wrong."""
    homes = {home and home[0] for home in (home_plmn(card, ef_ad) for card in cards(code))}
    if homes - {Plmn.parse(code), None}:
        return "wrong"
    return "uncertain" if None in homes else "right"


def count(codes: list[str]) -> Counter[str]:
    """How often each verdict falls while EF_AD says nothing."""
    found = Counter(verdict(code, None) for code in codes)
    print(f"{len(codes)} codes: {dict(found)}")
    return found


def test_without_ef_ad_no_network_is_named_wrongly() -> None:
    assert count(CODES) == {"right": 2660, "uncertain": 140}


def test_a_code_of_a_length_that_the_standard_does_not_have_there_is_read_as_the_standard_says_or_not_at_all() -> None:
    # The 36 stand in one table, 334 01 in two, and are elsewhere written with a zero more or less; the 7 are Malaysia's 502 15x and in use.
    assert count(CONTRADICTED) == {"wrong": 36, "uncertain": 6, "right": 7}


def test_with_ef_ad_right_every_network_is_named_right() -> None:
    assert {code for code in CODES if verdict(code, len(code) - 3) != "right"} == OVERRULED


@pytest.mark.parametrize("code", ["310260", "302720", "405854", "502142", "311480", "208700"])
def test_ef_ad_that_claims_two_digits_of_a_three_digit_network_is_not_believed(code: str) -> None:
    assert verdict(code, 2) == "right"


def test_the_codes_are_of_every_zone() -> None:
    assert {(code[0], len(code)) for code in CODES} == set(product("2345679", (5,))) | set(product("2347", (6,)))
