"""PINs: what is asked before one goes out, when it must not, and what its answer means (TS 27.007 8.3, 8.65, 9.2; TS 102 221 11.1.9)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

import pytest
from conversation import answered
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sim_talk import CRSM_ICCID, EC25, EF_ICCID, GENERIC, ICCID, OTHER

from agent.at.dialog import Answer, Command
from agent.modems.greet import Talk
from agent.modems.notes import Ask
from agent.modems.pin import Locked, Outcome, Try, approach, attempts, enter, lost, refused, why_not

T = TypeVar("T")

CPINR = "AT+CPINR"
LOCKED: dict[str, str | None] = {
    "AT+CPIN?": "+CPIN: SIM PIN\nOK",
    CRSM_ICCID: EF_ICCID,
    CPINR: "+CPINR: SIM PUK,10,10\n+CPINR: SIM PIN,3,3\nOK",
}
VENDOR = replace(GENERIC, pin_attempts=(Ask("AT+QPINC?", ("+QPINC:",), 5, "qpinc"),))
WAITING = Locked(ICCID, GENERIC.iccid[0], 3)
TAKEN, REFUSED, UNKNOWN = Outcome.TAKEN, Outcome.REFUSED, Outcome.UNKNOWN


def hold(talk: Talk[T], said: Mapping[str, str | None]) -> tuple[T, list[str]]:
    """Its result, and what it asked; ERROR to what `said` does not have."""
    asked: list[str] = []
    answer: Answer | None = None
    try:
        while True:
            command = talk.send(answer) if answer else next(talk)
            asked.append(command.text)
            answer = answered(command, said.get(command.text, "ERROR"))
    except StopIteration as done:
        return done.value, asked


# -- before the PIN --


def test_the_card_is_named_and_its_attempts_are_asked_before_any_pin() -> None:
    assert hold(approach(GENERIC), LOCKED) == (WAITING, ["AT+CPIN?", CRSM_ICCID, CPINR])


def test_the_makers_way_to_ask_comes_first_and_the_standard_one_where_it_fails() -> None:
    sayings = {**LOCKED, "AT+QPINC?": '+QPINC: "SC",2,10\n+QPINC: "P2",3,10\nOK'}
    assert hold(approach(VENDOR), sayings) == (replace(WAITING, left=2), ["AT+CPIN?", CRSM_ICCID, "AT+QPINC?"])
    assert hold(approach(VENDOR), LOCKED)[0] == WAITING


@pytest.mark.parametrize("said", ["ERROR", "+CME ERROR: 4", "+CME ERROR: 3", "+CME ERROR: 100", "COMMAND NOT SUPPORT"])
def test_a_modem_without_the_question_cannot_be_asked(said: str) -> None:
    assert hold(attempts(GENERIC), {CPINR: said})[0] is None


@pytest.mark.parametrize("said", [None, "+CME ERROR: 14", "+CME ERROR: 13", "+CME ERROR: 515", "OK", "+CPINR: SIM PUK,10,10\nOK"])
def test_a_modem_that_does_not_say_now_gets_no_pin_now(said: str | None) -> None:
    found, _ = hold(approach(GENERIC), {**LOCKED, CPINR: said})
    assert isinstance(found, str)
    assert "attempts" in found


@pytest.mark.parametrize(
    "said", ["+CPIN: SIM PUK\nOK", "+CPIN: PH-NET PIN\nOK", "+CPIN: READY\nOK", "+CME ERROR: 12", "+CME ERROR: 10", None]
)
def test_only_a_card_that_wants_its_pin_is_approached(said: str | None) -> None:
    found, asked = hold(approach(GENERIC), {**LOCKED, "AT+CPIN?": said})
    assert isinstance(found, str)
    assert found
    assert CRSM_ICCID not in asked


def test_a_card_that_hides_its_iccid_gets_no_pin() -> None:
    found, asked = hold(approach(GENERIC), {**LOCKED, CRSM_ICCID: "ERROR"})
    assert "ICCID" in str(found)
    assert CPINR not in asked


# -- whether it may go out --


@pytest.mark.parametrize("left", [2, 3, 10])
@pytest.mark.parametrize(
    "tries",
    [
        [],
        [Try(True, 3, TAKEN)],
        [Try(False, 3, REFUSED)],
        [Try(False, None, REFUSED), Try(True, 3, TAKEN)],
        [Try(True, 2, UNKNOWN)],
        [Try(False, None, UNKNOWN)],
    ],
)
def test_with_two_attempts_left_a_pin_that_was_not_refused_may_go_out(tries: list[Try], left: int) -> None:
    assert why_not(tries, left) is None


@pytest.mark.parametrize("left", [0, 1])
@pytest.mark.parametrize("tries", [[], [Try(True, 3, TAKEN)]])
def test_the_last_attempt_belongs_to_a_person(tries: list[Try], left: int) -> None:
    assert f"{left} attempt" in (why_not(tries, left) or "")
    assert "telephone" in (why_not(tries, left) or "")


@pytest.mark.parametrize("left", [None, 0, 1, 2, 3, 10])
def test_a_refused_pin_is_never_tried_again(left: int | None) -> None:
    why = why_not([Try(True, 3, REFUSED), Try(False, 2, TAKEN)], left)
    assert why == refused(left)
    assert "was refused" in why


@pytest.mark.parametrize(("left", "goes"), [(None, False), (0, False), (1, False), (2, False), (3, True), (10, True)])
@pytest.mark.parametrize("tries", [[], [Try(True, 3, TAKEN)], [Try(False, 3, REFUSED)]])
def test_where_lines_of_the_ledger_were_lost_a_pin_goes_only_to_a_card_with_all_its_attempts(
    tries: list[Try], left: int | None, goes: bool
) -> None:
    why = why_not(tries, left, doubt=True)
    assert (why is None) == goes
    assert goes or "telephone" in (why or "")


@pytest.mark.parametrize("left", [None, 2, 3])
def test_doubt_never_lets_a_refused_pin_out(left: int | None) -> None:
    assert why_not([Try(True, 3, REFUSED)], left, doubt=True) == refused(left)


def test_an_attempt_that_is_gone_tells_what_became_of_a_pin_that_nobody_heard_of() -> None:
    assert why_not([Try(True, 3, UNKNOWN)], 2) == refused(2)
    assert why_not([Try(True, 3, UNKNOWN)], 3) is None


def test_a_pin_that_went_out_unheard_where_attempts_could_not_be_asked_is_not_tried_again_where_they_can() -> None:
    assert "was not heard" in (why_not([Try(True, None, UNKNOWN)], 3) or "")


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("same", [True, False])
def test_where_attempts_cannot_be_asked_one_pin_goes_out_once_ever(same: bool, outcome: Outcome) -> None:
    assert why_not([], None) is None
    assert why_not([Try(same, None, outcome)], None) is not None
    assert why_not([Try(same, 3, outcome)], None) is not None


def test_what_a_refusal_tells_to_do() -> None:
    assert refused(2) == "the PIN in the configuration was refused: 2 attempts left; correct [[card]] pin"
    assert refused(1).startswith("the PIN in the configuration was refused: 1 attempt left; ")
    assert all("telephone" in refused(left) for left in (0, 1, None))


# -- the PIN --


def test_the_pin_goes_only_to_the_very_card_that_was_approached() -> None:
    (outcome, why), asked = hold(enter(GENERIC, WAITING, "1234"), {CRSM_ICCID: f'+CRSM: 144,0,"{OTHER}"\nOK'})
    assert (outcome, asked) == (UNKNOWN, [CRSM_ICCID])
    assert "changed" in why
    assert "1234" not in why


@pytest.mark.parametrize(
    ("said", "left", "outcome"),
    [
        ("OK", 3, TAKEN),
        ("+CPIN: READY\n\nOK", 3, TAKEN),
        ("+CME ERROR: 16", 2, REFUSED),
        ("+CME ERROR: incorrect password", 2, REFUSED),
        ("+CME ERROR: 12", 0, REFUSED),
        ("ERROR", 2, REFUSED),
        (None, 2, REFUSED),
        ("ERROR", 3, UNKNOWN),
        (None, 3, UNKNOWN),
        ("+CME ERROR: 3", 3, UNKNOWN),
        ("+CME ERROR: 14", 3, UNKNOWN),
    ],
)
def test_what_became_of_a_pin_is_what_the_modem_says_or_what_the_attempts_tell(said: str | None, left: int, outcome: Outcome) -> None:
    sayings = {**LOCKED, 'AT+CPIN="1234"': said, CPINR: f"+CPINR: SIM PIN,{left},3\nOK"}
    (found, why), asked = hold(enter(GENERIC, WAITING, "1234"), sayings)
    assert found is outcome
    assert (why == refused(left)) is (outcome is REFUSED)
    assert bool(why) is (outcome is not TAKEN)
    assert asked.count('AT+CPIN="1234"') == 1
    assert "1234" not in why


def test_the_attempts_of_a_puk_are_not_taken_for_those_of_the_pin() -> None:
    sayings = {**LOCKED, 'AT+CPIN="1234"': "+CME ERROR: 12", CPINR: "+CPINR: SIM PIN,10\nOK"}
    assert hold(enter(GENERIC, WAITING, "1234"), sayings)[0] == (REFUSED, refused(0))


def test_no_talk_enters_a_puk_or_asks_twice() -> None:
    for talk in (approach(EC25), enter(GENERIC, WAITING, "1234"), attempts(VENDOR)):
        _, asked = hold(talk, {**LOCKED, "AT+CPIN?": "+CPIN: SIM PUK\nOK", 'AT+CPIN="1234"': "+CME ERROR: 12"})
        assert not [text for text in asked if "PUK" in text or text.count('","')]
        assert len([text for text in asked if text.startswith("AT+CPIN=")]) <= 1


def test_a_command_with_a_pin_never_shows_it() -> None:
    command = Command('AT+CPIN="1234"')
    answer = answered(command, "+CME ERROR: 16")
    assert not any("1234" in shown for shown in (str(command), repr(command), repr(answer), f"{answer}"))
    with pytest.raises(ValueError, match="time limit") as caught:
        Command('AT+CPIN="1234"', timeout=0)
    assert "1234" not in str(caught.value)


# -- whatever happens --

PINS = ("1111", "2222", "3333", "9999")
# The configured PIN; at which point the agent is killed; whether the attempts can be asked this time.
lives = st.lists(st.tuples(st.sampled_from(PINS), st.sampled_from(["before", "after", "never"]), st.booleans()), max_size=12)


@example([("1111", "after", True), ("9999", "never", True), ("1111", "never", True)], "9999", 3)
@settings(max_examples=500)
@given(lives, st.sampled_from(PINS), st.integers(0, 3))
def test_whatever_is_configured_and_killed_no_wrong_pin_is_tried_twice_and_the_last_attempt_stays(
    lives: list[tuple[str, str, bool]], right: str, left: int
) -> None:
    first, presented, ledger = left, list[str](), list[tuple[str, int | None, Outcome]]()
    for pin, killed, askable in lives:
        said = left if askable else None
        ledger = [(one, before, REFUSED if lost(Try(False, before, out), said) else out) for one, before, out in ledger]
        if left == 0 or why_not([Try(pin == one, before, out) for one, before, out in ledger], said) is not None:
            continue
        assert said is None or said >= 2
        ledger.append((pin, said, UNKNOWN))
        if killed == "before":
            continue
        presented.append(pin)
        left = 3 if pin == right else left - 1
        if killed == "never":
            ledger[-1] = (pin, said, TAKEN if pin == right else REFUSED)
    wrong = [pin for pin in presented if pin != right]
    blind = sum(before is None for _, before, _ in ledger)
    assert len(wrong) == len(set(wrong))
    assert blind <= 1
    assert left >= min(first, 1) - blind
