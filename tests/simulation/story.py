"""What happened, told with the time of it: the last of it is what a person reads after a failure."""

from collections import Counter, deque

KEPT = 4000  # lines; a month has more, and nobody reads them


class Violation(AssertionError):  # noqa: N818 - it is no error of the program, but what the simulation is looking for
    """A promise was broken: `promise` is its name in promises.py."""

    def __init__(self, promise: str, what: str) -> None:
        super().__init__(promise, what)
        self.promise, self.what = promise, what

    def __str__(self) -> str:
        return f"{self.promise}: {self.what}"


class Story:
    """Lines with their moments, and how often each kind of fault was injected."""

    def __init__(self) -> None:
        self.lines: deque[str] = deque(maxlen=KEPT)
        self.faults: Counter[str] = Counter()

    def tell(self, now: float, what: str) -> None:
        """One line."""
        self.lines.append(f"{moment(now)} {what}")

    def last(self, count: int) -> str:
        """The last so many lines."""
        return "\n".join(list(self.lines)[-count:])


def moment(now: float) -> str:
    """`2d 03:04:05.678`."""
    days, rest = divmod(now, 86400.0)
    hours, rest = divmod(rest, 3600.0)
    minutes, seconds = divmod(rest, 60.0)
    return f"{days:.0f}d {hours:02.0f}:{minutes:02.0f}:{seconds:06.3f}"
