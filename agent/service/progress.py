"""Who has promised to be back, and by when: the watchdog is fed while nobody is overdue. Pure."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

PROMPT = 30.0  # seconds for what takes no more than memory: an event, an LED, the end of work that is cancelled
OPEN = 30.0  # seconds to open a tty, or to be told that it hangs: hw/tty promises 5
DISK = 120.0  # seconds for the database: every slot may wait for its turn, and a card may pause for seconds
CONVERSATION = 900.0  # seconds for a reading or a greeting: some thirty questions, each answered at the last moment after four fences
GRACE = 10.0  # seconds over its time that nobody is blamed for: the whole process may have been kept from running


class Promise:
    """One task's word. It gives it anew whenever it comes round its loop, or before it waits."""

    __slots__ = ("_now", "due", "name")

    def __init__(self, name: str, now: Callable[[], float]) -> None:
        self.name, self._now = name, now
        self.due: float | None = None

    def within(self, seconds: float) -> None:
        """Back in so many seconds."""
        self.due = self._now() + seconds

    def waits(self) -> None:
        """For an event that may never come: nothing is owed until stirred()."""
        self.due = None

    def stirred(self, seconds: float = PROMPT) -> None:
        """The event has come, to be said by whoever brings it: the task is to take it in so many seconds."""
        if self.due is None:
            self.within(seconds)

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Somebody else does a part of the task's work; the word that it gave before holds again afterwards."""
        before = self.due
        try:
            yield
        finally:
            # It may have been waiting for its turn, past its time.
            self.due = before and max(before, self._now() + PROMPT)


@dataclass(frozen=True, slots=True)
class Late:
    """A task that is not back; `due` in monotonic seconds."""

    name: str
    due: float


class Progress:
    """All promises of one gateway; `now` gives monotonic seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._promises: list[Promise] = []

    def of(self, name: str) -> Promise:
        """One more task; `name` is what the log calls it."""
        promise = Promise(name, self._now)
        self._promises.append(promise)
        return promise

    def late(self) -> list[Late]:
        """Those that are overdue, longest first."""
        end = self._now() - GRACE
        found = [Late(one.name, one.due) for one in self._promises if one.due is not None and one.due < end]
        return sorted(found, key=lambda late: late.due)
