"""How public tables become the product's: what two of them say, or ITU-T alone, is believed."""

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from tables.derive import by_mcc, codes_of, contradicted, numbering, spans

from agent.sim.numbering import region

TABLES = Path(__file__).parent / "tables"
TOLD = tomllib.loads(files("agent.sim").joinpath("numbering.toml").read_text("utf-8"))
KNOWN, EXCEPTIONS = (tomllib.loads((TABLES / name).read_text("utf-8")) for name in ("known.toml", "exceptions.toml"))
NOTHING: dict[str, str] = {}


def codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


def test_neighbours_of_one_width_make_a_range() -> None:
    assert spans(["07", "01", "02", "03", "700", "701", "099", "100"]) == "01-03 07 099-100 700-701"
    assert codes_of({"208": "01-03 07 099-100", "310": "260"}) == codes("20801 20802 20803 20807 208099 208100 310260")


def test_an_mcc_whose_networks_agree_has_one_length() -> None:
    only, listed, doubtful = numbering(codes("23415 310260"), [codes("23410"), codes("310410")], NOTHING)
    assert (only, listed, doubtful) == ({2: {"234"}, 3: {"310"}}, {}, {})


def test_an_mcc_that_mixes_them_lists_what_can_be_split() -> None:
    _, listed, _ = numbering(codes("20801 20802 20826 208260 208700"), [codes("20801")], NOTHING)
    assert listed == {"208": "01-02 700"}


def test_a_stray_length_needs_two_witnesses_or_the_standard() -> None:
    stray, rest = codes("262901"), codes("26201 26202")
    assert numbering(rest, [stray, rest], NOTHING) == ({2: {"262"}, 3: set()}, {}, {"262": "901"})
    assert numbering(rest, [stray, stray], NOTHING) == ({2: set(), 3: set()}, {"262": "01-02 901"}, {})
    assert numbering(rest | stray, [rest], NOTHING) == ({2: set(), 3: set()}, {"262": "01-02 901"}, {})


def test_what_is_known_to_be_doubtful_is_not_counted() -> None:
    assert numbering(codes("722010 722070"), [codes("72207"), codes("72207")], {"722": "07"}) == ({2: set(), 3: {"722"}}, {}, {"722": "07"})


def test_a_length_that_the_standard_has_nowhere_contradicts_it() -> None:
    assert contradicted(codes("31026 310260 26201 99101"), codes("310260 26201 262901")) == {"31026"}


def test_where_the_lengths_are_as_many_both_need_a_second_witness() -> None:
    sure = codes("37412 374140")
    assert numbering(sure, [codes("37401 374129")], NOTHING)[1:] == ({"374": "12 140"}, {"374": "01 129"})


def test_the_product_knows_what_the_tables_say_and_no_more() -> None:
    only, listed, doubtful = numbering(
        codes_of(KNOWN["known"]), [codes_of(KNOWN["alone"]), codes_of(EXCEPTIONS["ef_ad_wrong"])], EXCEPTIONS["doubtful"]
    )
    assert {length: set(TOLD["only"][word].split()) for length, word in ((2, "two"), (3, "three"))} == only
    assert (TOLD["listed"], TOLD["doubtful"]) == (listed, doubtful)
    assert TOLD["ef_ad_wrong"] == EXCEPTIONS["ef_ad_wrong"]


def test_an_mcc_is_in_a_country_where_another_table_has_it_too() -> None:
    for mcc, regions in tomllib.loads((TABLES / "codes.toml").read_text("utf-8"))["region"].items():
        assert region(mcc) in regions.split()


# Assigned since, or reserved: ITU-T E.212, list of 2023; 995 by its users alone.
LATER = {
    "430": "AE",
    "431": "AE",
    "461": "CN",
    "742": "GF",
    "535": "GU",
    "406": "IN",
    "995": "IO",
    "534": "MP",
    "423": "PS",
    "658": "SH",
    "554": "TK",
    "312": "US",
    "314": "US",
    "315": "US",
    "225": "VA",
    "332": "VI",
    "543": "WF",
    "221": "XK",
}


@pytest.mark.parametrize(("mcc", "home"), LATER.items())
def test_an_mcc_that_the_other_table_lacks_is_in_its_country(mcc: str, home: str) -> None:
    assert region(mcc) == home


def test_a_country_without_an_mcc_is_reached_through_its_neighbours() -> None:
    assert TOLD["region_also"] == {"340": ["GF", "MQ"], "362": ["SX"], "425": ["PS"], "505": ["NF"]}


def test_every_mcc_of_the_product_has_a_country_or_is_nobodys() -> None:
    networks = {*TOLD["only"]["two"].split(), *TOLD["only"]["three"].split(), *TOLD["listed"]}
    homes = [mcc for mccs in TOLD["region"].values() for mcc in mccs.split()]
    assert len(homes) == len(set(homes))
    assert networks - set(homes) == {"901", "902", "991"}  # ITU-T: shared by all countries
    assert by_mcc(codes_of(TOLD["doubtful"])).keys() <= networks
