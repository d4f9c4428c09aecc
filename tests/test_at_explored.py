"""Every sequence of 8 actions of the dialogue: questions, time-outs, and all that a modem may say that answers in order or not at all.

Every line is said at once, cut at every octet, and in halves with the agent acting between them.
"""

from collections.abc import Callable
from functools import cache

import pytest
from explored_at import Walked, back_in_step, twin, walk

from agent.at.dialog import FENCES, Command, Dialog, Event, Fenced, State

DEPTH = 8


@cache
def walked() -> Walked:
    return walk(Dialog, DEPTH)


def test_an_answer_is_always_the_question_s_own_and_only_a_fence_ends_lost() -> None:
    # The rules themselves are looked at while walking.
    assert f"Every sequence of {DEPTH} actions" in str(__doc__)
    assert {node.dialog.state for node in walked().nodes} == set(State)
    assert {len(node.dialog._fences) for node in walked().nodes} == set(range(len(FENCES) + 1))
    assert len(walked().nodes) > 1000


def test_from_everywhere_a_modem_that_answers_again_is_back_in_step_with_the_next_fence() -> None:
    ends = set()
    for node in walked().nodes:
        if node.dialog.state is State.LOST and not twin(node.dialog).expire():
            continue  # every kind of fence is unanswered: the port is opened anew
        ends.add(back_in_step(node))
    assert ends == {State.IDLE}


# -- and every rule can fail --


class AnyFence(Dialog):
    """Takes the first fence's answer for the last one's."""

    def _settle(self, fence: Command) -> list[Event]:
        super()._settle(fence)
        self._fences, self._state = [], State.IDLE
        return [Fenced()]


class OneFence(Dialog):
    """Has one kind of fence only."""

    def expire(self) -> bytes:
        self._fences = []
        return super().expire()


class NoMark(Dialog):
    """Does not know which line had begun before the question."""

    def send(self, command: Command) -> bytes:
        octets = super().send(command)
        self._splitter._early = False
        return octets


class Impatient(Dialog):
    """Believes that what it has given up will never come."""

    def expire(self) -> bytes:
        octets = super().expire()
        self._state, self._command, self._fences = State.IDLE, None, []
        return octets


class OldLines(Dialog):
    """Keeps the lines of the answer before."""

    def send(self, command: Command) -> bytes:
        lines, octets = self._lines, super().send(command)
        self._lines = lines
        return octets


class AnyOk(Dialog):
    """Takes every OK for a fence's."""

    def _lost(self, line: str) -> list[Event]:
        self._met = self._met or (self._fences[-1] if line == "OK" else None)
        return super()._lost(line)


class Deaf(Dialog):
    """Ends nothing with an error."""

    def _ends(self, final: object) -> bool:
        return bool(getattr(final, "ok", False))


class ByPieces(Dialog):
    """Takes what it hears at once for whole lines."""

    def feed(self, octets: bytes) -> list[Event]:
        return super().feed(octets + b"\r\n")


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (AnyFence, "something is still to come"),
        (OneFence, "two answers that nothing tells apart"),
        (Impatient, "it is not lost"),
        (NoMark, "lines of another answer"),
        (OldLines, "lines of another answer"),
        (AnyOk, "no fence has been answered|something is still to come"),
        (Deaf, "was not taken"),
        (ByPieces, "a cut changed the events"),
    ],
)
def test_a_broken_dialogue_is_caught(broken: Callable[[], Dialog], rule: str) -> None:
    with pytest.raises(AssertionError, match=rule):
        walk(broken, DEPTH)
