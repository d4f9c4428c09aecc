"""What is overheard at a modem's port: bounded, line by line, without anybody's identity; and the diary of a slot."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from identities import forms
from test_scrub import ASKED, FORMS, ICCID, IMSI, Form, people

from agent.modems.dialogue import PIECE, ROOM, Dialogue
from agent.modems.transcripts import Mark
from agent.slots.diary import DAY, LONGEST, About, Diary


def heard(*lines: tuple[str, str]) -> Dialogue:
    """Each line a second after the one before it; `>` is the agent's."""
    dialogue = Dialogue()
    for at, (mark, text) in enumerate(lines):
        dialogue.hear(float(at), Mark(mark), text.encode("latin-1"))
    return dialogue


def told(dialogue: Dialogue) -> list[tuple[float, str]]:
    return [(one.at, f"{one.mark.value} {one.text}") for one in dialogue.said()]


def test_lines_are_told_with_their_times_whatever_pieces_they_came_in() -> None:
    dialogue = heard((">", "AT+CSQ\r"), ("<", "\r\n+CS"), ("<", "Q: 20,99\r\n\r\nOK\r\n"))
    assert told(dialogue) == [(0.0, "> AT+CSQ"), (2.0, "< +CSQ: 20,99"), (2.0, "< OK")]


def test_identities_are_masked_as_in_the_log() -> None:
    said = told(heard((">", "AT+QCCID\r"), ("<", f"\r\n+QCCID: {ICCID}F\r\n\r\nOK\r\n"), (">", "AT+CIMI\r"), ("<", f"\r\n{IMSI}\r\n")))
    assert [text for _, text in said] == ["> AT+QCCID", "< +QCCID: 8944…2494", "< OK", "> AT+CIMI", "< 23415…"]


@given(people, st.lists(st.tuples(st.sampled_from(ASKED), st.sampled_from(FORMS)), min_size=1, max_size=6), st.data())
def test_nobody_is_told_in_any_form(one: dict[str, str], said: list[tuple[str, Form]], data: st.DataObject) -> None:
    dialogue = Dialogue()
    for asked, form in said:
        octets = f"{asked}\r\r\n{form(one)}\r\n\r\nOK\r\n".encode("latin-1")
        cut = data.draw(st.integers(0, len(octets)))
        for mark, part in ((Mark.SENT, f"{asked}\r".encode()), (Mark.RECEIVED, octets[:cut]), (Mark.RECEIVED, octets[cut:])):
            dialogue.hear(0.0, mark, part)
    shown = "\n".join(text for _, text in told(dialogue)).upper()
    assert "OK" in shown
    assert [form for original in one.values() for form in forms(original) if form in shown] == []


@pytest.mark.parametrize("pin", ["1234", "0000", "12345678"])
def test_a_pin_is_not_told_and_what_was_sent_is_not_even_kept(pin: str) -> None:
    dialogue = heard((">", f'AT+CPIN="{pin}"\r'), ("<", f'AT+CPIN="{pin}"\r\r\n+CPIN: READY\r\n'), (">", f'at+clck = "SC",0,{pin}\r'))
    assert [text for _, text in told(dialogue)] == ["> AT+CPIN=…", "< AT+CPIN=…", "< +CPIN: READY", "> at+clck =…"]
    alone = heard((">", f"AT+CPIN={pin}\r"))
    assert pin.encode() not in b"".join(octets for _, _, octets in alone._pieces)


def test_nothing_is_told_that_a_terminal_would_obey() -> None:
    (_, noise), (_, foreign) = told(heard((">", "ATI\r"), ("<", "\r\nfine \x1b[2J\x07\r\nquite a caf\xe9\r\n")))[1:]
    assert noise.isprintable()
    assert foreign == r"< quite a caf\xE9"


def test_a_line_that_has_only_begun_is_left_out() -> None:
    assert told(heard((">", "AT+CIMI\r"), ("<", f"\r\n{IMSI[:9]}"))) == [(0.0, "> AT+CIMI")]


def test_it_takes_no_more_room_however_long_a_modem_talks_and_begins_with_a_command() -> None:
    seed = 4711
    chance = random.Random(seed)
    dialogue = Dialogue()
    for at in range(3000):
        mark = Mark.SENT if chance.random() < 0.05 else Mark.RECEIVED
        octets = b"AT+CREG?\r" if mark is Mark.SENT else chance.randbytes(chance.choice((1, 1, 30, 2 * ROOM)))
        dialogue.hear(float(at), mark, octets)
        kept = list(dialogue._pieces)
        assert sum(len(one) + PIECE for _, _, one in kept) <= ROOM + PIECE, seed
        assert all(one.mark is Mark.SENT for one in dialogue.said()[:1])


# -- the diary --


def test_a_diary_tells_what_happened_when_and_since_when() -> None:
    diary = Diary(100.0)
    diary.note(110.0, About.STATE, "empty")
    diary.note(120.0, About.SALE, "on sale")
    assert [(one.at, one.about.value, one.text, one.times) for one in diary.told(130.0)] == [
        (110.0, "state", "empty", 1),
        (120.0, "sale", "on sale", 1),
    ]
    assert diary.since(130.0) == 100.0


def test_a_diary_forgets_what_is_older_than_a_day() -> None:
    diary = Diary(0.0)
    diary.note(10.0, About.STATE, "empty")
    diary.note(20.0, About.STATE, "ready")
    assert [one.text for one in diary.told(15.0 + DAY)] == ["ready"]
    assert diary.since(15.0 + DAY) == 15.0
    assert diary.told(21.0 + DAY) == ()


def test_what_repeats_itself_takes_no_room_and_is_counted() -> None:
    diary = Diary(0.0)
    for at in range(1000):
        diary.note(float(at), About.STATE, "failed: busy")
    assert [(one.at, one.times, one.last) for one in diary.told(1000.0)] == [(0.0, 1000, 999.0)]
    diary = Diary(0.0)
    for at in range(1000):
        diary.note(float(at), About.STATE, ("no_sim", "ready")[at % 2])
    found = diary.told(1000.0)
    assert [one.text for one in found] == ["no_sim", "ready", "no_sim", "ready"]
    assert sum(one.times for one in found) == 1000
    assert (found[2].last, found[3].last) == (998.0, 999.0)


def test_a_diary_is_bounded_and_says_how_far_it_reaches_back() -> None:
    diary = Diary(0.0)
    for at in range(5 * LONGEST):
        diary.note(float(at), About.STATE, f"failed {at} " + 1000 * "x")
    found = diary.told(5.0 * LONGEST)
    assert len(found) == LONGEST
    assert all(len(one.text) <= 400 for one in found)
    assert found[-1].text.startswith(f"failed {5 * LONGEST - 1} ")
    assert diary.since(5.0 * LONGEST) == 4.0 * LONGEST - 1
