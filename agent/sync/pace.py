"""When to try again after an answer: pure."""

import random
from dataclasses import dataclass

from agent.sync.answers import Accepted, Passing, Redirected, Refused, Verdict


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds until the next POST; a change of the list shortens them, though not below `least`."""

    seconds: float
    least: float = 0.0


class Pace:
    """Full jitter between 0 and base, 2 base, 4 base ... cap; slowly where only a person can help; Retry-After is obeyed.

    A change cuts a jittered wait short, because it may be the news that a number is gone: but each POST still keeps `base`
    from the failure before it, and the next wait goes on growing. It shortens neither Retry-After nor a slow wait: the
    endpoint has spoken.
    """

    def __init__(self, rng: random.Random, *, interval: float, base: float, cap: float, slow: tuple[float, float]) -> None:
        self._rng = rng
        self._interval, self._base, self._cap, self._slow = interval, base, cap, slow
        self._failures = 0

    def after(self, verdict: Verdict) -> Wait:
        """The wait after this answer, counted from it."""
        if isinstance(verdict, Accepted):
            self._failures = 0
            return Wait(self._interval)
        if isinstance(verdict, Refused | Redirected):
            seconds = self._rng.uniform(*self._slow)
            return Wait(seconds, seconds)
        ceiling = min(self._cap, self._base * 2.0 ** min(self._failures, 32))
        self._failures += 1
        jittered = self._rng.uniform(0.0, ceiling)
        if isinstance(verdict, Passing) and verdict.retry_after:
            return Wait(max(jittered, verdict.retry_after), verdict.retry_after)
        return Wait(jittered, min(jittered, self._base))
