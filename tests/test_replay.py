"""Every transcript in the tree leads to what its header expects, however its octets are cut; and how a transcript is played."""

from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from agent.modems.library import shipped
from agent.modems.replay import Player, Replay, replay, turns
from agent.modems.transcripts import Line, Mark, Transcript, parse_transcript

HOME = Path(__file__).parents[1] / "firmware-notes" / "transcripts"
FILES = sorted(HOME.glob("*/*.at"))
NOTES = shipped()
STRIDE = 8

every_transcript = pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")


class Cut(Player):
    """Each line comes in pieces: cut behind octet `first`, and behind every `stride`th from there."""

    def __init__(self, transcript: Transcript, first: int, stride: int) -> None:
        super().__init__(transcript)
        self._first, self._stride = first, stride
        self._pieces: list[bytes] = []

    def read(self, until: float) -> bytes:
        if not self._pieces:
            octets = super().read(until)
            marks = [0, *range(self._first, len(octets), self._stride), len(octets)]
            self._pieces = [octets[start:end] for start, end in pairwise(marks) if start < end]
        return self._pieces.pop(0) if self._pieces else b""


class Heap(Player):
    """All that came in one turn comes at once."""

    def read(self, until: float) -> bytes:
        pieces = [super().read(until)]
        while pieces[-1]:
            pieces.append(super().read(until))
        return b"".join(pieces)


@cache
def loaded(file: Path) -> Transcript:
    return parse_transcript(str(file), file.read_text("utf-8"))


def played(player: Player) -> Replay:
    return replay(player, NOTES.profiles, NOTES.urcs)


def test_there_are_transcripts() -> None:
    assert FILES


@every_transcript
def test_a_transcript_says_where_it_is_from_and_leads_where_it_says(file: Path) -> None:
    transcript = loaded(file)
    assert str(transcript) == file.read_text("utf-8")
    assert transcript.header.recorded or "simulated" in transcript.header.synthetic or "written from" in transcript.header.synthetic
    assert played(Player(transcript)).missed(transcript.header.expect) == []


@every_transcript
def test_a_transcript_leads_to_the_same_at_every_cut_of_its_octets(file: Path) -> None:
    transcript = loaded(file)
    whole = played(Player(transcript))
    # Together these runs cut every line behind each of its octets exactly once.
    for first in range(1, STRIDE + 1):
        assert played(Cut(transcript, first, STRIDE)) == whole, first
    assert played(Cut(transcript, 1, 1)) == whole
    # What is heard unasked before a question and what behind it is another matter when a whole turn comes at once.
    assert played(Heap(transcript)).conclusions == whole.conclusions


# -- how it is played --


def conversation(*lines: str) -> Transcript:
    """`> ATE0` and `< OK`, a second apart, from what the real file would say; `!` is an event."""
    text = "".join(f"{at}.000 {line}\n" for at, line in enumerate(lines))
    return parse_transcript("a.at", f"simgate transcript 1\nsynthetic: written from TS 27.007\nmodem: generic\n\n{text}")


GREETED = (
    *(r"> \x1BAT\r", r"< \r\nOK\r\n", r"> AT\r", r"< \r\nOK\r\n", r"> ATE0\r", r"< \r\nOK\r\n", r"> AT+CMEE=1\r", r"< \r\nOK\r\n"),
    *(r"> AT+CFUN?\r", r"< \r\n+CFUN: 1\r\n\r\nOK\r\n", r"> AT+CSCS?\r", r'< \r\n+CSCS: "GSM"\r\n\r\nOK\r\n'),
    *(r"> AT+CGMI\r", r"< \r\nMaker\r\n\r\nOK\r\n", r"> AT+CGMM\r", r"< \r\nModel\r\n\r\nOK\r\n"),
    *(r"> AT+CGMR\r", r"< \r\n1.0\r\n\r\nOK\r\n", r"> AT+CGSN\r", r"< \r\n490154203237518\r\n\r\nOK\r\n"),
)
LOCKED = (r"> AT+CPIN?\r", r"< \r\n+CPIN: SIM PIN\r\n\r\nOK\r\n")
PUK = (r"> AT+CPIN?\r", r"< \r\n+CPIN: SIM PUK\r\n\r\nOK\r\n")
ABSENT = (r"> AT+CPIN?\r", r"< \r\n+CME ERROR: 10\r\n")


def states(found: Replay) -> list[object]:
    return [conclusion["sim_state"] for conclusion in found.conclusions]


def test_turns_begin_with_what_is_sent_and_events_part_them() -> None:
    found = turns(conversation(r"< RDY\r\n", r"> AT\r", "! SIM pulled", r"< OK\r\n", r"> ATE0\r"))
    assert [(turn.sent, turn.part, b"".join(line.octets for line in turn.received)) for turn in found] == [
        (b"", 0, b"RDY\r\n"),
        (b"AT\r", 0, b"OK\r\n"),
        (b"ATE0\r", 1, b""),
    ]


def test_a_conversation_ends_where_the_transcript_ends() -> None:
    found = played(Player(conversation(*GREETED, *LOCKED, *LOCKED)))
    assert states(found) == ["locked"]
    assert found.conclusions[0]["imei"] == "490154203237518"
    assert found.unanswered[:1] != ("AT+CPIN?",)


def test_a_question_is_answered_by_what_was_recorded_before_the_next_event() -> None:
    assert states(played(Player(conversation(*GREETED, *LOCKED, "! SIM pulled", *ABSENT, "! SIM put in", *LOCKED)))) == [
        "locked",
        "absent",
        "locked",
    ]


def test_two_looks_that_saw_the_same_are_one_conclusion_and_a_change_is_another() -> None:
    found = played(Player(conversation(*GREETED, *LOCKED, *LOCKED, *PUK)))
    assert [conclusion["why"] is not None and "PUK" in str(conclusion["why"]) for conclusion in found.conclusions] == [False, True]


def test_what_was_never_recorded_is_refused_and_said() -> None:
    found = played(Player(conversation(*GREETED, *ABSENT)))
    assert found.unanswered == ()
    assert found.asked_again == ("AT+CFUN?",)
    shorter = [line for line in GREETED if "CFUN" not in line]
    assert played(Player(conversation(*shorter, *ABSENT))).unanswered == ("AT+CFUN?", "AT+CFUN?")


def test_what_was_recorded_and_is_not_asked_is_said_and_ends_nothing() -> None:
    found = played(Player(conversation(*GREETED, r"> AT+CSQ\r", r"< \r\nOK\r\n", *LOCKED, r"> AT+CLAC\r", "! SIM pulled", *ABSENT)))
    assert found.not_asked == ("AT+CSQ", "AT+CLAC")
    assert states(found) == ["locked", "absent"]


def test_silence_is_silence_and_a_late_answer_falls_behind_its_fence() -> None:
    asked = (r"> AT+CPIN?\r", r"> AT+CMEE?\r", r"< \r\n+CPIN: SIM PIN\r\n\r\nOK\r\n\r\n+CMEE: 1\r\n\r\nOK\r\n")
    found = played(Player(conversation(*GREETED, *asked, *PUK)))
    assert states(found) == ["unreadable", "locked"]
    assert "PUK" in str(found.conclusions[-1]["why"])


def test_an_answer_that_took_longer_than_the_agent_waits_is_said() -> None:
    transcript = conversation(*GREETED, *LOCKED)
    *lines, last = transcript.lines
    found = played(Player(Transcript(transcript.header, (*lines, Line(last.ms + 60_000, Mark.RECEIVED, last.octets)))))
    assert found.late == ("AT+CPIN?",)


SILENT = tuple(rf"> AT{rest}\r" for rest in ("", "+CMEE?", "+CSCS?", "+IPR?", "+CMGF?"))


@pytest.mark.parametrize("lines", [(), (r"< ~\x10\xFF~\r\n",), ("! nothing",), SILENT])
def test_what_is_no_modem_is_a_conclusion_and_no_accident(lines: tuple[str, ...]) -> None:
    (conclusion,) = played(Player(conversation(*lines))).conclusions
    assert conclusion["sim_state"] is None
    assert conclusion["why"]


@pytest.mark.parametrize(
    ("expect", "missed"),
    [
        ([], []),
        ([{"sim_state": "locked"}], []),
        ([{"sim_state": "absent"}], ["sim_state=absent"]),
        ([{"sim_state": "absent", "number": "null"}, {"sim_state": "locked"}], []),
        ([{"sim_state": "absent"}, {"sim_state": "ready"}, {"sim_state": "locked"}], ["sim_state=ready"]),
        ([{"sim_state": "locked"}, {"sim_state": "absent"}, {"sim_state": "locked"}], []),
        ([{"sim_state": "absent"}, {"sim_state": "absent"}, {"sim_state": "locked"}], ["sim_state=absent"]),
        ([{"sim_state": "locked", "note": "other"}], ["sim_state=locked note=other"]),
        ([{"nonsense": "null"}], ["nonsense=null"]),
    ],
)
def test_expectations_hold_in_their_order_and_the_last_one_at_the_end(expect: list[dict[str, str]], missed: list[str]) -> None:
    found = played(Player(conversation(*GREETED, *LOCKED, "! SIM pulled", *ABSENT, "! SIM put in", *LOCKED)))
    assert found.missed(expect) == missed
