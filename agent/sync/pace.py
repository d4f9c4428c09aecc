"""When to try again after an answer, and how often in an hour: on the monotonic clock, which everything is given."""

import random
from collections import deque
from dataclasses import dataclass

from agent.sync.answers import Accepted, Passing, Redirected, Refused, Verdict

HOUR = 3600.0
RETRIES = 90  # failures within an hour at which no wait is drawn any more; full jitter up to two minutes comes to some 60


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds until the next POST; a change of the list shortens them, though not below `least`."""

    seconds: float
    least: float = 0.0


class Budget:
    """So many in any hour."""

    def __init__(self, count: int) -> None:
        self._spent: deque[float] = deque(maxlen=count)

    def granted(self, now: float) -> bool:
        """One more at `now`, monotonic seconds; False, and nothing is spent, when the hour has had its number."""
        if len(self._spent) == self._spent.maxlen and now - self._spent[0] < HOUR:
            return False
        self._spent.append(now)
        return True


class Pace:
    """Full jitter between 0 and base, 2 base, 4 base ... cap; slowly where only a person can help; Retry-After is obeyed.

    A change cuts a jittered wait short, because it may be the news that a number is gone: but each POST still keeps `base`
    from the failure before it, and the next wait goes on growing. It shortens neither Retry-After nor a slow wait: the
    endpoint has spoken.

    What it promises of any hour, whatever the endpoint answers: one list that was under way, one for each change, one for each
    heartbeat, and retries. A jitter may be short by chance, but after RETRIES failures within an hour each wait is the whole cap:

        lists <= 1 + changes + (3600 / interval + 1) + (RETRIES + 3600 / cap + 1)
    """

    def __init__(self, rng: random.Random, *, interval: float, base: float, cap: float, slow: tuple[float, float]) -> None:
        self._rng = rng
        self._interval, self._base, self._cap, self._slow = interval, base, cap, slow
        self._failures = 0
        self._retries = Budget(RETRIES)

    def after(self, verdict: Verdict, now: float) -> Wait:
        """The wait after this answer, counted from it; `now` is in monotonic seconds."""
        if isinstance(verdict, Accepted):
            self._failures = 0
            return Wait(self._interval)
        granted = self._retries.granted(now)
        if isinstance(verdict, Refused | Redirected):
            seconds = max(self._rng.uniform(*self._slow), 0.0 if granted else self._cap)
            return Wait(seconds, seconds)
        ceiling = min(self._cap, self._base * 2.0 ** min(self._failures, 32))
        self._failures += 1
        jittered = self._rng.uniform(0.0, ceiling) if granted else self._cap
        if isinstance(verdict, Passing) and verdict.retry_after:
            return Wait(max(jittered, verdict.retry_after), verdict.retry_after)
        return Wait(jittered, min(jittered, self._base))
