"""The last day of one slot, in bounded memory: what happened to it, when, and why. Pure; `now`: monotonic seconds."""

from collections import deque
from dataclasses import dataclass, replace
from enum import Enum

DAY = 86400.0
LONGEST = 200  # entries
WORDS = 400  # letters of an entry at most


class About(Enum):
    """What an entry is about."""

    STATE = "state"
    SALE = "sale"
    RECOVERY = "recovery"
    MODEM = "modem"
    LINE = "line"
    HAND = "hand"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened at `at`, and `times` in all, the last time at `last`; monotonic seconds."""

    at: float
    about: About
    text: str
    times: int
    last: float


class Diary:
    """Entries, oldest first: those of a day, LONGEST at most. What repeats itself, alone or by turns with another, takes no room."""

    def __init__(self, now: float) -> None:
        self._entries: deque[Entry] = deque()
        self._since = now

    def note(self, now: float, about: About, text: str) -> None:
        """That has happened."""
        text = text[:WORDS]
        self._forget(now)
        turn = next((turn for turn in (-1, -2) if self._repeats(turn, about, text)), None)
        if turn is None:
            self._entries.append(Entry(now, about, text, 1, now))
        else:
            found = self._entries[turn]
            self._entries[turn] = replace(found, times=found.times + 1, last=now)
        if len(self._entries) > LONGEST:
            self._since = self._entries.popleft().last

    def told(self, now: float) -> tuple[Entry, ...]:
        """The entries of the last day."""
        self._forget(now)
        return tuple(self._entries)

    def since(self, now: float) -> float:
        """The moment from which on everything is told."""
        return max(self._since, now - DAY)

    def _repeats(self, turn: int, about: About, text: str) -> bool:
        """Whether the last entry is this one, or the last four were this one and another by turns."""
        same = [(one.about, one.text) for one in list(self._entries)[-4:]]
        if turn == -1:
            return same[-1:] == [(about, text)]
        return len(same) == 4 and same[0] == same[2] == (about, text) and same[1] == same[3]

    def _forget(self, now: float) -> None:
        while self._entries and self._entries[0].last < now - DAY:
            self._entries.popleft()
