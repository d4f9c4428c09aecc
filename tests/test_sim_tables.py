"""How public tables become the product's: what two of them say, or ITU-T alone, is believed."""

import tomllib
from importlib.resources import files

from tables.derive import by_mcc, codes_of, contradicted, numbering, spans

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


def test_every_mcc_of_the_product_has_a_country_or_is_nobodys() -> None:
    told = tomllib.loads(files("agent.sim").joinpath("numbering.toml").read_text("utf-8"))
    networks = {*told["only"]["two"].split(), *told["only"]["three"].split(), *told["listed"]}
    homes = [mcc for mccs in told["region"].values() for mcc in mccs.split()]
    assert len(homes) == len(set(homes))
    assert networks - set(homes) == {"901", "902", "991"}  # ITU-T: shared by all countries
    assert by_mcc(codes_of(told["doubtful"])).keys() <= networks
