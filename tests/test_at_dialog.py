"""One command at a time, time limits and fences, secrets, and what noise cannot do."""

import pickle

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.at.codes import Final, Kind
from agent.at.dialog import FENCES, Answer, Answered, Command, Dialog, Event, Fenced, State

CPIN = Command("AT+CPIN?", "+CPIN:", timeout=10)
CIMI = Command("AT+CIMI")
CNUM = Command("AT+CNUM", "+CNUM:")
ATV1 = Command("ATV1", numeric=True)
OK = Final(Kind.OK)
EXPIRE = "expire"

Step = Command | bytes | str


def test_a_command_goes_out_with_its_line_end() -> None:
    assert Dialog().send(CPIN) == b"AT+CPIN?\r"


def test_states_follow_the_conversation() -> None:
    dialog = Dialog()
    seen = [dialog.state]
    dialog.send(CPIN)
    seen.append(dialog.state)
    dialog.expire()
    seen.append(dialog.state)
    dialog.feed(b"\r\n+CMEE: 1\r\nOK\r\n")
    assert [*seen, dialog.state] == [State.IDLE, State.BUSY, State.LOST, State.IDLE]


def test_nothing_is_asked_while_busy_or_lost() -> None:
    dialog = Dialog()
    dialog.send(CPIN)
    with pytest.raises(RuntimeError, match=r"AT\+CIMI while busy: one command"):
        dialog.send(CIMI)
    dialog.expire()
    with pytest.raises(RuntimeError, match=r"AT\+CIMI while lost: one command"):
        dialog.send(CIMI)


def test_each_time_out_asks_another_kind_of_fence_until_none_is_left() -> None:
    dialog = Dialog()
    dialog.send(CPIN)
    assert [dialog.expire() for _ in range(6)] == [b"AT+CMEE?\r", b"AT+CSCS?\r", b"AT+IPR?\r", b"AT+CMGF?\r", b"", b""]
    assert dialog.feed(b'+CMEE: 1\r\nOK\r\n+CSCS: "GSM"\r\nOK\r\n+IPR: 115200\r\nOK\r\n+CMGF: 0\r\nOK\r\n') == [Fenced()]


def test_the_lost_command_is_never_its_own_fence() -> None:
    for fence in FENCES:
        dialog = Dialog()
        asked = dialog.send(fence)
        assert asked not in {dialog.expire() for _ in FENCES}


def test_a_fence_never_asks_for_what_the_lost_command_names() -> None:
    dialog = Dialog()
    dialog.send(Command("at+cpin?;+cmee=1"))
    assert dialog.expire() == b"AT+CSCS?\r"


# Read answers, and what test forms, errors and other lines say in their place: TS 27.007 9.1 and 5.5, V.250 6.2.10, TS 27.005 3.2.3.
@pytest.mark.parametrize(
    ("fence", "answers", "others"),
    [
        (0, ["+CMEE: 1", "+CMEE:2", "+CMEE : 0"], ["+CMEE: (0-2)", "+CMEE: 12", "+CMEE: 1,2", "+CMEE: ", "CMEE: 1", "+CMEE: x1"]),
        (1, ['+CSCS: "GSM"', "+CSCS:IRA", '+CSCS :"UCS2"'], ['+CSCS: ("GSM","UCS2")', "+CSCS: ", "+CSCA: 1"]),
        (2, ["+IPR: 115200", "+IPR:0", "+IPR : 9600"], ["+IPR: (0,9600),()", "+IPR: 9600,8", "+IPR:", "IPR: 9600", "+IPRX: 9600"]),
        (3, ["+CMGF: 0", "+CMGF:1", "+CMGF : 1"], ["+CMGF: (0,1)", "+CMGF: 2", "+CMGF: 10", "+CMGF:"]),
    ],
)
def test_a_fence_knows_its_answer(fence: int, answers: list[str], others: list[str]) -> None:
    assert [line for line in answers + others if FENCES[fence].claims(line)] == answers


def test_a_shape_begins_where_the_line_begins() -> None:
    assert Command("AT+CREG?", "+CREG:", r"\+CREG: \d").claims("+CREG: 1")
    assert not Command("AT+CREG?", "+CREG:", r"\d").claims("+CREG: 1")


def test_a_line_without_prefix_is_claimed_unless_it_looks_like_a_urc() -> None:
    assert CIMI.claims("25001")
    assert not CIMI.claims("RING", urc=True)
    assert CPIN.claims("+CPIN: READY", urc=True)


@pytest.mark.parametrize("text", ["ATD112", "atd112", "AT D112", "ATA", "ATO", "AT  O"])
def test_the_end_of_a_call_is_the_end_of_a_command_that_dials(text: str) -> None:
    dialog, command = Dialog(), Command(text)
    dialog.send(command)
    assert dialog.feed(b"BUSY\r\n") == [Answered(Answer(command, (), Final(Kind.BUSY)))]


@pytest.mark.parametrize("text", ["", "+CPIN?", "AT+CPIN?\r", "AT\nATD112", 'AT+CPIN="\x1a"', 'AT+CUSD=1,"é"', "A/", "AT\x7f", "AT\t"])
def test_what_is_not_one_printable_command_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        Command(text)


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_a_time_limit_is_a_time(timeout: float) -> None:
    with pytest.raises(ValueError, match="time limit"):
        Command("AT", timeout=timeout)


def test_a_time_limit_may_be_short_and_is_five_seconds_unless_said() -> None:
    assert (Command("AT", timeout=0.5).timeout, Command("AT").timeout) == (0.5, 5.0)


def test_a_shape_that_is_no_regular_expression_is_refused() -> None:
    with pytest.raises(ValueError, match="regular expression"):
        Command("AT", shape="(")


def test_a_urc_of_the_profile_that_is_no_regular_expression_is_refused() -> None:
    with pytest.raises(ValueError, match="regular expression"):
        Dialog(["["])


def test_no_text_of_a_command_or_an_answer_shows_a_secret() -> None:
    pin, imsi = Command('AT+CPIN="4711"'), Answer(CIMI, ("250010000000000",), OK)
    assert "4711" not in f"{pin} {pin!r} {Answer(pin, (), OK)}"
    assert "25001" not in f"{imsi} {imsi!r}"
    assert str(CPIN) == "AT+CPIN?"
    assert repr(pin) == "Command('AT+CPIN=…')"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('at+cpin="4711"', "at+cpin=…"),
        ("AT+CPIN =4711,1234", "AT+CPIN =…"),
        ('AT+CPWD="SC","4711","1234"', "AT+CPWD=…"),
        ('AT+CLCK="SC",0,"4711"', "AT+CLCK=…"),
    ],
)
def test_every_command_that_carries_a_pin_hides_it(text: str, shown: str) -> None:
    assert str(Command(text)) == shown


def test_an_answer_is_as_good_as_its_final_result_code() -> None:
    assert Answer(CPIN, (), OK).ok
    assert not Answer(CPIN, (), Final(Kind.TIMEOUT)).ok


@pytest.mark.parametrize(
    ("echo", "echoed"), [(b"AT+CPIN?\r", True), (b"at+cpin?\r", True), (b"N?\r", False), (b"", False), (b"\r\nRDY\r\n", False)]
)
def test_an_answer_knows_whether_the_question_came_back_with_it(echo: bytes, echoed: bool) -> None:
    dialog = Dialog()
    for _ in range(2):
        dialog.send(CPIN)
        (answered,) = [event for event in dialog.feed(echo + b"\r\n+CPIN: READY\r\n\r\nOK\r\n") if isinstance(event, Answered)]
        assert answered.answer.echoed is echoed
    dialog.send(CIMI)
    assert dialog.feed(b"\r\nERROR\r\n") == [Answered(Answer(CIMI, (), Final(Kind.ERROR), echoed=False))]


def test_what_has_come_of_an_answer_can_be_looked_at_until_it_ends() -> None:
    dialog = Dialog()
    looks = [dialog.taken]
    dialog.send(CPIN)
    dialog.feed(b"\r\nRING\r\n+CPIN: READY\r\n")
    looks.append(dialog.taken)
    dialog.expire()
    assert [*looks, dialog.taken] == [(), ("+CPIN: READY",), ()]


def test_an_endless_answer_is_kept_to_its_bound() -> None:
    dialog = Dialog()
    dialog.send(CNUM)
    (event,) = dialog.feed(b"+CNUM: 1\r\n" * 300 + b"OK\r\n")
    assert isinstance(event, Answered)
    assert len(event.answer.lines) == 256


def test_an_overlong_line_is_counted_and_harms_nothing() -> None:
    dialog = Dialog()
    dialog.send(CPIN)
    assert dialog.feed(b"x" * 5000 + b"\r\n+CPIN: READY\r\nOK\r\n") == [Answered(Answer(CPIN, ("+CPIN: READY",), OK))]
    assert dialog.overlong == 1


NOISE = st.one_of(
    st.binary(max_size=64),
    st.sampled_from(
        [
            b"\r\n",
            b"OK\r\n",
            b"> ",
            b"+CMT: ,1\r\n",
            b"+CPIN: READY\r\n",
            b"+CMEE: 1\r\n",
            b"RING\r\n",
            b"NO CARRIER\r\n",
            b"0\r",
            b"AT+CPIN?\r",
        ]
    ),
    st.sampled_from([CPIN, CIMI, ATV1, EXPIRE]),
)


@given(st.lists(NOISE, max_size=40))
def test_noise_never_raises(steps: list[Step]) -> None:
    dialog = Dialog()
    for step in steps:
        if isinstance(step, bytes):
            dialog.feed(step)
        elif isinstance(step, str):
            dialog.expire()
        elif dialog.state is State.IDLE:
            dialog.send(step)


@pytest.mark.parametrize("noise", [b"\xa5" * 997, b"+CPIN: READY\r\n+CMT: ,1\r\n", b"> ", b"25001\r\n", b"\0\r\n"])
def test_endless_noise_takes_no_memory(noise: bytes) -> None:
    dialog = Dialog()
    dialog.send(CIMI)
    for turn in range(2):
        for _ in range(50_000 // len(noise)):
            dialog.feed(noise * 4)
        assert len(pickle.dumps(dialog)) < 20_000
        if turn == 0:
            dialog.expire()


class Modem:
    """Answers in order, or loses a question; what it says waits in a pipe."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.pipe = b""

    def answer(self) -> None:
        text = self.asked.pop(0).decode().strip()
        said = text.replace("AT+CPBR=", "+CPBR: ").replace("AT", "").replace("?", ": 0")
        self.pipe += f"\r\n{said}\r\n\r\nOK\r\n".encode()


ACTIONS = st.lists(st.sampled_from(["ask", "ask", "expire", "answer", "answer", "lose", "read", "read", "nibble"]), max_size=60)


@settings(max_examples=300)
@given(ACTIONS)
@example(["ask", "expire", "expire", "answer", "answer", "read", "answer", "read", "ask", "answer", "read"])
def test_a_late_answer_never_lands_on_another_question(actions: list[str]) -> None:
    dialog, modem, asked = Dialog(), Modem(), 0
    for action in [*actions, "answer", "read"]:
        events: list[Event] = []
        if action == "ask" and dialog.state is State.IDLE:
            asked += 1
            modem.asked.append(dialog.send(Command(f"AT+CPBR={asked}", "+CPBR:")))
        elif action == "expire" and dialog.state is not State.IDLE:
            modem.asked += [octets] if (octets := dialog.expire()) else []
        elif action == "answer" and modem.asked:
            modem.answer()
        elif action == "lose" and modem.asked:
            modem.asked.pop(0)
        elif action in ("read", "nibble"):
            size = 5 if action == "nibble" else len(modem.pipe)
            events, modem.pipe = dialog.feed(modem.pipe[:size]), modem.pipe[size:]
        for event in events:
            assert isinstance(event, Answered | Fenced)
            if isinstance(event, Answered):
                assert event.answer.lines == (f"+CPBR: {asked}",)
            # Nothing is left over for the next question.
            assert not modem.pipe.strip()
            assert not modem.asked


@given(st.lists(st.booleans(), min_size=len(FENCES) - 1, max_size=len(FENCES) - 1))
def test_a_modem_that_comes_back_is_fenced_whatever_it_has_lost(lost: list[bool]) -> None:
    dialog, modem = Dialog(), Modem()
    modem.asked.append(dialog.send(Command("AT+CPBR=1", "+CPBR:")))
    for one in lost:
        modem.asked.append(dialog.expire())
        if one:
            modem.asked.pop()
    modem.asked.append(dialog.expire())
    while modem.asked:
        modem.answer()
    assert dialog.feed(modem.pipe) == [Fenced()]
