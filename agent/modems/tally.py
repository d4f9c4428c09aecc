"""What has happened to the modem in one slot since the agent's start, whichever modem it was."""

from collections import Counter
from dataclasses import dataclass, field

from agent.modems.recovery import Rung


@dataclass(slots=True)
class Tally:
    """`timeouts`: commands that were not answered in time; `done`: rungs of the ladder that were taken."""

    timeouts: int = 0
    done: Counter[Rung] = field(default_factory=Counter)
