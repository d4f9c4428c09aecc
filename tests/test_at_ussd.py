"""What the network says to a USSD request: +CUSD as modems print it (TS 27.007 7.15), its coding (TS 23.038), the number in it."""

import pytest
from conversation import answered
from hypothesis import given
from hypothesis import strategies as st

from agent.at.dialog import Answer
from agent.at.ussd import LONGEST, Gather, Reply, texts
from agent.modems.enquiry import number_in, request
from agent.sim.identity import Msisdn

ANNA = Msisdn("447911123456", 44)
GB = "234"


def heard(*lines: str) -> Reply | None:
    """The reply that the last of these lines makes whole."""
    gather = Gather()
    for line in lines[:-1]:
        assert gather.feed(line) is None
    return gather.feed(lines[-1])


def ucs2(text: str) -> str:
    return text.encode("utf-16-be").hex().upper()


@pytest.mark.parametrize(
    ("lines", "mode", "text"),
    [
        (['+CUSD: 0,"Your number is 07911123456",15'], 0, "Your number is 07911123456"),
        (['+CUSD: 0,"Your number is 07911123456"'], 0, "Your number is 07911123456"),
        (['+CUSD:1,"1 Balance', "2 My number", '0 Back",15'], 1, "1 Balance\n2 My number\n0 Back"),
        ([f'+CUSD: 0,"{ucs2("Ваш номер 9407123456")}",72'], 0, "Ваш номер 9407123456"),
        ([f'+CUSD: 0,"{ucs2("Ваш номер")}",25'], 0, ucs2("Ваш номер")),
        ([f'+CUSD: 0,"{ucs2("Ihre Nummer")}",0'], 0, ucs2("Ihre Nummer")),
        # TS 23.038 5: 0001 0001 has a language in front, two characters as two octets.
        ([f'+CUSD: 0,"6572{ucs2("номер 12")}",17'], 0, "номер 12"),
        (["+CUSD: 0,CF2135487D2E4131DCCD25A381E02E,15"], 0, "CF2135487D2E4131DCCD25A381E02E"),
        (['+CUSD : 0 , "a, \tb" , 15'], 0, "a, \tb"),
    ],
)
def test_a_reply_is_put_together_and_decoded(lines: list[str], mode: int, text: str) -> None:
    reply = heard(*lines)
    assert reply is not None
    assert (reply.mode, reply.texts[0]) == (mode, text)


@pytest.mark.parametrize("line", ["+CUSD: 0", "+CUSD: 2", "+CUSD: 4", "+CUSD: 5,", '+CUSD: 0,"",15', "+CUSD: 2,,"])
def test_a_reply_may_have_no_text(line: str) -> None:
    reply = heard(line)
    assert reply is not None
    assert reply.texts == ()


def test_other_lines_are_no_reply_and_one_that_never_ends_ends() -> None:
    assert heard("+CREG: 1") is None
    assert heard("+CUSD: 7") is None
    assert heard('+CUSD: 0,"a', *["b"] * (LONGEST - 2)) is None
    reply = heard('+CUSD: 0,"a', *["b"] * (LONGEST - 1))
    assert reply is not None


def test_a_new_reply_takes_the_place_of_one_that_was_not_whole() -> None:
    gather = Gather()
    assert gather.feed('+CUSD: 0,"lost') is None
    assert gather.feed('+CUSD: 0,"found",15') == Reply(0, ("found",))


def test_hex_under_the_default_alphabet_may_be_packed_as_some_sticks_print_it() -> None:
    assert "OCTATOK 187.24 p." in texts("CF2135487D2E4131DCCD25A381E02E", 15)
    assert [texts(packed, 15)[-1] for packed in ("AA180C3602", "AA582C3602", "AA986C3602")] == ["*100#", "*111#", "*123#"]


def test_a_reply_shows_no_text_in_a_log() -> None:
    assert "7911" not in repr(Reply(0, ("07911123456",)))


@given(st.lists(st.text(st.sampled_from('+CUSD: 012,"47FA9\n\xe9€'), max_size=30), max_size=30), st.integers(0, 999))
def test_garbage_is_a_reply_or_none_and_no_error(lines: list[str], scheme: int) -> None:
    gather = Gather()
    for line in [*lines, *(f"+CUSD: 0,{line},{scheme}" for line in lines)]:
        reply = gather.feed(line)
        assert reply is None or all(reply.texts)


# -- the number in it --


@pytest.mark.parametrize(
    "text",
    [
        "Your number is 07911123456",
        "Your number is 07911 123-456.",
        "+447911123456",
        "+44 (7911) 123456",
        "447911123456",
        "MSISDN: 447911123456, balance 12.50",
        "07911123456 is you, the number 07911 123456 is yours. Dial *100# or 150",
        "+447911123456;447911123456",
    ],
)
def test_the_only_mobile_of_the_home_country_is_the_number(text: str) -> None:
    assert number_in([text], None, GB) == ANNA


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No number",
        "Call 150 or 02079460000",
        "Fixed: +442079460000",
        "+491713920000",
        "01713920000",
        "Win! call 07911123456 or 07911123457",
        "*100*07911123456#",
        "ref 0791112345",
        "ref 079111234567",
        "X07911123456Y",
    ],
)
def test_what_is_no_mobile_at_home_or_not_the_only_one_is_no_number(text: str) -> None:
    assert number_in([text], None, GB) is None


def test_a_network_without_a_country_has_no_number_of_its_own() -> None:
    assert number_in(["+447911123456"], None, "901") is None


def test_the_owners_pattern_says_which_number_it_is() -> None:
    text = "Help: 07911123457. Your number: 7911123456"
    assert number_in([text], r"number: (\d+)", GB) == ANNA
    assert number_in([text], r"Number: (\d+)", GB) is None
    assert number_in([text], r"Your( )number", GB) is None
    assert number_in(["Your number: 02079460000"], r"number: (\d+)", GB) is None, "no mobile"


def test_of_several_readings_of_a_text_the_first_with_a_number_counts() -> None:
    assert number_in(["garbage", "07911123456", "07911123457"], None, GB) == ANNA


# -- the request --


@pytest.mark.parametrize(
    ("characters", "sent"),
    [
        ('+CSCS: "GSM"\nOK', 'AT+CUSD=1,"*#100#",15'),
        ('+CSCS: "UCS2"\nOK', f'AT+CUSD=1,"{ucs2("*#100#")}",15'),
        (f'+CSCS: "{ucs2("UCS2")}"\nOK', f'AT+CUSD=1,"{ucs2("*#100#")}",15'),
        ("ERROR", 'AT+CUSD=1,"*#100#",15'),
    ],
)
@pytest.mark.parametrize(("said", "refusal"), [("OK", None), ("ERROR", "ERROR"), ("+CME ERROR: 30", "30"), (None, None)])
def test_the_code_goes_out_once_in_the_characters_that_the_modem_is_set_to(
    characters: str, sent: str, said: str | None, refusal: str | None
) -> None:
    talk, asked = request("*#100#"), list[str]()
    answer: Answer | None = None
    found: str | None = None
    try:
        while True:
            command = talk.send(answer) if answer else next(talk)
            asked.append(command.text)
            answer = answered(command, characters if command.text == "AT+CSCS?" else said)
    except StopIteration as done:
        found = done.value
    assert asked == ["AT+CSCS?", sent]
    assert (found is None) is (refusal is None)
    assert (refusal or "") in (found or "")
