"""The body of a POST, against the tables of the endpoint's contract."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from owed import NOON, listing, number

from agent.sim.identity import Iccid, Imsi, Msisdn, Plmn
from agent.slots.listing import Listing
from agent.sync.request import Endpoint, Secret, agent_name, body, facts, url

ENDPOINT = Endpoint("https://partner.example", Secret("s3cret"), "rack1")
# The contract's own example: number, country 7, operator 28967.
EXAMPLE = Listing("rack1-07", Iccid("8970100012345678901"), Msisdn("79407123456", 7), Plmn("289", "67"), Imsi("289670123456789"))


def element(one: Listing, endpoint: Endpoint = ENDPOINT, *, began: int | None = None, dated: bool = True) -> dict[str, Any]:
    starts = {} if began is None else {(one.iccid.digits, str(one.msisdn)): began}
    numbers = body([one], endpoint, starts, with_date_start=dated)["numbers"]
    assert isinstance(numbers, list)
    (only,) = numbers
    return dict(only)


def test_one_element_has_the_keys_and_types_of_the_contract() -> None:
    assert element(EXAMPLE, began=int(NOON)) == {
        "number": "+79407123456",
        "country_id": 7,
        "operator": 28967,
        "port_id": "rack1-07",
        "rent": 0,
        "date_start": 1763985600,
    }


def test_an_empty_list_is_a_message_too() -> None:
    assert body([], ENDPOINT, {}, with_date_start=True) == {"numbers": []}


@pytest.mark.parametrize("test", ["test1", "test2"])
def test_a_test_is_named_in_the_body_only_when_asked_for(test: str) -> None:
    assert body([], ENDPOINT, {}, test=test, with_date_start=True) == {"numbers": [], "test": test}


def test_the_form_with_digits_only_has_no_plus() -> None:
    assert element(EXAMPLE, replace(ENDPOINT, number_format="digits"))["number"] == "79407123456"


def test_a_three_digit_mnc_stays_three_digits_long() -> None:
    assert element(replace(EXAMPLE, plmn=Plmn("302", "072")))["operator"] == 302072


def test_the_other_reading_of_operator_is_the_first_five_digits_of_the_imsi() -> None:
    one = replace(EXAMPLE, plmn=Plmn("310", "260"), imsi=Imsi("310260123456789"))
    assert element(one, replace(ENDPOINT, operator_code="imsi5"))["operator"] == 31026


@pytest.mark.parametrize("code", ["mcc_mnc", "imsi5"])
def test_an_unknown_operator_is_left_out(code: str) -> None:
    assert "operator" not in element(replace(EXAMPLE, plmn=None, imsi=None), replace(ENDPOINT, operator_code=code))


def test_a_partner_with_ids_of_its_own_gets_them_for_the_numbers_region() -> None:
    endpoint = replace(ENDPOINT, country_ids={"KZ": 997})
    kazakh = replace(EXAMPLE, msisdn=Msisdn("77011234567", 7))
    assert [element(one, endpoint)["country_id"] for one in (kazakh, EXAMPLE)] == [997, 7]


def test_price_is_sent_only_when_the_owner_set_one() -> None:
    assert element(listing(1, price=2.5))["price"] == 2.5
    assert "price" not in element(listing(1))


def test_rent_is_what_the_owner_set() -> None:
    assert element(listing(1, rent=1))["rent"] == 1


def test_date_start_is_left_out_while_the_clock_is_not_right_or_the_beginning_unknown() -> None:
    assert "date_start" not in element(EXAMPLE, began=int(NOON), dated=False)
    assert "date_start" not in element(EXAMPLE)


def test_the_beginning_belongs_to_card_and_number_together() -> None:
    starts = {(listing(2).iccid.digits, number(1)): 1, (listing(1).iccid.digits, number(2)): 2}
    assert "date_start" not in str(body([listing(1)], ENDPOINT, starts, with_date_start=True))


@pytest.mark.parametrize("base", ["https://p.example", "https://p.example/", "https://p.example/api/resellers/sendNumbersOnline"])
def test_the_path_is_appended_once(base: str) -> None:
    assert url(replace(ENDPOINT, url=base)) == "https://p.example/api/resellers/sendNumbersOnline"


def test_a_gateways_name_cannot_break_the_user_agent() -> None:
    assert agent_name("1.2", "rack1") == "simgate/1.2 (+rack1)"
    assert agent_name("1.2", "ряд\r\nX: y").isascii()
    assert "\n" not in agent_name("1.2", "ряд\r\nX: y")


def test_the_key_is_in_no_text_of_the_endpoint() -> None:
    assert "s3cret" not in f"{ENDPOINT!r} {ENDPOINT} {ENDPOINT.api_key} {ENDPOINT.api_key!r}"


def test_what_the_endpoint_says_of_a_number_holds_for_everything_that_it_is_sent_of_it() -> None:
    others = [
        facts(replace(EXAMPLE, slot="rack1-08"), ENDPOINT),
        facts(replace(EXAMPLE, plmn=None), ENDPOINT),
        facts(replace(EXAMPLE, rent=1), ENDPOINT),
        facts(replace(EXAMPLE, price=1.0), ENDPOINT),
        facts(EXAMPLE, replace(ENDPOINT, number_format="digits")),
        facts(replace(EXAMPLE, imsi=Imsi("289687123456789")), replace(ENDPOINT, operator_code="imsi5")),
        facts(EXAMPLE, replace(ENDPOINT, country_ids={"RU": 9})),
    ]
    assert len({facts(EXAMPLE, ENDPOINT), *others}) == 8
    assert facts(replace(EXAMPLE, iccid=Iccid("8970100012345678902")), ENDPOINT) == facts(EXAMPLE, ENDPOINT), "which it is never sent"


@pytest.mark.parametrize("key", ["s3cret/with+signs", 'quote"d', "plain"])
def test_a_foreign_text_is_shown_without_the_key_however_it_is_written(key: str) -> None:
    written = [key, quote(key, safe=""), json.dumps(key)[1:-1], key.replace("/", "\\/")]
    assert Secret(key).hidden_in(f"you sent {' '.join(written)}!") == "you sent *** *** *** ***!"


def test_a_key_that_is_found_in_every_text_is_left() -> None:
    assert Secret("a").hidden_in("a bad answer") == "a bad answer"
